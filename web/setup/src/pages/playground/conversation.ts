// A conversation as a value: what was asked, what came back, and what may be done with it.
import type { ChatEnd, ChatMessage } from "@b3iq/shared/api/chat.ts";

export interface Question {
  role: "user";
  id: number;
  text: string;
}

export type AnswerState = "waiting" | "streaming" | "done" | "stopped" | "failed";

export interface Answer {
  role: "assistant";
  id: number;
  model: string;
  state: AnswerState;
  text: string;
  /** What a reasoning model thought before it answered. */
  reasoning: string;
  /** The figures of an answer that ended by itself. */
  end: ChatEnd | null;
  error: unknown;
  /** From sending until the first text; null: none came. */
  firstTextMs: number | null;
  /** From sending until the end, however it ended. */
  totalMs: number | null;
}

export type Turn = Question | Answer;
export type Conversation = readonly Turn[];

export type Act =
  | { type: "ask"; id: number; text: string; model: string }
  /** Takes the last answer away and asks again. */
  | { type: "again"; id: number; model: string }
  /** Puts another text in place of the last question, and asks it. */
  | { type: "rewrite"; id: number; text: string; model: string }
  | { type: "more"; text: string; reasoning: string; firstTextMs: number | null }
  | { type: "end"; end: ChatEnd }
  | { type: "stop"; totalMs: number }
  | { type: "fail"; error: unknown; totalMs: number }
  | { type: "clear" };

export function converse(turns: Conversation, act: Act): Conversation {
  switch (act.type) {
    case "ask":
      return [...turns, { role: "user", id: act.id, text: act.text }, newAnswer(act)];
    case "again":
      return [...withoutLastAnswer(turns), newAnswer(act)];
    case "rewrite": {
      const before = withoutLastAnswer(turns).slice(0, -1);
      return [...before, { role: "user", id: act.id, text: act.text }, newAnswer(act)];
    }
    case "more":
      return withAnswer(turns, (answer) => ({
        ...answer,
        state: "streaming",
        text: answer.text + act.text,
        reasoning: answer.reasoning + act.reasoning,
        firstTextMs: answer.firstTextMs ?? act.firstTextMs,
      }));
    case "end":
      return withAnswer(turns, (answer) => ({
        ...answer,
        state: "done",
        end: act.end,
        firstTextMs: act.end.firstTextMs,
        totalMs: act.end.totalMs,
      }));
    case "stop":
      return withAnswer(turns, (answer) => ({ ...answer, state: "stopped", totalMs: act.totalMs }));
    case "fail":
      return withAnswer(turns, (answer) => ({
        ...answer,
        state: "failed",
        error: act.error,
        totalMs: act.totalMs,
      }));
    case "clear":
      return [];
  }
}

/** What is sent: answers that failed or brought nothing are left out with their questions. */
export function messagesOf(turns: Conversation, system: string): ChatMessage[] {
  const messages: ChatMessage[] = [];
  if (system.trim()) messages.push({ role: "system", content: system.trim() });
  turns.forEach((turn, index) => {
    const next = turns[index + 1];
    if (turn.role === "user") {
      const last = index === turns.length - 1 || index === turns.length - 2;
      if (last || (next?.role === "assistant" && isUsable(next)))
        messages.push({ role: "user", content: turn.text });
    } else if (isUsable(turn)) {
      messages.push({ role: "assistant", content: turn.text });
    }
  });
  return messages;
}

export function lastAnswer(turns: Conversation): Answer | null {
  const last = turns.at(-1);
  return last?.role === "assistant" ? last : null;
}

export function isBusy(turns: Conversation): boolean {
  const state = lastAnswer(turns)?.state;
  return state === "waiting" || state === "streaming";
}

/** Tokens of the prompt and answer that the node counted last; null: none yet. */
export function tokensInUse(turns: Conversation): number | null {
  for (const turn of [...turns].reverse()) {
    if (turn.role !== "assistant" || !turn.end) continue;
    const { promptTokens, completionTokens } = turn.end;
    if (promptTokens !== null) return promptTokens + (completionTokens ?? 0);
  }
  return null;
}

function isUsable(answer: Answer): boolean {
  return (answer.state === "done" || answer.state === "stopped") && answer.text !== "";
}

function newAnswer({ id, model }: { id: number; model: string }): Answer {
  return {
    role: "assistant",
    id: id + 1,
    model,
    state: "waiting",
    text: "",
    reasoning: "",
    end: null,
    error: null,
    firstTextMs: null,
    totalMs: null,
  };
}

function withoutLastAnswer(turns: Conversation): Conversation {
  return lastAnswer(turns) ? turns.slice(0, -1) : turns;
}

function withAnswer(turns: Conversation, change: (answer: Answer) => Answer): Conversation {
  const answer = lastAnswer(turns);
  return answer ? [...turns.slice(0, -1), change(answer)] : turns;
}

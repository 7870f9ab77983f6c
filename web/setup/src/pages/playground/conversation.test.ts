import { expect, test } from "vitest";
import {
  type Act,
  type Conversation,
  converse,
  isBusy,
  messagesOf,
  tokensInUse,
} from "./conversation";

const end = {
  finishReason: "stop",
  promptTokens: 7,
  completionTokens: 5,
  firstTextMs: 40,
  totalMs: 90,
  tokensPerSecond: 100,
  receiptHash: null,
};

function after(...acts: Act[]): Conversation {
  return acts.reduce<Conversation>(converse, []);
}

const more = (text: string): Act => ({ type: "more", text, reasoning: "", firstTextMs: 40 });
const ask = (text: string, id = 1): Act => ({ type: "ask", id, text, model: "m" });

test("an answer grows, ends, and its figures count", () => {
  const turns = after(ask("Hi"), more("He"), more("llo"));
  expect(isBusy(turns)).toBe(true);
  const ended = converse(turns, { type: "end", end });
  expect(ended.at(-1)).toMatchObject({ state: "done", text: "Hello", totalMs: 90 });
  expect(isBusy(ended)).toBe(false);
  expect(tokensInUse(ended)).toBe(12);
});

test("the first text's time stays that of the first piece", () => {
  const turns = after(ask("Hi"), more("a"), { ...more("b"), firstTextMs: 999 } as Act);
  expect(turns.at(-1)).toMatchObject({ firstTextMs: 40 });
});

test("what is sent: system prompt, whole exchanges, the new question", () => {
  const turns = after(ask("One"), more("1"), { type: "end", end }, ask("Two", 3));
  expect(messagesOf(turns, " Be brief. ")).toEqual([
    { role: "system", content: "Be brief." },
    { role: "user", content: "One" },
    { role: "assistant", content: "1" },
    { role: "user", content: "Two" },
  ]);
});

test("a failed exchange is not sent again; what was stopped is", () => {
  const failed = after(
    ask("One"),
    { type: "fail", error: new Error("x"), totalMs: 5 },
    ask("Two", 3),
  );
  expect(messagesOf(failed, "")).toEqual([{ role: "user", content: "Two" }]);
  const stopped = after(ask("One"), more("1"), { type: "stop", totalMs: 5 }, ask("Two", 3));
  expect(messagesOf(stopped, "")).toHaveLength(3);
});

test("retry takes the last answer away, rewrite the question too", () => {
  const turns = after(ask("One"), more("1"), { type: "end", end });
  const again = converse(turns, { type: "again", id: 9, model: "other" });
  expect(again).toHaveLength(2);
  expect(again.at(-1)).toMatchObject({ text: "", state: "waiting", model: "other" });
  const rewritten = converse(turns, { type: "rewrite", id: 9, text: "Uno", model: "m" });
  expect(messagesOf(rewritten, "")).toEqual([{ role: "user", content: "Uno" }]);
});

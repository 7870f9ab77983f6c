// The figures below an answer, and what its end means.
import { formatDuration, formatNumber } from "@b3iq/shared/kit/formats.ts";
import type { Answer } from "./conversation";

/** What is known, in words; what is not known is left out. */
export function answerFacts(answer: Answer): string[] {
  const { end, firstTextMs, totalMs } = answer;
  const facts: string[] = [];
  if (end?.completionTokens != null) facts.push(`${formatNumber(end.completionTokens)} tokens`);
  if (end?.tokensPerSecond != null) facts.push(`${rate(end.tokensPerSecond)} tokens/s`);
  if (firstTextMs !== null) facts.push(`first word ${formatDuration(firstTextMs)}`);
  if (totalMs !== null) facts.push(`in all ${formatDuration(totalMs)}`);
  if (end?.promptTokens != null) facts.push(`prompt ${formatNumber(end.promptTokens)}`);
  if (end?.finishReason) facts.push(finishWord(end.finishReason));
  return facts;
}

/** Where the answer did not simply end: why, and what can be done. */
export function finishNote(answer: Answer): string | null {
  if (answer.state === "stopped") return "You stopped this answer.";
  switch (answer.end?.finishReason) {
    case "length":
      return "Cut off: the answer reached its longest length. Raise “Max tokens”, or start a new chat when the context is full.";
    case "content_filter":
      return "The runtime held the rest of this answer back.";
    case "tool_calls":
      return "The model asked for a tool. The playground has none.";
    default:
      return answer.state === "done" && !answer.text
        ? "The model answered with nothing. Try again, or ask in other words."
        : null;
  }
}

function finishWord(reason: string): string {
  const words: Record<string, string> = { stop: "complete", length: "cut off" };
  return words[reason] ?? reason;
}

function rate(value: number): string {
  return value < 10 ? value.toFixed(1) : formatNumber(Math.round(value));
}

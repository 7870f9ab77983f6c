import { expect, test } from "vitest";
import { answerFacts, finishNote } from "./answer_facts";
import type { Answer } from "./conversation";
import { chatModels, defaultModel, optionLabel } from "./model_list";
import { changedOptions, defaultOptions, requestOptions } from "./options";
import { nextSpoken } from "./spoken";

const answer: Answer = {
  role: "assistant",
  id: 2,
  model: "m",
  state: "done",
  text: "Hello",
  reasoning: "",
  end: {
    finishReason: "length",
    promptTokens: 30,
    completionTokens: 1234,
    firstTextMs: 45,
    totalMs: 4000,
    tokensPerSecond: 254.4,
    receiptHash: null,
  },
  error: null,
  firstTextMs: 45,
  totalMs: 4000,
};

test("figures in words; what is unknown is left out", () => {
  expect(answerFacts(answer)).toEqual([
    "1,234 tokens",
    "254 tokens/s",
    "first word 45 ms",
    "in all 4.0 s",
    "prompt 30",
    "cut off",
  ]);
  expect(answerFacts({ ...answer, end: null, firstTextMs: null, totalMs: 900 })).toEqual([
    "in all 900 ms",
  ]);
});

test("an end that needs an act says which", () => {
  expect(finishNote(answer)).toMatch(/Max tokens/);
  expect(finishNote({ ...answer, end: null, state: "stopped" })).toMatch(/stopped/);
  expect(finishNote({ ...answer, end: null, state: "failed" })).toBeNull();
});

test("options that are not set are not sent", () => {
  expect(requestOptions(defaultOptions)).toEqual({});
  expect(requestOptions({ ...defaultOptions, temperature: 0, maxTokens: 5 })).toEqual({
    temperature: 0,
    max_tokens: 5,
  });
  expect(changedOptions({ ...defaultOptions, temperature: 0, system: "x" })).toBe(2);
});

test("a screen reader is told whole sentences, and the rest at the end", () => {
  const text = "This is the first sentence of a longer answer that goes on. And then";
  const first = nextSpoken(text, 0, false);
  expect(first).toBe("This is the first sentence of a longer answer that goes on. ");
  expect(nextSpoken(text, first.length, false)).toBe("");
  expect(nextSpoken(text, first.length, true)).toBe("And then");
});

const model = (id: string, loaded: boolean | null, alias = "", capabilities = ["chat"]) => ({
  id,
  alias_of: alias,
  runtimes: ["embedded"],
  context_tokens: null,
  size_bytes: null,
  loaded,
  capabilities,
});

test("the wished model, else one in memory, else the first", () => {
  const list = chatModels(
    [
      model("gpt", true, "b"),
      model("a", false),
      model("b", true),
      model("e", true, "", ["embeddings"]),
    ],
    [],
  );
  expect(list.map((one) => one.id)).toEqual(["gpt", "a", "b"]);
  expect(defaultModel(list, "a")?.id).toBe("a");
  expect(defaultModel(list, "gone")?.id).toBe("b");
  expect(defaultModel(list.slice(0, 2), null)?.id).toBe("a");
  expect(defaultModel([], null)).toBeNull();
  expect(list.map(optionLabel)).toEqual(["gpt — another name of b", "a — not in memory", "b"]);
});

import type { InstalledModel, LiveCall, OwnerModel } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import {
  capabilityWords,
  matches,
  mergeModels,
  parameterWords,
  stateOf,
  usersOf,
} from "./merged_models";

const owner = (id: string, rest: Partial<OwnerModel> = {}): OwnerModel => ({
  id,
  alias_of: "",
  runtimes: ["ollama"],
  context_tokens: 8192,
  size_bytes: 5,
  loaded: null,
  capabilities: ["chat"],
  ...rest,
});

const installed = (id: string, rest: Partial<InstalledModel> = {}): InstalledModel => ({
  id,
  kind: "text",
  architecture: "llama",
  quantization: "Q4_0",
  license: "",
  parameters: 1,
  trained_context_tokens: 4096,
  context_tokens: null,
  bytes: 10,
  sha256: "",
  source: "",
  installed_at: "2026-11-22T00:00:00Z",
  estimated_memory_bytes: 20,
  measured_memory_bytes: null,
  loaded: false,
  state: "ready",
  load_progress: 0,
  calls: 0,
  ...rest,
});

const call = (account: string, model: string): LiveCall => ({
  id: "c",
  account,
  model,
  runtime: "r",
  stream: true,
  state: "generating",
  age_ms: 1,
  tokens: 1,
  tokens_per_second: null,
});

test("one row a model, with its aliases, its file and its calls", () => {
  const rows = mergeModels(
    [owner("a"), owner("gpt", { alias_of: "a" }), owner("b", { runtimes: ["installed"] })],
    [installed("b", { measured_memory_bytes: 30, loaded: true })],
    [call("k", "b")],
  );
  expect(rows.map((row) => row.id)).toEqual(["a", "b"]);
  expect(rows[0]).toMatchObject({ aliases: ["gpt"], diskBytes: 5, installed: null, loaded: null });
  expect(rows[1]).toMatchObject({ memoryBytes: 30, memoryMeasured: true, diskBytes: 10 });
  expect(rows[1]?.calls).toHaveLength(1);
});

test("an installed model that nobody offers is still shown; its memory is an estimate", () => {
  const [row] = mergeModels([], [installed("broken")], []);
  expect(row).toMatchObject({ id: "broken", memoryBytes: 20, memoryMeasured: false });
});

test("states in words", () => {
  const row = (part: Partial<InstalledModel>) => {
    const [one] = mergeModels([], [installed("m", part)], []);
    return one ? stateOf(one) : null;
  };
  expect(row({ state: "loading", load_progress: 0.4 })).toEqual(["busy", "loading, 40 %"]);
  expect(row({ loaded: true })).toEqual(["good", "in memory"]);
  expect(row({ loaded: false })).toEqual(["idle", "not in memory"]);
});

test("who uses it, counted by name", () => {
  const calls = [call("k1", "m"), call("k2", "m"), call("k1", "m")];
  expect(usersOf(calls, (account) => ({ k1: "app" })[account] ?? account)).toBe("app ×2, k2");
});

test("words for capabilities and sizes; a search finds aliases and runtimes", () => {
  expect(capabilityWords(["chat", "logprobs", "vision"])).toEqual(["Chat", "Images"]);
  expect(parameterWords(3.21e9)).toBe("3.2 billion");
  expect(parameterWords(318_600_000)).toBe("319 million");
  const [row] = mergeModels([owner("a"), owner("gpt", { alias_of: "a" })], [], []);
  expect(row && [matches(row, "GPT"), matches(row, "olla"), matches(row, "x")]).toEqual([
    true,
    true,
    false,
  ]);
});

import type { Runtime } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { breakerWords, loadWords, ownLoadWords, runtimeState, sentence } from "./runtime_facts";
import { chooseServer, faultOf, newDraft, requestOf } from "./runtime_form";

const runtime = (rest: Partial<Runtime> = {}): Runtime => ({
  id: "ollama",
  reference: "rt_1",
  kind: "ollama",
  state: "ready",
  detail: "",
  version: null,
  running: null,
  waiting: null,
  calls_running: 0,
  calls_waiting: 0,
  oldest_wait_ms: 0,
  breaker: "closed",
  models: [],
  source: "config",
  base_url: "http://127.0.0.1:11434",
  removable: true,
  ...rest,
});

test("an open breaker is told before all else, and until when", () => {
  expect(runtimeState(runtime({ breaker: "open" }), undefined)[1]).toBe("left out after failures");
  const status = {
    id: "ollama",
    reference: "",
    kind: "ollama",
    state: "ready",
    detail: "",
  } as const;
  expect(breakerWords({ ...status, retry_ms: 12_000 })).toMatch(/in 12 s/);
  expect(breakerWords(undefined)).toMatch(/next call/);
});

test("load in words; what a server does not tell is unknown", () => {
  expect(loadWords(runtime())).toBe("idle");
  expect(loadWords(runtime({ calls_running: 2, calls_waiting: 1, oldest_wait_ms: 1500 }))).toBe(
    "2 calls run, 1 waits, the oldest for 1.5 s",
  );
  expect(ownLoadWords(runtime())).toBeNull();
  expect(ownLoadWords(runtime({ running: 3, waiting: 0 }))).toBe("3 running");
});

test("a runtime's words become a sentence", () => {
  expect(sentence("no connection: refused")).toBe("No connection: refused.");
});

test("another server brings its usual address, unless one was typed", () => {
  const studio = chooseServer(newDraft, "lmstudio");
  expect(studio.address).toBe("http://127.0.0.1:1234/v1");
  const typed = chooseServer({ ...newDraft, address: "http://10.0.0.5:9/v1" }, "vllm");
  expect(typed.address).toBe("http://10.0.0.5:9/v1");
  expect(requestOf(studio, "lmstudio")).toEqual({
    id: "lmstudio",
    kind: "openai",
    profile: "lmstudio",
    base_url: "http://127.0.0.1:1234/v1",
  });
});

test("faults of the form", () => {
  expect(faultOf(newDraft, [])).toBe("");
  expect(faultOf({ ...newDraft, address: "127.0.0.1" }, [])).toMatch(/begins with/);
  expect(faultOf({ ...newDraft, address: "http://h:1/v1" }, [])).toMatch(/no \/v1/);
  expect(faultOf({ ...newDraft, id: "ollama" }, [runtime()])).toMatch(/already/);
  expect(faultOf({ ...newDraft, id: "Big Box" }, [])).toMatch(/small letters/);
});

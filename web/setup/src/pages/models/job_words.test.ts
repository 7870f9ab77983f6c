import type { ModelJob } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { newestOfEach } from "./benchmark_words";
import { emptyForm, faultOf, jobOf } from "./install_form";
import { phaseWords, progressWords, Speed, shareOf } from "./job_words";

const kMiB = 1024 * 1024;
const job = (rest: Partial<ModelJob>): ModelJob => ({
  id: "job_1",
  kind: "install",
  state: "running",
  model: "m",
  phase: "receiving",
  note: "",
  done_bytes: 50 * kMiB,
  total_bytes: 100 * kMiB,
  error: null,
  result: null,
  created_at: "",
  updated_at: "",
  ...rest,
});

test("bytes, rate and time left; no rate while nothing is received", () => {
  expect(progressWords(job({}), 10 * kMiB)).toBe("50.0 MiB of 100 MiB · 10.0 MiB/s · 5.0 s left");
  expect(progressWords(job({ phase: "verifying" }), 10 * kMiB)).toBe("50.0 MiB of 100 MiB");
  expect(progressWords(job({ total_bytes: null }), null)).toBe("50.0 MiB");
});

test("phases in words, and a share only where there is a measure", () => {
  expect(phaseWords(job({}))).toBe("Downloading");
  expect(phaseWords(job({ state: "queued", phase: "" }))).toBe("Waits for its turn");
  expect(phaseWords(job({ kind: "benchmark", phase: "round 2 of 3" }))).toBe(
    "Measuring, round 2 of 3",
  );
  expect(shareOf(job({}))).toBe(0.5);
  expect(shareOf(job({ phase: "loading" }))).toBeNull();
  expect(shareOf(job({ total_bytes: null }))).toBeNull();
});

test("speed over the last seconds; a new part begins anew", () => {
  const speed = new Speed();
  expect(speed.perSecond()).toBeNull();
  speed.see(0, 0);
  speed.see(1000, 100);
  speed.see(2000, 300);
  expect(speed.perSecond()).toBe(150);
  speed.see(3000, 10);
  expect(speed.perSecond()).toBeNull();
});

test("a form names one source, and only what was filled in", () => {
  const url = { ...emptyForm, url: " https://h.example/m.gguf ", rate: 2 };
  expect(faultOf(url)).toBe("");
  expect(jobOf(url)).toEqual({
    kind: "install",
    url: "https://h.example/m.gguf",
    bytes_per_second: 2 * kMiB,
  });
  const path = { ...emptyForm, source: "path" as const, path: "/m.gguf", sha256: "A".repeat(64) };
  expect(jobOf(path)).toEqual({ kind: "install", path: "/m.gguf", sha256: "a".repeat(64) });
  const pull = { ...emptyForm, source: "pull" as const, runtime: "ollama", pullName: "llama3.2" };
  expect(jobOf(pull)).toEqual({ kind: "pull", runtime: "ollama", name: "llama3.2" });
});

test("faults are told before anything is sent", () => {
  expect(faultOf(emptyForm)).toMatch(/address/);
  expect(faultOf({ ...emptyForm, source: "path", path: "m.gguf" })).toMatch(/whole path/);
  expect(faultOf({ ...emptyForm, url: "https://h/m", sha256: "12" })).toMatch(/64/);
  expect(faultOf({ ...emptyForm, url: "https://h/m", name: "a b" })).toMatch(/name/i);
});

test("of each model on each runtime the newest measurement", () => {
  const row = (model: string, runtime: string, at: string) => ({ model, runtime, at }) as never;
  const list = [row("a", "r", "3"), row("a", "r", "2"), row("a", "s", "1")];
  expect(newestOfEach(list)).toHaveLength(2);
});

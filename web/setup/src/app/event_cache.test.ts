import type { Backup, ModelJob, Runtime } from "@b3iq/shared/api/types.ts";
import { QueryClient } from "@tanstack/react-query";
import { beforeEach, expect, test } from "vitest";
import { applyEvent, refreshAll } from "./event_cache";

let cache: QueryClient;
const job = { id: "j1", state: "running", done_bytes: 1 } as ModelJob;
const send = (event: string, value: unknown) =>
  applyEvent(cache, { event, data: JSON.stringify(value) });
const isStale = (name: string) => cache.getQueryState([name])?.isInvalidated;

beforeEach(() => {
  cache = new QueryClient();
  cache.setQueryData(["model-jobs"], [job]);
  cache.setQueryData(["models"], []);
  cache.setQueryData(["runtimes"], [{ id: "r", state: "loading" } as Runtime]);
});

test("a job's progress takes its place, a new one comes first", () => {
  send("job", { ...job, done_bytes: 5 });
  send("job", { ...job, id: "j2" });
  const jobs = cache.getQueryData<ModelJob[]>(["model-jobs"]);
  expect(jobs?.map((one) => [one.id, one.done_bytes])).toEqual([
    ["j2", 1],
    ["j1", 5],
  ]);
  expect(isStale("models")).toBe(false);
});

test("a job that is done makes the models be read again; a removed one goes", () => {
  send("job", { ...job, state: "done" });
  expect(isStale("models")).toBe(true);
  send("job_removed", { id: "j1" });
  expect(cache.getQueryData(["model-jobs"])).toEqual([]);
});

test("a backup's progress takes its place, its end makes the list be read again, a removed one goes", () => {
  const making = { id: "b2", state: "making", done_bytes: 0 } as Backup;
  cache.setQueryData(["backups"], [{ id: "b1", state: "done" } as Backup]);
  send("backup", making);
  send("backup", { ...making, done_bytes: 7 });
  const shown = () =>
    cache.getQueryData<Backup[]>(["backups"])?.map((one) => [one.id, one.done_bytes]);
  expect(shown()).toEqual([
    ["b2", 7],
    ["b1", undefined],
  ]);
  expect(isStale("backups")).toBe(false);
  send("backup", { ...making, state: "done" });
  expect(isStale("backups")).toBe(true);
  send("backup_removed", { id: "b2" });
  expect(shown()).toEqual([["b1", undefined]]);
});

test("live calls and states of runtimes are what the stream says", () => {
  send("live", { data: [{ id: "c" }] });
  expect(cache.getQueryData(["live"])).toEqual([{ id: "c" }]);
  send("status", { runtimes: [{ id: "r", state: "ready" }], models_changed: false });
  expect(cache.getQueryData<Runtime[]>(["runtimes"])?.[0]?.state).toBe("ready");
  expect(isStale("runtimes")).toBe(true);
  expect(isStale("models")).toBe(false);
  send("status", { runtimes: [], models_changed: true });
  expect(isStale("models")).toBe(true);
});

test("what nobody has read yet is not made up, and unknown events are nothing", () => {
  cache.clear();
  send("job", job);
  send("backup", { id: "b1", state: "making" });
  send("later", {});
  expect(cache.getQueryData(["model-jobs"])).toBeUndefined();
  expect(cache.getQueryData(["backups"])).toBeUndefined();
});

test("a status that says nothing new makes nothing be read again", () => {
  send("status", { runtimes: [{ id: "r", state: "loading" }], models_changed: false });
  expect(isStale("runtimes")).toBe(false);
});

test("after a gap everything that the stream keeps fresh is read again", () => {
  const names = ["installed-models", "catalogue", "model-profiles", "live", "status", "backups"];
  for (const name of names) cache.setQueryData([name], []);
  refreshAll(cache);
  for (const name of [...names, "models", "runtimes", "model-jobs"]) {
    expect([name, isStale(name)]).toEqual([name, true]);
  }
});

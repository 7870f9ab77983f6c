import type {
  InventorySnapshot,
  Key,
  ModelJob,
  OwnerModel,
  Runtime,
} from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { blockersOf, type Facts } from "./blockers";

const ready = { id: "embedded", kind: "embedded", state: "ready", breaker: "closed", detail: "" };
const well: Facts = {
  runtimes: [ready as Runtime],
  models: [{ id: "m" } as OwnerModel],
  jobs: [],
  keys: [],
  inventory: undefined,
  contentUntil: null,
};
const ids = (facts: Partial<Facts>, now?: number) =>
  blockersOf({ ...well, ...facts }, now).map((blocker) => blocker.id);

test("a node that is well has none", () => {
  expect(ids({})).toEqual([]);
});

test("a runtime that does not answer is named with its own words", () => {
  const runtimes = [{ ...ready, id: "gpu", state: "unreachable", detail: "refused" } as Runtime];
  expect(blockersOf({ ...well, runtimes })[0]).toMatchObject({
    title: "gpu does not answer",
    detail: "refused",
    link: { href: "/runtimes" },
  });
});

test("no model is a blocker, but not while a runtime still loads", () => {
  expect(ids({ models: [] })).toEqual(["no-model"]);
  expect(ids({ models: [], runtimes: [{ ...ready, state: "loading" } as Runtime] })).toEqual([]);
});

test("failed jobs, full disks, notes and keys that expire are told", () => {
  const inventory = {
    inventory: {
      disks: [
        { role: "home", path: "/a", mount_point: "/", free_bytes: 1000, read_only: false },
        { role: "models", path: "/b", mount_point: "/", free_bytes: 1000, read_only: false },
      ],
      notes: [{ code: "gpu_lost", text: "A GPU does not answer." }],
    },
  } as unknown as InventorySnapshot;
  const now = Date.parse("2026-11-22T00:00:00Z");
  const key = { name: "k", status: "active", expires_at: "2026-11-24T00:00:00Z" } as Key;
  expect(
    ids({ inventory, jobs: [{ id: "j", state: "failed" } as ModelJob], keys: [key] }, now),
  ).toEqual(["job-j", "disk-/b", "note-A GPU does not answer.", "keys-expire"]);
});

test("unknown free space is no full disk", () => {
  const inventory = {
    inventory: { disks: [{ path: "/a", mount_point: "/", free_bytes: null }], notes: [] },
  } as unknown as InventorySnapshot;
  expect(ids({ inventory })).toEqual([]);
});

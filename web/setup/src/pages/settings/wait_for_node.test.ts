import { expect, test } from "vitest";
import { type Health, type Watch, waitForNode } from "./wait_for_node";

function watchOf(states: Health[], startedAt = "first"): Watch & { seen: Health[] } {
  const seen: Health[] = [];
  let now = 0;
  return {
    seen,
    health: async () => states.shift() ?? "down",
    startedAt: async () => startedAt,
    before: "first",
    onState: (state) => seen.push(state),
    timeoutMs: 10,
    pause: async () => {
      now += 1;
    },
    now: () => now,
  };
}

test("it is back when it answers after it was away", async () => {
  const watch = watchOf(["ok", "draining", "down", "down", "ok"]);
  expect(await waitForNode(watch)).toBe(true);
  expect(watch.seen).toEqual(["ok", "draining", "down", "down", "ok"]);
});

test("the old process that still answers is not taken for the new one", async () => {
  expect(await waitForNode(watchOf(Array(20).fill("ok")))).toBe(false);
});

test("a start that nobody saw is known by its time", async () => {
  expect(await waitForNode(watchOf(["ok"], "second"))).toBe(true);
});

test("a node that stays away ends the wait", async () => {
  expect(await waitForNode(watchOf(["draining", "down"]))).toBe(false);
});

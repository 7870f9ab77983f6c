import { afterEach, expect, test, vi } from "vitest";
import { type Health, healthOf, type Watch, waitForNode } from "./wait_for_node";

afterEach(() => vi.unstubAllGlobals());

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

test("draining is known from the words of a 503", async () => {
  const answers = [
    [200, '{"status":"ok"}'],
    [503, '{"status":"draining"}'],
    [503, '{"status":"ok"}'],
    [502, "Bad gateway"],
  ] as const;
  const states: Health[] = [];
  for (const [status, body] of answers) {
    vi.stubGlobal("fetch", async () => new Response(body, { status }));
    states.push(await healthOf());
  }
  expect(states).toEqual(["ok", "draining", "down", "down"]);
});

import { expect, test } from "vitest";
import { pollMs } from "./data";

test("work is asked after only while it goes on and nobody tells", () => {
  expect(pollMs("polling", true)).toBeGreaterThan(0);
  expect(pollMs("polling", false)).toBe(false);
  expect(pollMs("polling", undefined)).toBe(false);
  expect(pollMs("live", true)).toBe(false);
  // Reading would fail; what the node has done meanwhile is read when it is back.
  expect(pollMs("lost", true)).toBe(false);
});

import { expect, test } from "vitest";
import { strengthOf } from "./strength";

test("short and well-known passwords are weak, long ones strong", () => {
  expect(strengthOf("abc").level).toBe(1);
  expect(strengthOf("abc").hint).toBe("Too short: 5 more.");
  expect(strengthOf("password1").level).toBe(1);
  expect(strengthOf("aaaaaaaaaaaa").level).toBe(1);
  expect(strengthOf("abcdabcd").level).toBe(2);
  expect(strengthOf("otter window plum").level).toBe(4);
});

test("bytes count, not characters, as on the node", () => {
  expect(strengthOf("äöüß").hint).not.toMatch(/short/);
});

import type { Key, ModelJob } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { isStep, type NodeState, nextStep } from "./steps";

const fresh: NodeState = { installed: 0, added: 0, jobs: [], keys: [], requests: 0 };
const key = { status: "active" } as Key;

test("a fresh node begins with its hardware", () => {
  expect(nextStep(fresh)).toBe("hardware");
});

test("an install that runs is gone back to", () => {
  const jobs = [{ state: "running" } as ModelJob];
  expect(nextStep({ ...fresh, jobs, keys: [key] })).toBe("model");
  expect(nextStep({ ...fresh, jobs, keys: [key], requests: 1 })).toBeNull();
  expect(nextStep({ ...fresh, jobs: [{ state: "failed" } as ModelJob] })).toBe("hardware");
});

test("a node with a model needs a key, one with a key a first chat", () => {
  expect(nextStep({ ...fresh, installed: 1 })).toBe("key");
  expect(nextStep({ ...fresh, keys: [key] })).toBe("chat");
  expect(nextStep({ ...fresh, keys: [{ status: "revoked" } as Key] })).toBe("hardware");
  expect(nextStep({ ...fresh, keys: [key], requests: 1 })).toBeNull();
});

test("only steps after the claim have an address", () => {
  expect(isStep("model")).toBe(true);
  expect(isStep("claim")).toBe(false);
  expect(isStep("other")).toBe(false);
});

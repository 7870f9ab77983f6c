import type { GroupedUsageRow, Key } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { budgetParts, periodStart, rateText, scopesText } from "./key_rules";

const now = new Date("2026-11-22T00:30:00Z");
const key: Key = {
  id: "key_1",
  name: "app",
  user: "",
  status: "active",
  scopes: ["chat", "models"],
  models: [],
  created_at: "2026-10-01T00:00:00.000Z",
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
  requests_per_minute: 0,
  tokens_per_minute: 0,
  budget_tokens: 1000,
  budget_requests: 0,
  budget_period: "month",
};
const row = (day: string, tokens: number): GroupedUsageRow => ({
  day,
  group: "key_1",
  name: "app",
  requests: 2,
  prompt_tokens: tokens,
  completion_tokens: 10,
});
const rows = [row("2026-10-31", 500), row("2026-11-01", 300), row("2026-11-22", 90)];

test("a budget counts its own period, in UTC", () => {
  expect(periodStart("month", now)).toBe("2026-11-01");
  expect(periodStart("day", now)).toBe("2026-11-22");
  expect(budgetParts(key, rows, now)).toEqual([
    { unit: "tokens", limit: 1000, used: 410, left: 590, share: 0.41 },
  ]);
  expect(budgetParts({ ...key, budget_period: "day" }, rows, now)[0]?.used).toBe(100);
  expect(budgetParts({ ...key, budget_period: "total" }, rows, now)[0]?.used).toBe(920);
});

test("nothing is left of a budget that was overrun, and calls are counted beside tokens", () => {
  const both = { ...key, budget_tokens: 100, budget_requests: 8 };
  expect(budgetParts(both, rows, now)).toEqual([
    { unit: "tokens", limit: 100, used: 410, left: 0, share: 1 },
    { unit: "calls", limit: 8, used: 4, left: 4, share: 0.5 },
  ]);
  expect(budgetParts({ ...key, budget_tokens: 0 }, rows, now)).toEqual([]);
});

test("rates and scopes in words", () => {
  expect(rateText(key)).toBeNull();
  expect(rateText({ requests_per_minute: 60, tokens_per_minute: 20_000 })).toBe(
    "60 calls and 20,000 tokens a minute",
  );
  expect(scopesText(key)).toBe("Use models, list models");
});

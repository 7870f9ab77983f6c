import type { GroupedUsageRow } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { busiestDay, csvOf, groupsOf, lastDays, seriesOf } from "./usage_data";
import { readView } from "./view";

const row = (day: string, group: string, tokens: number, name = group): GroupedUsageRow => ({
  day,
  group,
  name,
  requests: 1,
  prompt_tokens: tokens,
  completion_tokens: tokens,
});

test("days end today, in UTC", () => {
  expect(lastDays(3, new Date("2026-03-01T00:10:00Z"))).toEqual([
    "2026-02-27",
    "2026-02-28",
    "2026-03-01",
  ]);
});

test("groups: the largest first, with their share; nobody's keys have a name", () => {
  const rows = [
    row("2026-01-01", "", 5),
    row("2026-01-01", "ada", 10),
    row("2026-01-02", "ada", 5),
  ];
  expect(groupsOf(rows, "user", "tokens")).toMatchObject([
    { name: "ada", requests: 2, promptTokens: 15, share: 0.75 },
    { name: "keys without a user", share: 0.25 },
  ]);
});

test("a series for each large group, one for the rest, zero where nothing was used", () => {
  const days = ["2026-01-01", "2026-01-02"];
  const rows = ["a", "b", "c", "d", "e", "f", "g"].map((name, at) =>
    row("2026-01-02", name, 10 - at),
  );
  const series = seriesOf(rows, groupsOf(rows, "account", "tokens"), days, "tokens");
  expect(series.map((one) => one.name)).toEqual(["a", "b", "c", "d", "e", "2 others"]);
  expect(series[0]?.values).toEqual([0, 20]);
  expect(series[5]?.values).toEqual([0, 18]);
  const six = rows.slice(0, 6);
  const shown = seriesOf(six, groupsOf(six, "account", "requests"), days, "requests");
  expect(shown.at(-1)?.name).toBe("f");
});

test("the busiest day", () => {
  const rows = [row("2026-01-01", "a", 5), row("2026-01-02", "a", 4), row("2026-01-02", "b", 4)];
  expect(busiestDay(rows, "tokens")).toEqual({ day: "2026-01-02", amount: 16 });
  expect(busiestDay([], "tokens")).toBeNull();
});

test("a file for spreadsheets: quoted, and no name is a formula", () => {
  const csv = csvOf([
    {
      account: "key_1",
      account_name: '=cmd|"x"',
      user: "a,b",
      day: "2026-01-01",
      model: "m",
      requests: 1,
      prompt_tokens: 2,
      completion_tokens: 3,
    },
  ]);
  expect(csv).toBe(
    "day,account,account_name,user,model,requests,prompt_tokens,completion_tokens\r\n" +
      '2026-01-01,key_1,"\'=cmd|""x""","a,b",m,1,2,3\r\n',
  );
});

test("what the address asks for; anything else is the default", () => {
  expect(readView(new URLSearchParams("days=7&by=model&show=requests"))).toEqual({
    days: 7,
    by: "model",
    measure: "requests",
  });
  expect(readView(new URLSearchParams("days=9999&by=x"))).toEqual({
    days: 30,
    by: "account",
    measure: "tokens",
  });
});

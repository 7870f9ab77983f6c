// Usage rows into what is shown: days, groups, totals, a file.
import type { GroupedUsageRow, UsageRow } from "@b3iq/shared/api/types.ts";
import type { Series } from "@b3iq/shared/kit/chart.tsx";
import { nameWithHint, toldName } from "../../parts/account_words";

export type Grouping = "account" | "user" | "model";
export type Measure = "tokens" | "requests";

/** How many groups the chart tells apart; the rest is one more. */
const kShownGroups = 5;
const kDayMs = 86_400_000;

export interface Totals {
  requests: number;
  promptTokens: number;
  completionTokens: number;
}

export interface Group extends Totals {
  id: string;
  name: string;
  /** Of all that was used, by the measure. */
  share: number;
}

/** The last `count` days, today included, as UTC days. */
export function lastDays(count: number, now: Date): string[] {
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  return Array.from({ length: count }, (_, index) =>
    new Date(today - (count - 1 - index) * kDayMs).toISOString().slice(0, 10),
  );
}

export function secondsOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

export function totalsOf(rows: readonly GroupedUsageRow[]): Totals {
  return rows.reduce(
    (sum, row) => ({
      requests: sum.requests + row.requests,
      promptTokens: sum.promptTokens + row.prompt_tokens,
      completionTokens: sum.completionTokens + row.completion_tokens,
    }),
    { requests: 0, promptTokens: 0, completionTokens: 0 },
  );
}

export function amountOf(totals: Totals, measure: Measure): number {
  return measure === "requests" ? totals.requests : totals.promptTokens + totals.completionTokens;
}

/** Each group's sum, the largest first. */
export function groupsOf(
  rows: readonly GroupedUsageRow[],
  by: Grouping,
  measure: Measure,
): Group[] {
  const byId = groupedBy(rows, (row) => row.group);
  const all = amountOf(totalsOf(rows), measure);
  return [...byId]
    .map(([id, own]) => {
      const totals = totalsOf(own);
      const share = all > 0 ? amountOf(totals, measure) / all : 0;
      return { ...totals, id, name: groupName(id, own.at(-1)?.name ?? id, by), share };
    })
    .sort((a, b) => amountOf(b, measure) - amountOf(a, measure) || a.name.localeCompare(b.name));
}

function groupedBy<Row>(rows: readonly Row[], nameOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = nameOf(row);
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  return groups;
}

function groupName(id: string, name: string, by: Grouping): string {
  if (name) return by === "account" ? nameWithHint(id, toldName(id, name)) : name;
  if (by === "user") return "keys without a user";
  if (by === "model") return "unknown model";
  return id || "unknown key";
}

/** A series for each of the largest groups, and one for all others. */
export function seriesOf(
  rows: readonly GroupedUsageRow[],
  groups: readonly Group[],
  days: readonly string[],
  measure: Measure,
): Series[] {
  const shown = groups.slice(0, kShownGroups);
  const rest = groups.length > kShownGroups + 1 ? groups.slice(kShownGroups) : [];
  const last = groups.length === kShownGroups + 1 ? groups.slice(kShownGroups) : [];
  const parts = [...shown, ...last].map((group) => ({
    name: group.name,
    ids: new Set([group.id]),
  }));
  if (rest.length > 0)
    parts.push({ name: `${rest.length} others`, ids: new Set(rest.map((group) => group.id)) });
  const at = new Map(days.map((day, index) => [day, index]));
  return parts.map(({ name, ids }) => {
    const values = days.map(() => 0);
    for (const row of rows) {
      const index = at.get(row.day);
      if (index === undefined || !ids.has(row.group)) continue;
      values[index] = (values[index] ?? 0) + amountOf(totalsOf([row]), measure);
    }
    return { name, values };
  });
}

/** The day with the most; null where nothing was used. */
export function busiestDay(
  rows: readonly GroupedUsageRow[],
  measure: Measure,
): { day: string; amount: number } | null {
  let best: { day: string; amount: number } | null = null;
  for (const [day, own] of groupedBy(rows, (row) => row.day)) {
    const amount = amountOf(totalsOf(own), measure);
    if (amount > (best?.amount ?? 0)) best = { day, amount };
  }
  return best;
}

const kColumns = [
  "day",
  "account",
  "account_name",
  "user",
  "model",
  "requests",
  "prompt_tokens",
  "completion_tokens",
] as const;

/** A row for each day, key and model, as spreadsheets read it. */
export function csvOf(rows: readonly UsageRow[]): string {
  const lines = rows.map((row) => kColumns.map((name) => cell(row[name])).join(","));
  return `${[kColumns.join(","), ...lines].join("\r\n")}\r\n`;
}

/** Quoted where it must be. A text that a spreadsheet would take for a formula gets a quote before. */
function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

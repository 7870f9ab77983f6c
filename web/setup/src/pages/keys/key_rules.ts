// What a key may do, in words, and what is used of its budget.
import type { GroupedUsageRow, Key, KeySpec } from "@b3iq/shared/api/types.ts";
import { formatNumber } from "@b3iq/shared/kit/formats.ts";

export type Scope = Key["scopes"][number];
export type Period = Key["budget_period"];

export const scopes: { scope: Scope; name: string; about: string }[] = [
  {
    scope: "chat",
    name: "Use models",
    about: "Chat, completions, responses and embeddings, by every API of the node.",
  },
  { scope: "models", name: "List models", about: "See which models there are. Most apps ask." },
  { scope: "receipts", name: "Read its receipts", about: "The signed receipts of its own calls." },
  {
    scope: "metrics",
    name: "Read metrics",
    about: "Figures of the whole node, for a monitoring system. No content, no names of keys.",
  },
];

export const periodNames: Record<Period, string> = {
  day: "each day",
  month: "each month",
  total: "in all",
};

export interface Preset {
  id: string;
  name: string;
  about: string;
  spec: Omit<KeySpec, "name">;
}

export const presets: Preset[] = [
  {
    id: "app",
    name: "App or script",
    about: "All models, no limits",
    spec: { scopes: ["chat", "models"] },
  },
  {
    id: "person",
    name: "Somebody else",
    about: "60 calls a minute, 1 million tokens a month, 90 days",
    spec: {
      scopes: ["chat", "models"],
      expires: "90d",
      requests_per_minute: 60,
      budget_tokens: 1_000_000,
      budget_period: "month",
    },
  },
  {
    id: "trial",
    name: "To try out",
    about: "50,000 tokens in all, one day",
    spec: {
      scopes: ["chat", "models"],
      expires: "24h",
      requests_per_minute: 20,
      budget_tokens: 50_000,
      budget_period: "total",
    },
  },
  {
    id: "monitoring",
    name: "Monitoring",
    about: "Metrics alone",
    spec: { scopes: ["metrics"] },
  },
];

/** "Chat, models" */
export function scopesText(key: Pick<Key, "scopes">): string {
  const names: Record<Scope, string> = {
    chat: "use models",
    models: "list models",
    receipts: "own receipts",
    metrics: "metrics",
  };
  const text = key.scopes.map((scope) => names[scope]).join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "60 calls and 20,000 tokens a minute"; null without limits. */
export function rateText(key: Pick<Key, "requests_per_minute" | "tokens_per_minute">) {
  const parts = [
    key.requests_per_minute > 0 && `${formatNumber(key.requests_per_minute)} calls`,
    key.tokens_per_minute > 0 && `${formatNumber(key.tokens_per_minute)} tokens`,
  ].filter(Boolean);
  return parts.length > 0 ? `${parts.join(" and ")} a minute` : null;
}

export function hasBudget(key: Key): boolean {
  return key.budget_tokens > 0 || key.budget_requests > 0;
}

/** The first UTC day of the budget's present period; null: since ever. */
export function periodStart(period: Period, now: Date): string | null {
  if (period === "total") return null;
  const day = now.toISOString().slice(0, 10);
  return period === "day" ? day : `${day.slice(0, 8)}01`;
}

export interface BudgetPart {
  unit: "tokens" | "calls";
  limit: number;
  used: number;
  left: number;
  share: number;
}

/** `rows`: of this key's account, or of its user where it shares an allowance. */
export function budgetParts(key: Key, rows: readonly GroupedUsageRow[], now: Date): BudgetPart[] {
  const start = periodStart(key.budget_period, now);
  const counted = rows.filter((row) => start === null || row.day >= start);
  const sum = (of: (row: GroupedUsageRow) => number) =>
    counted.reduce((total, row) => total + of(row), 0);
  const part = (unit: BudgetPart["unit"], limit: number, used: number): BudgetPart[] =>
    limit > 0
      ? [{ unit, limit, used, left: Math.max(0, limit - used), share: Math.min(1, used / limit) }]
      : [];
  return [
    ...part(
      "tokens",
      key.budget_tokens,
      sum((row) => row.prompt_tokens + row.completion_tokens),
    ),
    ...part(
      "calls",
      key.budget_requests,
      sum((row) => row.requests),
    ),
  ];
}

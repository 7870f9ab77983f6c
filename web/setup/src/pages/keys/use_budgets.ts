// What is used of each key's budget, from the node's usage figures.
import { client, ok } from "@b3iq/shared/api/client.ts";
import type { GroupedUsageRow, Key } from "@b3iq/shared/api/types.ts";
import { useQuery } from "@tanstack/react-query";
import { type BudgetPart, budgetParts, hasBudget, periodStart } from "./key_rules";

const kDayMs = 86_400_000;
const kMostDays = 366;

/** null: not known (yet, or the node could not tell all of it). */
export function useBudgets(keys: Key[]): (key: Key) => BudgetPart[] | null {
  const now = new Date();
  const limited = keys.filter(hasBudget);
  const from = firstDay(limited, now);
  const to = now.toISOString().slice(0, 10);
  const read = async (by: "account" | "user", signal: AbortSignal) => {
    const query = { from, to, by };
    const list = await ok(client.GET("/setup/v1/usage", { params: { query }, signal }));
    return { rows: list.data as GroupedUsageRow[], whole: list.truncated !== true };
  };
  const byAccount = useQuery({
    queryKey: ["usage", "budgets", from, to, "account"],
    queryFn: ({ signal }) => read("account", signal),
    enabled: limited.some((key) => !key.user),
  }).data;
  const byUser = useQuery({
    queryKey: ["usage", "budgets", from, to, "user"],
    queryFn: ({ signal }) => read("user", signal),
    enabled: limited.some((key) => key.user),
  }).data;
  return (key) => {
    const found = key.user ? byUser : byAccount;
    if (!found || (key.budget_period === "total" && !found.whole)) return null;
    const group = key.user || key.id;
    return budgetParts(
      key,
      found.rows.filter((row) => row.group === group),
      now,
    );
  };
}

function firstDay(keys: Key[], now: Date): string {
  const earliest = new Date(now.getTime() - (kMostDays - 1) * kDayMs).toISOString().slice(0, 10);
  const starts = keys.map((key) => periodStart(key.budget_period, now) ?? earliest);
  return starts.sort()[0] ?? now.toISOString().slice(0, 10);
}

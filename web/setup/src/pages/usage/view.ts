// What the page shows, as it stands in its address.
import type { Grouping, Measure } from "./usage_data";

export interface UsageView {
  days: number;
  by: Grouping;
  measure: Measure;
}

const kDays = [7, 30, 90];
const kGroupings: Grouping[] = ["account", "user", "model"];

export function readView(search: URLSearchParams): UsageView {
  const days = Number(search.get("days"));
  const by = search.get("by") as Grouping;
  return {
    days: kDays.includes(days) ? days : 30,
    by: kGroupings.includes(by) ? by : "account",
    measure: search.get("show") === "requests" ? "requests" : "tokens",
  };
}

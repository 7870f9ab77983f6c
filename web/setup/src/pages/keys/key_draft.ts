// The form's own view of a key that is to be made.
import type { KeySpec } from "@b3iq/shared/api/types.ts";
import type { Period, Scope } from "./key_rules";

export interface Draft {
  name: string;
  user: string;
  scopes: Scope[];
  allModels: boolean;
  models: string[];
  /** As the node takes it; "": never. */
  expires: string;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  budget_tokens: number | null;
  budget_requests: number | null;
  budget_period: Period;
}

export const expiries = [
  { value: "", label: "Never" },
  { value: "24h", label: "In one day" },
  { value: "7d", label: "In 7 days" },
  { value: "30d", label: "In 30 days" },
  { value: "90d", label: "In 90 days" },
  { value: "365d", label: "In one year" },
];

export function draftOf(spec: Omit<KeySpec, "name">): Draft {
  return {
    name: "",
    user: spec.user ?? "",
    scopes: spec.scopes ?? ["chat", "models"],
    allModels: !spec.models?.length,
    models: spec.models ?? [],
    expires: spec.expires ?? "",
    requests_per_minute: spec.requests_per_minute ?? null,
    tokens_per_minute: spec.tokens_per_minute ?? null,
    budget_tokens: spec.budget_tokens ?? null,
    budget_requests: spec.budget_requests ?? null,
    budget_period: spec.budget_period ?? "month",
  };
}

export const kEmptyDraft = draftOf({});

/** What the node is asked for: nothing that was left open, and no limits on a key that cannot chat. */
export function specOf(draft: Draft): KeySpec {
  const spec: KeySpec = { name: draft.name.trim(), scopes: draft.scopes };
  if (draft.user.trim()) spec.user = draft.user.trim();
  if (draft.expires) spec.expires = draft.expires;
  if (!draft.scopes.includes("chat")) return spec;
  if (!draft.allModels) spec.models = draft.models;
  if (draft.requests_per_minute) spec.requests_per_minute = draft.requests_per_minute;
  if (draft.tokens_per_minute) spec.tokens_per_minute = draft.tokens_per_minute;
  if (draft.budget_tokens) spec.budget_tokens = draft.budget_tokens;
  if (draft.budget_requests) spec.budget_requests = draft.budget_requests;
  if (spec.budget_tokens || spec.budget_requests) spec.budget_period = draft.budget_period;
  return spec;
}

// The form of a b3iq-receipt-v1, checked as strictly as the node does it (docs/protocol/receipts.md).
import { fromBase64Url } from "./bytes";
import type { Json } from "./canonical";

export interface SignedReceipt {
  type: "b3iq-receipt-v1";
  node_id: string;
  job_id: string;
  model_id: string;
  model_profile_id: string;
  runtime_kind: string;
  dispatch_mode: "local" | "pooled_sync" | "private_job";
  privacy_class: "none" | "private_transport";
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  policy_version: string | null;
  started_at: string;
  completed_at: string;
  finish: "stop" | "length" | "tool_calls" | "content_filter" | "cancelled" | "error";
  content_commitment: string;
  tee_attestation_hash?: string;
  signature_ed25519: string;
}

const kModelBytes = 256;
const kNameBytes = 64;

type Members = Record<string, Json | undefined>;
type Check = (value: Json | undefined) => string | null;

const oneOf =
  (...names: string[]): Check =>
  (value) =>
    names.includes(value as string) ? null : "is not one of the known values";

const matching =
  (form: RegExp): Check =>
  (value) =>
    typeof value === "string" && form.test(value) ? null : "is not well formed";

const printable =
  (maxBytes: number): Check =>
  (value) => {
    if (typeof value !== "string") return "must be a string";
    const size = new TextEncoder().encode(value).length;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    const holds = size > 0 && size <= maxBytes && !/[\x00-\x1f\x7f]/.test(value);
    return holds && !/\p{Surrogate}/u.test(value)
      ? null
      : "is empty, too long or holds control characters";
  };

const bytes =
  (count: number): Check =>
  (value) =>
    typeof value === "string" && fromBase64Url(value)?.length === count
      ? null
      : `must be ${count} bytes in base64url`;

const time: Check = (value) => {
  const right = typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
  const ms = right ? Date.parse(value) : Number.NaN;
  // A day that does not exist (30 February) comes back as another one.
  return ms >= 0 && new Date(ms).toISOString() === value
    ? null
    : "must be a UTC time with milliseconds such as 2026-11-21T09:30:00.123Z";
};

const usage: Check = (value) => {
  const kNames = ["completion_tokens", "prompt_tokens", "total_tokens"];
  if (!isMembers(value) || Object.keys(value).sort().join() !== kNames.join()) {
    return "must have prompt_tokens, completion_tokens and total_tokens alone";
  }
  const counts = kNames.map((name) => value[name]);
  if (!counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0)) {
    return "has counts that are not whole numbers from 0 to 2^53-1";
  }
  const [completion, prompt, total] = counts as [number, number, number];
  return total === completion + prompt ? null : "has a total_tokens that is not the sum";
};

const checks: Record<keyof SignedReceipt, Check> = {
  type: (value) => (value === "b3iq-receipt-v1" ? null : "must be b3iq-receipt-v1"),
  node_id: matching(/^b3n_[a-z2-7]{32}$/),
  job_id: matching(/^job_[0-7][0-9A-HJKMNP-TV-Z]{25}$/),
  model_id: printable(kModelBytes),
  model_profile_id: printable(kModelBytes),
  runtime_kind: printable(kNameBytes),
  dispatch_mode: oneOf("local", "pooled_sync", "private_job"),
  privacy_class: oneOf("none", "private_transport"),
  usage,
  policy_version: (value) => (value === null ? null : printable(kNameBytes)(value)),
  started_at: time,
  completed_at: time,
  finish: oneOf("stop", "length", "tool_calls", "content_filter", "cancelled", "error"),
  content_commitment: bytes(32),
  tee_attestation_hash: bytes(32),
  signature_ed25519: bytes(64),
};

function isMembers(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is wrong with it; empty when it has the form of a receipt. */
export function faultsOfForm(value: Json): string[] {
  if (!isMembers(value)) return ["A receipt is a JSON object."];
  const members = value as Members;
  // Another version has other members: nothing else is worth saying of it.
  const type = checks.type(members.type);
  if (type) return [`A receipt's type ${type}.`];
  const faults: string[] = [];
  for (const [name, check] of Object.entries(checks)) {
    if (name === "tee_attestation_hash" && !(name in members)) continue;
    const fault = name in members ? check(members[name]) : "is missing";
    if (fault) faults.push(`A receipt's ${name} ${fault}.`);
  }
  for (const name of Object.keys(members)) {
    if (!Object.hasOwn(checks, name)) faults.push(`A receipt has no member ${name}.`);
  }
  if (faults.length === 0 && (members.completed_at as string) < (members.started_at as string)) {
    faults.push("A receipt's completed_at lies before started_at.");
  }
  return faults;
}

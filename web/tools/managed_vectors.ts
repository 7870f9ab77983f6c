// The golden vectors of the managed plane, tests/vectors/managed_*.json, as tests read them.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Json } from "../shared/src/verify/canonical";

export const repoRoot = join(dirname(fileURLToPath(import.meta.url)), "../..");

export type Members = { [name: string]: Json };

export interface Identities {
  node_seed: string;
  node_id: string;
  node_public_key: string;
  control_plane_seed: string;
  control_plane_id: string;
  control_plane_public_key: string;
}

export interface SignedRequest {
  method: string;
  path: string;
  tag: string;
  body: string;
  content_digest: string;
  audience: string;
  sequence: string;
  signature_input: string;
  signature: string;
}

interface Blocker {
  code: string;
  gate: string;
  message: string;
  next_action: string;
}

export interface Vectors {
  challenge: { request: string; challenge: string };
  enrollment: {
    statement: string;
    request: SignedRequest;
    unenroll: SignedRequest;
    answer: string;
    router_master: string;
    router_generation: number;
    router_secret: string;
    router_key_id: string;
  };
  heartbeat: { request: SignedRequest; clock_skew_error: string; replay_error: string };
  inventory: {
    request: SignedRequest;
    inventory: string;
    inventory_hash: string;
    readiness: string;
    readiness_hash: string;
  };
  poll: { request: SignedRequest; answers: { kind: string; answer: string }[] };
  readiness: { blockers: Blocker[]; nothing_known: { ready: boolean; blockers: Blocker[] } };
  result: {
    request: SignedRequest;
    results: { name: string; document: string; document_hash: string }[];
  };
  transport_key_binding: {
    transport_secret: string;
    transport_public_key: string;
    key_id: string;
    now: string;
    signed_binding: string;
  };
}

export const kNames: readonly (keyof Vectors)[] = [
  "challenge",
  "enrollment",
  "heartbeat",
  "inventory",
  "poll",
  "readiness",
  "result",
  "transport_key_binding",
];

export function vectorFile(file: string): Json {
  return JSON.parse(readFileSync(join(repoRoot, "tests/vectors", file), "utf8")) as Json;
}

export function vectors<Name extends keyof Vectors>(name: Name): Identities & Vectors[Name] {
  return vectorFile(`managed_${name}.json`) as unknown as Identities & Vectors[Name];
}

export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`${what} is missing or malformed`);
  return value;
}

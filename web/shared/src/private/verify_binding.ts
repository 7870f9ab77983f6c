// Which key a node opens sealed requests with: b3iq-transport-key-v1 (docs/protocol/identity.md), checked before
// anything is sealed, so that a control plane that swaps the key is caught.
import { type Bytes, concat, fromBase64Url, utf8 } from "../verify/bytes";
import { ambiguityIn, canonical, type Json } from "../verify/canonical";
import { nodeIdOf } from "../verify/verify_receipt";
import { transportKeyId, usableKey } from "./job_keys";
import { Refusal } from "./refusal";
import type { NodeTransportKey } from "./seal_request";
import { strictObject } from "./strict_json";

const kType = "b3iq-transport-key-v1";
const kSkewMs = 300_000;
const kTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const kMembers = [
  "key_id",
  "node_id",
  "not_after",
  "not_before",
  "public_key_ed25519",
  "public_key_x25519",
  "signature_ed25519",
  "type",
];

/**
 * The key to seal to. `text` is the binding's JSON, `nodeId` whom the customer means: pinned, or chosen by other
 * evidence than this binding. Throws Refusal naming what does not hold.
 */
export async function verifyBinding(
  text: string,
  nodeId: string,
  nowMs: number = Date.now(),
): Promise<NodeTransportKey> {
  const refused = (name: string, what: string) =>
    new Refusal(
      "invalid_signature",
      `The transport-key binding ${what}. Seal nothing to this key.`,
      name,
    );
  const object = strictObject(text);
  const binding = object && ambiguityIn(text) === null ? object.members : null;
  const names = Object.keys(binding ?? {})
    .filter((name) => name !== "attestation_report_hash")
    .sort();
  if (!binding || names.join() !== kMembers.join() || binding.type !== kType) {
    throw refused("type", `is not a ${kType}`);
  }
  const bytes = (name: string, size: number): Bytes => {
    const value = fromBase64Url(String(binding[name]));
    if (value?.length !== size) throw refused(name, `has no ${size} bytes in ${name}`);
    return value;
  };
  const identity = bytes("public_key_ed25519", 32);
  const publicKey = bytes("public_key_x25519", 32);
  if (binding.node_id !== nodeId) throw refused("node_id", "is another node's");
  if ((await nodeIdOf(identity)) !== nodeId) {
    throw refused("public_key_ed25519", "has a key that is not the node's");
  }
  const keyId = await transportKeyId(publicKey);
  if (binding.key_id !== keyId) throw refused("key_id", "has a key_id that is not that of its key");
  if (!usableKey(publicKey)) throw refused("public_key_x25519", "has a key of low order");
  if (!(await isSigned(binding, identity, bytes("signature_ed25519", 64)))) {
    throw refused("signature_ed25519", "has a signature that does not verify");
  }
  checkTimes(binding, nowMs);
  return { publicKey, keyId };
}

async function isSigned(
  binding: { [name: string]: Json },
  identity: Bytes,
  signature: Bytes,
): Promise<boolean> {
  const { signature_ed25519: _, ...unsigned } = binding;
  const covered = concat(utf8(`${kType}\0`), utf8(canonical(unsigned)));
  const { subtle } = crypto;
  const key = await subtle.importKey("raw", identity, { name: "Ed25519" }, false, ["verify"]);
  return subtle.verify({ name: "Ed25519" }, key, signature, covered);
}

function checkTimes(binding: { [name: string]: Json }, nowMs: number): void {
  const [from, until] = ["not_before", "not_after"].map((name) => {
    const value = String(binding[name]);
    return kTime.test(value) ? Date.parse(value) : Number.NaN;
  });
  const isNow = nowMs + kSkewMs >= (from ?? Number.NaN) && nowMs < (until ?? Number.NaN);
  if (isNow) return;
  throw new Refusal(
    "invalid_request",
    "The transport-key binding is not valid now. Fetch the node's current one.",
    nowMs < (from ?? 0) ? "not_before" : "not_after",
  );
}

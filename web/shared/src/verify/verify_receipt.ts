// Checks a receipt with the browser's own cryptography. Shares no code with the node, asks it nothing.
import { type Bytes, concat, fromBase64Url, toBase32, toHex, utf8 } from "./bytes";
import { canonical, type Json } from "./canonical";
import { type Content, commitmentOf, splitAnswer } from "./content";
import type { ReceiptInput } from "./read_receipt";
import { faultsOfForm, type SignedReceipt } from "./receipt_form";

export type StepId = "form" | "node" | "hash" | "signature" | "content";

export interface Step {
  id: StepId;
  /** passed; failed; unknown: could not be checked here; skipped: an earlier step failed. */
  state: "passed" | "failed" | "unknown" | "skipped";
  detail: string;
}

export interface Verification {
  /** null: nothing failed, but not everything could be checked in this browser. */
  holds: boolean | null;
  steps: Step[];
  receipt: SignedReceipt | null;
  /** Recomputed; null where that was not possible. */
  hash: string | null;
}

/** What this browser lacks for the check; null when it can do all of it. */
export async function missingCrypto(
  subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle,
): Promise<"secure_context" | "ed25519" | null> {
  if (!subtle) return "secure_context";
  try {
    await importKey(subtle, utf8("0123456789abcdef0123456789abcdef"));
    return null;
  } catch (error) {
    return (error as Error).name === "NotSupportedError" ? "ed25519" : null;
  }
}

function importKey(subtle: SubtleCrypto, key: Bytes) {
  return subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
}

async function sha256(subtle: SubtleCrypto, bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle.digest("SHA-256", bytes));
}

const kIdBytes = 20;

export async function nodeIdOf(
  publicKey: Uint8Array,
  subtle: SubtleCrypto = crypto.subtle,
): Promise<string> {
  const hash = await sha256(subtle, concat(utf8("b3iq-node-id-v1\0"), publicKey));
  return `b3n_${toBase32(hash.subarray(0, kIdBytes))}`;
}

/** The canonical text that the signature covers, without the type that stands before it. */
export function signedText(receipt: SignedReceipt): string {
  const { signature_ed25519: _, ...unsigned } = receipt;
  return canonical(unsigned as unknown as Json);
}

const skipped = (id: StepId): Step => ({ id, state: "skipped", detail: "" });

export async function verifyReceipt(
  input: ReceiptInput,
  publicKey: Uint8Array,
  subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle,
  content: Content | null = null,
): Promise<Verification> {
  const ids: StepId[] = ["node", "hash", "signature", ...(content ? ["content" as const] : [])];
  const faults = faultsOfForm(input.receipt);
  if (faults.length > 0) {
    const form: Step = { id: "form", state: "failed", detail: faults.join(" ") };
    return { holds: false, steps: [form, ...ids.map(skipped)], receipt: null, hash: null };
  }
  const receipt = input.receipt as unknown as SignedReceipt;
  const form: Step = {
    id: "form",
    state: "passed",
    detail: "Every member of b3iq-receipt-v1 is there, well formed, and no other.",
  };
  if (!subtle) {
    const detail = "This browser gives its cryptography to secure pages only.";
    const rest = ids.map((id): Step => ({ id, state: "unknown", detail }));
    return { holds: null, steps: [form, ...rest], receipt, hash: null };
  }
  const bytes = concat(utf8(`${receipt.type}\0`), utf8(signedText(receipt)));
  const hash = `0x${toHex(await sha256(subtle, bytes))}`;
  const steps = [
    form,
    await checkNode(subtle, receipt, publicKey),
    checkHash(hash, input.statedHash),
    await checkSignature(subtle, receipt, bytes, publicKey),
    ...(content ? [await checkContent(subtle, receipt, content)] : []),
  ];
  return { holds: verdict(steps), steps, receipt, hash };
}

function verdict(steps: Step[]): boolean | null {
  if (steps.some((step) => step.state === "failed")) return false;
  return steps.every((step) => step.state === "passed") ? true : null;
}

async function checkNode(
  subtle: SubtleCrypto,
  receipt: SignedReceipt,
  publicKey: Uint8Array,
): Promise<Step> {
  const id = await nodeIdOf(publicKey, subtle);
  return id === receipt.node_id
    ? { id: "node", state: "passed", detail: `The key's fingerprint is ${id}.` }
    : {
        id: "node",
        state: "failed",
        detail: `The receipt names ${receipt.node_id}, but this key belongs to ${id}.`,
      };
}

function checkHash(hash: string, stated: string | null): Step {
  if (stated === null) {
    return { id: "hash", state: "passed", detail: `It is ${hash}. None was given to compare.` };
  }
  return hash === stated
    ? { id: "hash", state: "passed", detail: hash }
    : {
        id: "hash",
        state: "failed",
        detail: `The receipt's bytes give ${hash}, but ${stated} was stated.`,
      };
}

async function checkContent(
  subtle: SubtleCrypto,
  receipt: SignedReceipt,
  content: Content,
): Promise<Step> {
  const split = splitAnswer(content.answer);
  if (!split) {
    const detail = "The answer has no b3iq member with a salt. Give all of it, as it came.";
    return { id: "content", state: "failed", detail };
  }
  const found = await commitmentOf(split.salt, content.request, split.committed, subtle);
  return found === receipt.content_commitment
    ? { id: "content", state: "passed", detail: `Their commitment is ${found}.` }
    : {
        id: "content",
        state: "failed",
        detail: "They give another commitment: other bytes, if only by a space or a line's end.",
      };
}

async function checkSignature(
  subtle: SubtleCrypto,
  receipt: SignedReceipt,
  bytes: Bytes,
  publicKey: Uint8Array,
): Promise<Step> {
  const signature = fromBase64Url(receipt.signature_ed25519);
  try {
    const key = await importKey(subtle, concat(publicKey));
    const right = signature && (await subtle.verify({ name: "Ed25519" }, key, signature, bytes));
    return right
      ? { id: "signature", state: "passed", detail: "The node's key made it over these bytes." }
      : {
          id: "signature",
          state: "failed",
          detail: "It was not made by this key over these bytes: something was changed.",
        };
  } catch (error) {
    if ((error as Error).name !== "NotSupportedError") {
      return { id: "signature", state: "failed", detail: "This is no Ed25519 public key." };
    }
    return { id: "signature", state: "unknown", detail: "This browser does not know Ed25519." };
  }
}

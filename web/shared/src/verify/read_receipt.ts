// Receipts as people hand them on: the receipt itself, or an entry of the node's list with its hash.

import { fromBase64Url, fromHex } from "./bytes";
import { ambiguityIn, type Json } from "./canonical";

export interface ReceiptInput {
  receipt: Json;
  /** As it was stated beside the receipt; null when it was not. */
  statedHash: string | null;
}

const kMostText = 64 * 1024;

/** Throws an Error that says what to do. */
export function readReceiptText(text: string): ReceiptInput {
  if (text.length > kMostText) throw new Error("This is too long for a receipt. Give one alone.");
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new Error("This is not JSON. Paste the whole receipt, from { to }.");
  }
  const ambiguity = ambiguityIn(text);
  if (ambiguity) throw new Error(`${ambiguity} A receipt is written in one way only.`);
  return readReceipt(value);
}

export function readReceipt(value: Json): ReceiptInput {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("This is not a receipt: it is no JSON object.");
  }
  if (Array.isArray(value.data)) {
    const [only, ...more] = value.data;
    if (only === undefined || more.length > 0) {
      throw new Error("This is a list of receipts. Give one of them alone.");
    }
    return readReceipt(only);
  }
  if (value.receipt !== undefined) {
    const statedHash = typeof value.receipt_hash === "string" ? value.receipt_hash : null;
    return { receipt: value.receipt, statedHash };
  }
  return { receipt: value, statedHash: null };
}

const kKeyBytes = 32;

/** A node's public key in base64url or hexadecimal; null when it is neither. */
export function readPublicKey(text: string): Uint8Array<ArrayBuffer> | null {
  const trimmed = text.trim();
  const key = trimmed.length === kKeyBytes * 2 ? fromHex(trimmed) : fromBase64Url(trimmed);
  return key?.length === kKeyBytes ? key : null;
}

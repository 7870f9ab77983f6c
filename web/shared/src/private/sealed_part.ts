// An envelope sealed and opened under a job's keys. ChaCha20-Poly1305 is @noble/ciphers': no browser
// has it in WebCrypto yet.
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import type { Bytes } from "../verify/bytes";
import { type EnvelopeParts, kNonceBytes } from "./envelope";
import { additionalData, type JobKeys, type SealedPart, sha256 } from "./job_keys";

export function aeadSeal(key: Bytes, nonce: Bytes, aad: Bytes, plaintext: Bytes): Bytes {
  return chacha20poly1305(key, nonce, aad).encrypt(plaintext) as Bytes;
}

/** null: not sealed so. */
export function aeadOpen(key: Bytes, nonce: Bytes, aad: Bytes, sealed: Bytes): Bytes | null {
  try {
    return chacha20poly1305(key, nonce, aad).decrypt(sealed) as Bytes;
  } catch {
    return null;
  }
}

export function randomBytes(size: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** `nonce` is given by tests of known answers alone. */
export async function sealPart(
  keys: JobKeys,
  part: SealedPart,
  jobId: string,
  clientPublicKey: Bytes,
  plaintext: Bytes,
  nonce: Bytes = randomBytes(kNonceBytes),
): Promise<EnvelopeParts> {
  const aad = additionalData(part, jobId);
  const key = await keys.keyOf(part);
  const ciphertext = aeadSeal(key, nonce, aad, plaintext);
  key.fill(0);
  return { keyId: keys.keyId, clientPublicKey, nonce, ciphertext, aadHash: await sha256(aad) };
}

export async function openPart(
  keys: JobKeys,
  part: SealedPart,
  jobId: string,
  envelope: EnvelopeParts,
): Promise<Bytes | null> {
  const aad = additionalData(part, jobId);
  if (envelope.aadHash && !sameBytes(envelope.aadHash, await sha256(aad))) return null;
  const key = await keys.keyOf(part);
  const plaintext = aeadOpen(key, envelope.nonce, aad, envelope.ciphertext);
  key.fill(0);
  return plaintext;
}

/** Of public values: not constant time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

// A sealed request or answer as it travels: these members and no other, each in its one spelling.
import { type Bytes, fromBase64Url, toBase64Url } from "../verify/bytes";
import { kVersion, usableKey } from "./job_keys";
import { Refusal } from "./refusal";
import { strictObject } from "./strict_json";

export const kAlgorithm = "x25519-hkdf-sha256-chacha20poly1305";
export const kTagBytes = 16;
export const kNonceBytes = 12;
export const kMaxRequestBytes = 1024 * 1024;
export const kMaxAnswerBytes = 4 * 1024 * 1024;

/** As it stands in `encrypted_request` and `encrypted_response`. */
export interface SealedEnvelope {
  version: string;
  key_id: string;
  algorithm: string;
  client_public_key_x25519: string;
  nonce: string;
  ciphertext: string;
  aad_hash?: string;
}

export interface EnvelopeParts {
  keyId: string;
  clientPublicKey: Bytes;
  nonce: Bytes;
  ciphertext: Bytes;
  aadHash: Bytes | null;
}

export function envelopeOf(parts: EnvelopeParts): SealedEnvelope {
  return {
    version: kVersion,
    key_id: parts.keyId,
    algorithm: kAlgorithm,
    client_public_key_x25519: toBase64Url(parts.clientPublicKey),
    nonce: toBase64Url(parts.nonce),
    ciphertext: toBase64Url(parts.ciphertext),
    ...(parts.aadHash && { aad_hash: toBase64Url(parts.aadHash) }),
  };
}

const kMembers = new Set([
  "version",
  "key_id",
  "algorithm",
  "client_public_key_x25519",
  "nonce",
  "ciphertext",
  "aad_hash",
]);

/** Strict. `envelope` is its JSON text, or what a parser made of it. Throws Refusal naming the member. */
export function readEnvelope(envelope: string | object, maxPlaintextBytes: number): EnvelopeParts {
  const members = membersOf(envelope);
  const refused = (name: string, what: string) =>
    new Refusal("invalid_encrypted_request", `A sealed envelope's ${name} ${what}.`, name);
  const text = (name: string): string => {
    const value = members[name];
    if (typeof value !== "string") throw refused(name, "must be a string");
    return value;
  };
  const bytes = (name: string, min: number, max: number): Bytes => {
    const value = fromBase64Url(text(name));
    if (!value || value.length < min || value.length > max) {
      throw refused(name, `must be ${min === max ? min : `${min} to ${max}`} bytes in base64url`);
    }
    return value;
  };
  if (text("version") !== kVersion) throw refused("version", `must be ${kVersion}`);
  if (text("algorithm") !== kAlgorithm) throw refused("algorithm", `must be ${kAlgorithm}`);
  const keyId = text("key_id");
  if (!/^b3x_[a-z2-7]{16}$/.test(keyId)) throw refused("key_id", "is not well formed");
  const clientPublicKey = bytes("client_public_key_x25519", 32, 32);
  if (!usableKey(clientPublicKey)) {
    throw refused("client_public_key_x25519", "is of low order or not in its canonical spelling");
  }
  const parts = {
    keyId,
    clientPublicKey,
    nonce: bytes("nonce", kNonceBytes, kNonceBytes),
    ciphertext: bytes("ciphertext", kTagBytes, maxPlaintextBytes + kTagBytes),
    aadHash: "aad_hash" in members ? bytes("aad_hash", 32, 32) : null,
  };
  if (Object.keys(members).some((name) => !kMembers.has(name))) {
    throw new Refusal("invalid_encrypted_request", "A sealed envelope has members not known.");
  }
  return parts;
}

function membersOf(envelope: string | object): { [name: string]: unknown } {
  const members = typeof envelope === "string" ? strictObject(envelope)?.members : envelope;
  if (!members) throw new Refusal("invalid_json", "A sealed envelope is a JSON object.");
  return members as { [name: string]: unknown };
}

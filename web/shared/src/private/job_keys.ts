// The keys of one private job (docs/protocol/private-transport.md), by the platform's own X25519,
// HKDF and SHA-256. The shared secret and what is derived of it stay inside the platform until a
// part's key is asked for.
import { type Bytes, concat, toBase32, utf8 } from "../verify/bytes";

export const kVersion = "b3iq-private-transport-v1";
export type SealedPart = "request" | "response" | "response-stream";

const kAadLabels: Record<SealedPart, string> = {
  request: "b3iq-private-inference",
  response: "b3iq-private-inference-result",
  "response-stream": "b3iq-private-inference-stream",
};

export function additionalData(part: SealedPart, jobId: string): Bytes {
  return utf8(`${kAadLabels[part]}:${jobId}`);
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export async function transportKeyId(publicKey: Bytes): Promise<string> {
  const hash = await sha256(concat(utf8("b3iq-transport-key-v1\0"), publicKey));
  return `b3x_${toBase32(hash.subarray(0, 10))}`;
}

const kPrime = 2n ** 255n - 19n;
// The points of low order, canonically: 0, 1, two of order 8, p-1.
const kLowOrder = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  kPrime - 1n,
]);

/** Whether keys are agreed with the holder of this key: one canonical spelling, not of low order. */
export function usableKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  const u = publicKey.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return u < kPrime && !kLowOrder.has(u);
}

export interface KeyPair {
  privateKey: CryptoKey;
  publicKey: Bytes;
}

export async function freshPair(): Promise<KeyPair> {
  const pair = (await crypto.subtle.generateKey({ name: "X25519" }, false, [
    "deriveKey",
  ])) as CryptoKeyPair;
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { privateKey: pair.privateKey, publicKey: new Uint8Array(raw) };
}

/** What one key agreement gave: everything that a job's parts are sealed with follows from it. */
export class JobKeys {
  private constructor(
    private readonly shared: CryptoKey,
    private readonly salt: Bytes,
    readonly keyId: string,
  ) {}

  /** null: the other's key is not usable. `ours` is the side's own private key. */
  static async agree(
    ours: CryptoKey,
    theirs: Bytes,
    sides: { client: Bytes; node: Bytes; keyId: string },
  ): Promise<JobKeys | null> {
    if (!usableKey(theirs)) return null;
    const { subtle } = crypto;
    const other = await subtle.importKey("raw", theirs, { name: "X25519" }, false, []);
    try {
      // The platform refuses a shared secret of zeros.
      const shared = await subtle.deriveKey(
        { name: "X25519", public: other },
        ours,
        "HKDF",
        false,
        ["deriveBits"],
      );
      return new JobKeys(shared, concat(sides.client, sides.node), sides.keyId);
    } catch {
      return null;
    }
  }

  /** The 32 bytes that seal `part`. Overwrite them after use. */
  async keyOf(part: SealedPart): Promise<Bytes> {
    const info = utf8(`${kVersion} ${part}\0${this.keyId}`);
    const how = { name: "HKDF", hash: "SHA-256", salt: this.salt, info };
    return new Uint8Array(await crypto.subtle.deriveBits(how, this.shared, 256));
  }
}

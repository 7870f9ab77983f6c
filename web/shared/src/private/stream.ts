// Pieces of a streamed answer: frames, their order, their end (docs/protocol/private-transport.md).
import { type Bytes, concat, fromBase64Url, toBase64Url } from "../verify/bytes";
import { Refusal } from "./refusal";
import { aeadOpen, aeadSeal, randomBytes, sameBytes } from "./sealed_part";
import { strictObject } from "./strict_json";

export const kPrefixBytes = 7;
export const kMaxPlaintextBytes = 64 * 1024;
export const kMaxDataBytes = kMaxPlaintextBytes - 4;
export const kMaxFrameChars = 88 * 1024;
export const kMaxChunks = 2 ** 20;
export const kMaxStreamBytes = 4 * 1024 * 1024;
const kTag = 16;

interface Chunk {
  nonce: Bytes;
  number: number;
  isLast: boolean;
  ciphertext: Bytes;
}

/** null unless it is of the one form. */
export function readFrame(frame: string): Chunk | null {
  if (frame.length > kMaxFrameChars) return null;
  const members = strictObject(frame)?.members;
  if (!members || Object.keys(members).length !== 2) return null;
  const { nonce: nonceText, ciphertext: text } = members;
  const nonce = typeof nonceText === "string" ? fromBase64Url(nonceText) : null;
  const ciphertext = typeof text === "string" ? fromBase64Url(text) : null;
  if (nonce?.length !== 12 || !ciphertext) return null;
  if (ciphertext.length < 4 + kTag || ciphertext.length > kMaxPlaintextBytes + kTag) return null;
  const number = new DataView(nonce.buffer).getUint32(kPrefixBytes);
  const last = nonce[11] ?? 2;
  if (number >= kMaxChunks || last > 1) return null;
  return { nonce, number, isLast: last === 1, ciphertext };
}

/** Opens a job's frames in their order. */
export class ChunkOpener {
  #state: "open" | "ended" | "failed" = "open";
  #prefix: Uint8Array | null = null;
  #next = 0;
  #bytes = 0;

  constructor(
    private readonly key: Bytes,
    private readonly aad: Bytes,
  ) {}

  /** True once the last piece was opened: only then is the answer whole. */
  get ended(): boolean {
    return this.#state === "ended";
  }
  /** The number of the next frame: where a relay is to go on after a cut connection. */
  get nextNumber(): number {
    return this.#next;
  }

  /** The piece's bytes. Throws Refusal, then and from then on, when it is not the next one. */
  open(frame: string): Bytes {
    const data = this.#opened(frame);
    if (data) return data;
    this.#state = "failed";
    throw new Refusal(
      "data_corrupt",
      "The sealed stream cannot be opened any further: a piece was changed, lost, doubled or put " +
        "in another place. Trust nothing behind this; fetch the job's sealed answer.",
    );
  }

  /** When nothing more comes. Throws Refusal unless the last piece was there. */
  finish(): void {
    if (this.ended) return;
    throw new Refusal(
      "data_corrupt",
      "The sealed stream ended before its last piece: what was read is not the whole answer.",
    );
  }

  #opened(frame: string): Bytes | null {
    const chunk = this.#state === "open" ? readFrame(frame) : null;
    if (!chunk || chunk.number !== this.#next) return null;
    const prefix = chunk.nonce.subarray(0, kPrefixBytes);
    if (this.#prefix && !sameBytes(prefix, this.#prefix)) return null;
    const plaintext = aeadOpen(this.key, chunk.nonce, this.aad, chunk.ciphertext);
    const data = plaintext && dataOf(plaintext);
    if (!data || this.#bytes + data.length > kMaxStreamBytes) return null;
    this.#prefix = prefix;
    this.#next += 1;
    this.#bytes += data.length;
    if (chunk.isLast) this.#state = "ended";
    return data;
  }
}

// length(4, big-endian) data zeros
function dataOf(plaintext: Bytes): Bytes | null {
  if (plaintext.length < 4) return null;
  const length = new DataView(plaintext.buffer, plaintext.byteOffset).getUint32(0);
  if (length > plaintext.length - 4) return null;
  const padding = plaintext.subarray(4 + length);
  return padding.every((byte) => byte === 0) ? plaintext.slice(4, 4 + length) : null;
}

/** Seals an answer piece by piece. `blockBytes`: 0, or a power of two from 16 that pieces are filled up to. */
export class ChunkSealer {
  #next = 0;
  #bytes = 0;
  #ended = false;

  constructor(
    private readonly key: Bytes,
    private readonly aad: Bytes,
    private readonly blockBytes = 0,
    private readonly prefix: Bytes = randomBytes(kPrefixBytes),
  ) {}

  /** One frame. Throws Refusal past a limit; nothing may follow the last. */
  seal(data: Uint8Array, place: "more" | "last"): string {
    if (this.#ended) throw new Error("the stream has ended");
    const isTooLong = data.length > kMaxDataBytes || this.#bytes + data.length > kMaxStreamBytes;
    if (isTooLong || (place === "more" && this.#next + 1 === kMaxChunks)) {
      throw new Refusal("payload_too_large", "The sealed stream is past its limit. End it here.");
    }
    const nonce = concat(this.prefix, new Uint8Array(5));
    new DataView(nonce.buffer).setUint32(kPrefixBytes, this.#next);
    nonce[11] = place === "last" ? 1 : 0;
    const size = 4 + data.length;
    const block = this.blockBytes || 1;
    const plaintext = new Uint8Array(Math.ceil(size / block) * block);
    new DataView(plaintext.buffer).setUint32(0, data.length);
    plaintext.set(data, 4);
    this.#next += 1;
    this.#bytes += data.length;
    this.#ended = place === "last";
    const ciphertext = aeadSeal(this.key, nonce, this.aad, plaintext);
    return JSON.stringify({ nonce: toBase64Url(nonce), ciphertext: toBase64Url(ciphertext) });
  }
}

// Padmé (Nikitin et al., 2019): how long a sealed plaintext is, so that its length says little.
import { utf8 } from "../verify/bytes";
import { Refusal } from "./refusal";
import { type StrictObject, strictObject } from "./strict_json";

export function padmeLength(size: number): number {
  if (size < 2) return size;
  const exponent = Math.floor(Math.log2(size));
  const keptBits = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** (exponent - keptBits);
  return Math.ceil(size / step) * step;
}

/** The text's bytes with spaces behind them. */
export function padded(text: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = utf8(text);
  const size = padmeLength(bytes.length);
  if (size > maxBytes) {
    throw new Refusal("payload_too_large", `It may have ${maxBytes} bytes and has ${size}.`);
  }
  const out = new Uint8Array(size).fill(0x20);
  out.set(bytes);
  return out;
}

/** null unless it is one strict JSON object with nothing but padding of a padded length behind it. */
export function paddedObject(plaintext: Uint8Array, maxBytes: number): StrictObject | null {
  if (plaintext.length > maxBytes || padmeLength(plaintext.length) !== plaintext.length)
    return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plaintext);
    return strictObject(text.replace(/ +$/, ""));
  } catch {
    return null;
  }
}

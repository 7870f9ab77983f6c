// Whether a receipt is about exactly these bytes: what was sent, and what came back.
import { type Bytes, concat, fromBase64Url, toBase64Url, utf8 } from "./bytes";

export interface Content {
  /** The body of the request, byte for byte. */
  request: Bytes;
  /** The answer, byte for byte, with its `b3iq` member. */
  answer: Bytes;
}

const kBegin = ',"b3iq":{';
const kSaltBytes = 32;

/** The answer without the member that carries the salt, and the salt; null when it has none. */
export function splitAnswer(answer: Bytes): { committed: Bytes; salt: Bytes } | null {
  // One character for each byte, so that places in the text are places in the bytes.
  const text = new TextDecoder("latin1").decode(answer);
  const begin = text.lastIndexOf(kBegin);
  const end = text.indexOf("}", begin) + 1;
  if (begin < 0 || end === 0) return null;
  const salt = saltIn(text.slice(begin + kBegin.length - 1, end));
  return salt && { committed: concat(answer.subarray(0, begin), answer.subarray(end)), salt };
}

function saltIn(member: string): Bytes | null {
  try {
    const { receipt_salt: salt } = JSON.parse(member) as { receipt_salt?: unknown };
    const bytes = typeof salt === "string" ? fromBase64Url(salt) : null;
    return bytes?.length === kSaltBytes ? bytes : null;
  } catch {
    return null;
  }
}

export async function commitmentOf(
  salt: Bytes,
  request: Bytes,
  committed: Bytes,
  subtle: SubtleCrypto = crypto.subtle,
): Promise<string> {
  const sha256 = async (bytes: Bytes) => new Uint8Array(await subtle.digest("SHA-256", bytes));
  const whole = concat(
    utf8("b3iq-content-v1\0"),
    salt,
    await sha256(request),
    await sha256(committed),
  );
  return toBase64Url(await sha256(whole));
}

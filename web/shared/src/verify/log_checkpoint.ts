// Checkpoints of a transparency log: signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) with Ed25519
// signatures, checked with the browser's own cryptography. Each function throws an Error that says what is wrong.
import { type Bytes, concat, toHex, utf8 } from "./bytes";
import type { TreeHead } from "./merkle_tree";

/** Whose signature makes a checkpoint believed. */
export interface LogKey {
  name: string;
  key: Bytes;
  id: Bytes;
}

export interface Checkpoint extends TreeHead {
  origin: string;
}

const kEd25519 = 1;
const kIdBytes = 4;
const kHashBytes = 32;
const kMostSignatures = 64;

/** null for anything that is not the one base64 text, with padding, of some bytes. */
export function fromBase64(text: string): Bytes | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const binary = atob(text);
  return btoa(binary) === text ? Uint8Array.from(binary, (char) => char.charCodeAt(0)) : null;
}

async function keyId(name: string, encoded: Bytes): Promise<Bytes> {
  const hash = await crypto.subtle.digest("SHA-256", concat(utf8(`${name}\n`), encoded));
  return new Uint8Array(hash).slice(0, kIdBytes);
}

/** Of the form name+id+key ("vkey"). */
export async function parseLogKey(text: string): Promise<LogKey> {
  const [, name, id, key] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  const encoded = fromBase64(key ?? "");
  if (!name || !encoded || encoded.length !== 1 + kHashBytes || encoded[0] !== kEd25519) {
    throw new Error("This is not a log's key: name+id+key, an Ed25519 key in base64.");
  }
  const found = await keyId(name, encoded);
  if (toHex(found) !== id) throw new Error("The log's key does not have the id that it names.");
  return { name, key: encoded.slice(1), id: found };
}

function signatureOf(line: string, by: LogKey): Bytes | null {
  const [, name, text] = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
  const bytes = fromBase64(text ?? "");
  if (!name || !bytes || bytes.length <= kIdBytes) throw new Error("A signature is malformed.");
  const isBy = name === by.name && by.id.every((byte, at) => byte === bytes[at]);
  return isBy ? bytes.slice(kIdBytes) : null;
}

/** The text of a note that `by` signed. Signatures of others are left alone. */
export async function openNote(note: string, by: LogKey): Promise<string> {
  const end = note.lastIndexOf("\n\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: notes have none but line feeds
  if (end < 0 || !note.endsWith("\n") || /[\u0000-\u0009\u000b-\u001f]/.test(note)) {
    throw new Error("This is no signed note.");
  }
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > kMostSignatures) throw new Error("The note has too many signatures.");
  const signatures = lines.map((line) => signatureOf(line, by)).filter((found) => found !== null);
  if (signatures.length === 0) throw new Error(`The note is not signed by ${by.name}.`);
  const algorithm = { name: "Ed25519" };
  const key = await crypto.subtle.importKey("raw", by.key, algorithm, false, ["verify"]);
  for (const signature of signatures) {
    if (!(await crypto.subtle.verify(algorithm, key, signature, utf8(text)))) {
      throw new Error(`The note's signature by ${by.name} does not verify.`);
    }
  }
  return text;
}

export async function openCheckpoint(note: string, log: LogKey): Promise<Checkpoint> {
  const [origin, size, root, ...rest] = (await openNote(note, log)).split("\n");
  const bytes = fromBase64(root ?? "");
  const isSize = size !== undefined && /^(0|[1-9]\d*)$/.test(size);
  if (!isSize || bytes?.length !== kHashBytes || rest.slice(0, -1).includes("")) {
    throw new Error("The note is no checkpoint of a log.");
  }
  if (!Number.isSafeInteger(Number(size))) throw new Error("The log is larger than one can be.");
  if (origin !== log.name) throw new Error(`The checkpoint is of another log than ${log.name}.`);
  return { origin, size: Number(size), root: bytes };
}

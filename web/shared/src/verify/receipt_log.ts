// A receipt in a control plane's receipt log (docs/protocol/receipt-log.md), checked offline: the receipt's hash,
// the proof that its entry is in the log (c2sp.org/tlog-proof), and the log's key.
import { type Bytes, concat, fromHex, utf8 } from "./bytes";
import { type Checkpoint, fromBase64, type LogKey, openCheckpoint } from "./log_checkpoint";
import { leafHash, verifyInclusion } from "./merkle_tree";

const kHeader = "c2sp.org/tlog-proof@v1";
const kHashBytes = 32;

/** The entry of a receipt; null for what is no receipt hash. */
export function receiptLogEntry(receiptHash: string): Bytes | null {
  const hash = /^0x[0-9a-f]{64}$/.test(receiptHash) ? fromHex(receiptHash.slice(2)) : null;
  return hash && concat(utf8("b3iq-receipt-log-v1\0"), hash);
}

export interface LogProof {
  index: number;
  hashes: Bytes[];
  /** Not yet believed. */
  checkpoint: string;
}

/** Throws an Error that says what is wrong. */
export function parseLogProof(text: string): LogProof {
  const end = text.indexOf("\n\n");
  if (end < 0) throw new Error("This is no proof of a log's entry: it has no checkpoint.");
  const lines = text.slice(0, end).split("\n");
  if (lines.shift() !== kHeader) throw new Error("This is no proof of a log's entry.");
  if (lines[0]?.startsWith("extra ")) lines.shift();
  const index = /^index (0|[1-9]\d*)$/.exec(lines.shift() ?? "")?.[1];
  if (!index || !Number.isSafeInteger(Number(index))) throw new Error("The proof has no index.");
  const hashes = lines.map((line) => {
    const hash = fromBase64(line);
    if (hash?.length !== kHashBytes) throw new Error("The proof has a hash that is none.");
    return hash;
  });
  return { index: Number(index), hashes, checkpoint: text.slice(end + 2) };
}

/** The checkpoint under which the receipt is in the log. Throws an Error that says what does not fit. */
export async function verifyLoggedReceipt(
  receiptHash: string,
  proofText: string,
  log: LogKey,
): Promise<Checkpoint & { index: number }> {
  const entry = receiptLogEntry(receiptHash);
  if (!entry) throw new Error("A receipt hash is 0x and 64 hexadecimal digits.");
  const proof = parseLogProof(proofText);
  const checkpoint = await openCheckpoint(proof.checkpoint, log);
  const { size, root } = checkpoint;
  if (!(await verifyInclusion(await leafHash(entry), proof.index, size, proof.hashes, root))) {
    throw new Error("The proof does not lead from this receipt to the checkpoint's root.");
  }
  return { ...checkpoint, index: proof.index };
}

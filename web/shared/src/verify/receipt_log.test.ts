// The golden vectors of the receipt log (tests/vectors/receipt_log.json), checked with WebCrypto alone; the file is
// made by src/protocol/transparency/receipt_log_vectors_test.cc, with which this shares no code.
import { describe, expect, test } from "vitest";
import { present, vectorFile } from "../../../tools/managed_vectors";
import { type Bytes, fromHex, toHex } from "./bytes";
import { openCheckpoint, parseLogKey } from "./log_checkpoint";
import {
  emptyRoot,
  leafHash,
  type TreeHead,
  verifyConsistency,
  verifyInclusion,
} from "./merkle_tree";
import { parseLogProof, receiptLogEntry, verifyLoggedReceipt } from "./receipt_log";

interface Vectors {
  origin: string;
  verifier_key: string;
  leaves: { receipt_hash: string; entry: string; leaf_hash: string }[];
  roots: string[];
  inclusion: { index: number; size: number; proof: string[] }[];
  consistency: { older: number; newer: number; proof: string[] }[];
  checkpoint: string;
  receipt_proof: string;
}
const vectors = vectorFile("receipt_log.json") as unknown as Vectors;

const hex = (text: string | undefined): Bytes => present(fromHex(text ?? "?"), "hexadecimal");
const leaf = (index: number): Bytes => hex(vectors.leaves[index]?.leaf_hash);
const head = (size: number): TreeHead => ({ size, root: hex(vectors.roots[size]) });
const changed = (bytes: Bytes): Bytes =>
  bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));

/** Each way in which a right proof can be made wrong. */
function wrongProofs(proof: Bytes[]): Bytes[][] {
  const extra = new Uint8Array(32);
  return [
    [...proof, extra],
    [extra, ...proof],
    ...proof.map((_, at) => proof.filter((__, other) => other !== at)),
    ...proof.map((hash, at) => proof.with(at, changed(hash))),
  ];
}

describe("the receipt log's vectors", () => {
  test("entries and leaves follow from receipts", async () => {
    expect(toHex(await emptyRoot())).toBe(vectors.roots[0]);
    for (const { receipt_hash, entry, leaf_hash } of vectors.leaves) {
      const made = present(receiptLogEntry(receipt_hash), "the entry");
      expect(toHex(made)).toBe(entry);
      expect(toHex(await leafHash(made))).toBe(leaf_hash);
    }
    expect(vectors.leaves.length).toBeGreaterThan(8);
    expect(receiptLogEntry("0x12")).toBeNull();
  });

  test("every inclusion proof leads to its root, and no other does", async () => {
    expect(vectors.inclusion.length).toBeGreaterThan(20);
    for (const { index, size, proof } of vectors.inclusion) {
      const hashes = proof.map(hex);
      const { root } = head(size);
      expect(await verifyInclusion(leaf(index), index, size, hashes, root)).toBe(true);
      for (const wrong of wrongProofs(hashes)) {
        expect(await verifyInclusion(leaf(index), index, size, wrong, root)).toBe(false);
      }
      expect(await verifyInclusion(leaf(index), index + 1, size, hashes, root)).toBe(false);
      expect(
        await verifyInclusion(leaf(index), index, size, hashes, changed(hex(vectors.roots[size]))),
      ).toBe(false);
    }
    expect(await verifyInclusion(leaf(0), 0, 0, [], head(0).root)).toBe(false);
  });

  test("every consistency proof holds, and no other does", async () => {
    expect(vectors.consistency.length).toBeGreaterThan(15);
    for (const { older, newer, proof } of vectors.consistency) {
      const hashes = proof.map(hex);
      expect(await verifyConsistency(head(older), head(newer), hashes)).toBe(true);
      for (const wrong of wrongProofs(hashes)) {
        expect(await verifyConsistency(head(older), head(newer), wrong)).toBe(false);
      }
      const forked = { size: older, root: changed(hex(vectors.roots[older])) };
      expect(await verifyConsistency(forked, head(newer), hashes)).toBe(false);
      if (older < newer)
        expect(await verifyConsistency(head(newer), head(older), hashes)).toBe(false);
    }
  });

  test("the checkpoint is signed by the log's key alone", async () => {
    const log = await parseLogKey(vectors.verifier_key);
    expect(log.name).toBe(vectors.origin);
    const checkpoint = await openCheckpoint(vectors.checkpoint, log);
    expect(checkpoint.size).toBe(vectors.leaves.length);
    expect(toHex(checkpoint.root)).toBe(vectors.roots.at(-1));
    await expect(
      openCheckpoint(vectors.checkpoint.replace("\n9\n", "\n8\n"), log),
    ).rejects.toThrow();
    const other = { ...log, name: "another.example/log" };
    await expect(openCheckpoint(vectors.checkpoint, other)).rejects.toThrow("not signed");
    const key = { ...log, key: changed(log.key) };
    await expect(openCheckpoint(vectors.checkpoint, key)).rejects.toThrow();
    await expect(parseLogKey(`${vectors.verifier_key}x`)).rejects.toThrow();
    await expect(
      parseLogKey(vectors.verifier_key.replace(/\+[0-9a-f]{8}\+/, "+00000000+")),
    ).rejects.toThrow("id");
  });

  test("a receipt is proved to be in the log", async () => {
    const log = await parseLogKey(vectors.verifier_key);
    const hash = present(vectors.leaves[3], "a leaf").receipt_hash;
    const proved = await verifyLoggedReceipt(hash, vectors.receipt_proof, log);
    expect(proved.index).toBe(3);
    const another = present(vectors.leaves[4], "a leaf").receipt_hash;
    await expect(verifyLoggedReceipt(another, vectors.receipt_proof, log)).rejects.toThrow("lead");
    const moved = vectors.receipt_proof.replace("index 3", "index 2");
    await expect(verifyLoggedReceipt(hash, moved, log)).rejects.toThrow("lead");
    expect(() => parseLogProof(vectors.receipt_proof.replace("index 3", "index 03"))).toThrow();
    expect(() => parseLogProof("c2sp.org/tlog-proof@v1\nindex 3\n")).toThrow();
  });
});

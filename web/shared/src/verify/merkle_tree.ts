// The Merkle tree of a transparency log (RFC 9162, section 2.1), with the browser's own SHA-256: proofs are
// checked here, never made.
import { type Bytes, concat } from "./bytes";

const kLeaf = new Uint8Array([0]);
const kNode = new Uint8Array([1]);

async function sha256(bytes: Bytes, subtle: SubtleCrypto): Promise<Bytes> {
  return new Uint8Array(await subtle.digest("SHA-256", bytes));
}

export function leafHash(entry: Uint8Array, subtle: SubtleCrypto = crypto.subtle): Promise<Bytes> {
  return sha256(concat(kLeaf, entry), subtle);
}

export function nodeHash(
  left: Uint8Array,
  right: Uint8Array,
  subtle: SubtleCrypto = crypto.subtle,
): Promise<Bytes> {
  return sha256(concat(kNode, left, right), subtle);
}

export function emptyRoot(subtle: SubtleCrypto = crypto.subtle): Promise<Bytes> {
  return sha256(new Uint8Array(), subtle);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 0;
const isOdd = (number: number): boolean => number % 2 === 1;
const half = (number: number): number => Math.floor(number / 2);

/** Two places that rise together from the leaves to the root. */
class Climb {
  constructor(
    public at: number,
    public last: number,
  ) {}

  joinsLeft(): boolean {
    return isOdd(this.at) || this.at === this.last;
  }

  rise(): void {
    this.at = half(this.at);
    this.last = half(this.last);
  }

  /** Past the levels at which the right edge has no sibling. */
  skipLone(): void {
    while (this.at !== 0 && !isOdd(this.at)) this.rise();
  }
}

/** Whether `proof`, from the leaf up, has exactly the hashes it must have and leads to `root`. */
export async function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: Uint8Array[],
  root: Uint8Array,
): Promise<boolean> {
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  const climb = new Climb(index, size - 1);
  let hash = leaf;
  for (const sibling of proof) {
    if (climb.last === 0) return false;
    if (climb.joinsLeft()) {
      hash = await nodeHash(sibling, hash);
      climb.skipLone();
    } else {
      hash = await nodeHash(hash, sibling);
    }
    climb.rise();
  }
  return climb.last === 0 && sameBytes(hash, root);
}

export interface TreeHead {
  size: number;
  root: Uint8Array;
}

/** Whether `proof` has exactly the hashes it must have and shows that the newer tree begins with the older one. */
export async function verifyConsistency(
  older: TreeHead,
  newer: TreeHead,
  proof: Uint8Array[],
): Promise<boolean> {
  if (!isSize(older.size) || !isSize(newer.size) || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && sameBytes(older.root, newer.root);
  if (older.size === 0) return proof.length === 0 && sameBytes(older.root, await emptyRoot());
  const climb = new Climb(older.size - 1, newer.size - 1);
  while (isOdd(climb.at)) climb.rise();
  // Unless the old tree is one full subtree, the proof begins with its last one.
  const isFull = climb.at === 0;
  const first = isFull ? older.root : proof[0];
  if (!first) return false;
  let oldHash = first;
  let newHash = first;
  for (const sibling of isFull ? proof : proof.slice(1)) {
    if (climb.last === 0) return false;
    if (climb.joinsLeft()) {
      oldHash = await nodeHash(sibling, oldHash);
      newHash = await nodeHash(sibling, newHash);
      climb.skipLone();
    } else {
      newHash = await nodeHash(newHash, sibling);
    }
    climb.rise();
  }
  return climb.last === 0 && sameBytes(oldHash, older.root) && sameBytes(newHash, newer.root);
}

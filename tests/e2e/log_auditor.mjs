// An auditor of a receipt log: it reads the checkpoint, the tiles and the entry bundles over HTTP (c2sp.org/tlog-tiles), and believes
// nothing but the log's key. It shares no code with the program: RFC 9162, signed notes and the paths of tiles are done here.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { request } from './node.mjs';
import { base32 } from './verify_receipt.mjs';

const kWidth = 256;
const kSpki = Buffer.from('302a300506032b6570032100', 'hex');  // DER head of an Ed25519 public key
const kEntryPrefix = Buffer.from('b3iq-receipt-log-v1\0');

const sha256 = (...parts) => crypto.createHash('sha256').update(Buffer.concat(parts)).digest();
const leafHash = (entry) => sha256(Buffer.from([0]), entry);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

// The root of the tree of these leaves, by the definition: split at the largest power of two below their number.
export function rootOf(leaves) {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0];
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return nodeHash(rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

// A key as logs hand it over: name+id+base64(1, key).
export function parseKey(text) {
  const [name, id, encoded] = text.split('+');
  const bytes = Buffer.from(text.slice(name.length + id.length + 2), 'base64');
  assert.equal(bytes.length, 33, encoded);
  assert.equal(bytes[0], 1);
  assert.equal(sha256(Buffer.from(`${name}\n`), bytes).subarray(0, 4).toString('hex'), id);
  const key = crypto.createPublicKey({ key: Buffer.concat([kSpki, bytes.subarray(1)]), format: 'der', type: 'spki' });
  return { name, id: Buffer.from(id, 'hex'), key };
}

// The signed text and what it promises.
export function openCheckpoint(note, log) {
  const end = note.lastIndexOf('\n\n');
  assert.ok(end > 0, note);
  const text = note.slice(0, end + 1);
  const signatures = note.slice(end + 2).trimEnd().split('\n').map((line) => line.split(' '));
  const [, , signature] = signatures.find(([dash, name]) => dash === '\u2014' && name === log.name) ?? [];
  assert.ok(signature, `no signature by ${log.name}: ${note}`);
  const bytes = Buffer.from(signature, 'base64');
  assert.deepEqual(bytes.subarray(0, 4), log.id);
  assert.ok(crypto.verify(null, Buffer.from(text), log.key, bytes.subarray(4)), 'the signature verifies');
  const [origin, size, root] = text.split('\n');
  assert.equal(origin, log.name);
  assert.match(size, /^(0|[1-9]\d*)$/);
  return { size: Number(size), root: Buffer.from(root, 'base64') };
}

export function tilePath(level, index, width) {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0').match(/\d{3}/g);
  const groups = digits.map((group, at) => (at < digits.length - 1 ? `x${group}` : group));
  return `tile/${level}/${groups.join('/')}${width === kWidth ? '' : `.p/${width}`}`;
}

export class LogAuditor {
  constructor(url, verifierKey) {
    this.url = url;
    this.log = parseKey(verifierKey);
    this.head = { size: 0, root: sha256() };
    this.fetched = [];
  }

  async get(path) {
    const response = await fetch(`${this.url}/v1/log/${path}`);
    this.fetched.push({ path, cacheControl: response.headers.get('cache-control'), type: response.headers.get('content-type') });
    assert.equal(response.status, 200, `${path}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  // Every tile of one level of a tree of `hashes` hashes, each as its path says.
  async level(level, hashes) {
    const all = [];
    for (let index = 0; index * kWidth < hashes; ++index) {
      const width = Math.min(kWidth, hashes - index * kWidth);
      const bytes = await this.get(tilePath(level, index, width));
      assert.equal(bytes.length, width * 32);
      for (let at = 0; at < width; ++at) all.push(bytes.subarray(32 * at, 32 * at + 32));
    }
    return all;
  }

  async entries(size) {
    const all = [];
    for (let index = 0; index * kWidth < size; ++index) {
      const width = Math.min(kWidth, size - index * kWidth);
      let bundle = await this.get(tilePath('entries', index, width));
      for (let at = 0; at < width; ++at) {
        const length = bundle.readUInt16BE(0);
        all.push(bundle.subarray(2, 2 + length));
        assert.equal(all.at(-1).length, length);
        bundle = bundle.subarray(2 + length);
      }
      assert.equal(bundle.length, 0, 'a bundle has its entries and nothing else');
    }
    return all;
  }

  // Reads all of the log, recomputes every hash, and compares with what was promised before. The receipt hashes, in order.
  async audit() {
    const head = openCheckpoint((await this.get('checkpoint')).toString('utf8'), this.log);
    assert.ok(head.size >= this.head.size, 'the log does not go back');
    const entries = await this.entries(head.size);
    const leaves = entries.map(leafHash);
    assert.deepEqual(rootOf(leaves), head.root, 'the entries make the root that was signed');
    assert.deepEqual(rootOf(leaves.slice(0, this.head.size)), this.head.root, 'the log goes on from the checkpoint before');
    let below = leaves;
    for (let level = 0; below.length > 0; ++level) {
      assert.deepEqual(await this.level(level, below.length), below, `level ${level}`);
      below = Array.from({ length: Math.floor(below.length / kWidth) }, (_, at) => rootOf(below.slice(at * kWidth, (at + 1) * kWidth)));
    }
    this.head = head;
    return entries.map((entry) => {
      assert.deepEqual(entry.subarray(0, kEntryPrefix.length), kEntryPrefix);
      assert.equal(entry.length, kEntryPrefix.length + 32);
      return `0x${entry.subarray(kEntryPrefix.length).toString('hex')}`;
    });
  }

  // Checks a tlog-proof of a receipt by its own text alone.
  checkProof(text, receiptHash) {
    const end = text.indexOf('\n\n');
    const [header, indexLine, ...proof] = text.slice(0, end).split('\n');
    assert.equal(header, 'c2sp.org/tlog-proof@v1');
    const index = Number(indexLine.match(/^index (0|[1-9]\d*)$/)[1]);
    const { size, root } = openCheckpoint(text.slice(end + 2), this.log);
    const leaf = leafHash(Buffer.concat([kEntryPrefix, Buffer.from(receiptHash.slice(2), 'hex')]));
    const hashes = proof.map((line) => Buffer.from(line, 'base64'));
    assert.deepEqual(this.#climb(leaf, index, size, hashes), root, 'the proof leads to the root');
    assert.equal(hashes.length, 0, 'the proof has no hash too many');
    return { index, size };
  }

  // The root of the tree of `size` leaves with `leaf` at `index`; takes its siblings off the end of `hashes`.
  #climb(leaf, index, size, hashes) {
    if (size === 1) return leaf;
    let half = 1;
    while (half * 2 < size) half *= 2;
    const sibling = hashes.pop();
    assert.ok(sibling, 'the proof has all its hashes');
    return index < half
      ? nodeHash(this.#climb(leaf, index, half, hashes), sibling)
      : nodeHash(sibling, this.#climb(leaf, index - half, size - half, hashes));
  }
}

export const idOfControlPlane = (publicKeyText) =>
  `b3c_${base32(sha256(Buffer.from('b3iq-control-plane-id-v1\0'), Buffer.from(publicKeyText, 'base64url')).subarray(0, 20))}`;

// The log's key as the control plane says it, signed by its identity, which the caller knows.
export async function logKeyOf(url, controlPlaneId, signatureHolds, idOf) {
  const { json } = await request(url, { path: '/v1/log' });
  assert.equal(json.control_plane_id, controlPlaneId);
  assert.equal(idOf(json.public_key_ed25519), controlPlaneId);
  assert.ok(signatureHolds(json, json.public_key_ed25519), 'the statement is signed by the control plane');
  assert.ok(json.verifier_key.startsWith(`${json.origin}+`));
  return json.verifier_key;
}

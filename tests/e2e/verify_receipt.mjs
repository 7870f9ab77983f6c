// An independent check of a B3IQ receipt with nothing but Node's own crypto and the bytes that the caller sent and got:
// node id, canonical bytes (RFC 8785), receipt hash, Ed25519 signature and content commitment. It shares no code with the
// program. By hand:
//   node tests/e2e/verify_receipt.mjs RECEIPT.json PUBLIC_KEY [REQUEST RESPONSE]
// RECEIPT.json is one element of GET /v1/receipts; PUBLIC_KEY is the node's Ed25519 key in base64url; REQUEST and RESPONSE are
// files with the exact bytes of a call.
import crypto from 'node:crypto';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const kSpki = Buffer.from('302a300506032b6570032100', 'hex');  // DER head of an Ed25519 public key
const sha256 = (...parts) => {
  const hash = crypto.createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export function base32(bytes) {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  let text = '';
  for (let i = 0; i < bits.length; i += 5) text += alphabet[Number.parseInt(bits.slice(i, i + 5).padEnd(5, '0'), 2)];
  return text;
}

export function nodeId(publicKey) {
  return `b3n_${base32(sha256('b3iq-node-id-v1\0', publicKey).subarray(0, 20))}`;
}

// RFC 8785 for what the documents hold: strings, whole numbers, booleans, null, arrays and objects.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const names = Object.keys(value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));  // by UTF-16 units, as JCS asks
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error(`not a whole number: ${value}`);
  return JSON.stringify(value);
}

export function signedBytes(receipt) {
  const { signature_ed25519: signature, ...unsigned } = receipt;
  return Buffer.concat([Buffer.from(`${receipt.type}\0`), Buffer.from(canonical(unsigned))]);
}

export function receiptHash(receipt) {
  return `0x${sha256(signedBytes(receipt)).toString('hex')}`;
}

// The bytes of an answer that its receipt commits to: all of them, JSON or SSE, but without the one member `,"b3iq":{…}` that the
// node put last into the answer (or into the stream's last event), because that member carries the hash itself.
export function committedBytes(response) {
  const bytes = Buffer.from(response);
  const begin = bytes.lastIndexOf(',"b3iq":{');
  const end = bytes.indexOf('}', begin) + 1;
  if (begin < 0) throw new Error('the answer has no b3iq member');
  return Buffer.concat([bytes.subarray(0, begin), bytes.subarray(end)]);
}

export function contentCommitment(salt, request, committed) {
  return sha256('b3iq-content-v1\0', Buffer.from(salt, 'base64url'), sha256(request), sha256(committed)).toString('base64url');
}

// The b3iq object of an answer: JSON, SSE (each event has one `data:` line) or lines of JSON.
export function b3iqOf(response) {
  const lines = Buffer.from(response).toString().split('\n').map((line) => line.replace(/^data:/, ''));
  const line = lines.filter((one) => one.trim().startsWith('{') && one.includes('"b3iq":')).at(-1);
  return JSON.parse(line).b3iq;
}

// Gives the list of what is wrong; empty when the receipt holds.
export function verifyReceipt({ entry, publicKey, request, response }) {
  const wrong = [];
  const { receipt } = entry;
  const key = Buffer.from(publicKey, 'base64url');
  const check = (holds, what) => holds || wrong.push(what);
  check(key.length === 32, 'the public key has 32 bytes');
  check(receipt.type === 'b3iq-receipt-v1', 'type');
  check(nodeId(key) === receipt.node_id, 'node_id belongs to the public key');
  check(receiptHash(receipt) === entry.receipt_hash, 'receipt_hash is the hash of the signed bytes');
  const keyObject = crypto.createPublicKey({ key: Buffer.concat([kSpki, key]), format: 'der', type: 'spki' });
  check(crypto.verify(null, signedBytes(receipt), keyObject, Buffer.from(receipt.signature_ed25519, 'base64url')), 'signature');
  if (response) {
    const b3iq = b3iqOf(response);
    check(b3iq.receipt_hash === entry.receipt_hash, 'the answer names this receipt');
    const commitment = contentCommitment(b3iq.receipt_salt, request, committedBytes(response));
    check(commitment === receipt.content_commitment, 'content_commitment is of these bytes');
  }
  return wrong;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [entryFile, publicKey, requestFile, responseFile] = process.argv.slice(2);
  const wrong = verifyReceipt({
    entry: JSON.parse(fs.readFileSync(entryFile, 'utf8')),
    publicKey,
    request: requestFile && fs.readFileSync(requestFile),
    response: responseFile && fs.readFileSync(responseFile),
  });
  console.log(wrong.length === 0 ? 'the receipt holds' : `WRONG: ${wrong.join('; ')}`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

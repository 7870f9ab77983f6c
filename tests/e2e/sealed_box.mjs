// libsodium's crypto_box_seal, written from its description: an ephemeral X25519 key, a nonce that is BLAKE2b-192 of both public keys,
// XSalsa20 and Poly1305. Shares no code with the program.
import crypto from 'node:crypto';

const kMask64 = (1n << 64n) - 1n;
const kIv = [0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n, 0x510e527fade682d1n, 0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n];
const kSigma = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4], [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13], [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11], [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5], [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0]];
const rotr64 = (x, n) => ((x >> n) | (x << (64n - n))) & kMask64;

// RFC 7693, one block, without a key.
export function blake2b(message, bytes) {
  const block = Buffer.alloc(128);
  message.copy(block);
  const m = Array.from({ length: 16 }, (_, i) => block.readBigUInt64LE(8 * i));
  const h = [...kIv];
  h[0] ^= BigInt(0x01010000 ^ bytes);
  const v = [...h, ...kIv];
  v[12] ^= BigInt(message.length);
  v[14] ^= kMask64;
  const mix = (a, b, c, d, x, y) => {
    v[a] = (v[a] + v[b] + x) & kMask64; v[d] = rotr64(v[d] ^ v[a], 32n);
    v[c] = (v[c] + v[d]) & kMask64; v[b] = rotr64(v[b] ^ v[c], 24n);
    v[a] = (v[a] + v[b] + y) & kMask64; v[d] = rotr64(v[d] ^ v[a], 16n);
    v[c] = (v[c] + v[d]) & kMask64; v[b] = rotr64(v[b] ^ v[c], 63n);
  };
  for (let round = 0; round < 12; ++round) {
    const s = kSigma[round % 10];
    [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15], [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]]
      .forEach((column, i) => mix(...column, m[s[2 * i]], m[s[2 * i + 1]]));
  }
  const out = Buffer.alloc(64);
  h.forEach((word, i) => out.writeBigUInt64LE(word ^ v[i] ^ v[i + 8], 8 * i));
  return out.subarray(0, bytes);
}

const rotl = (x, n) => (x << n) | (x >>> (32 - n));
function salsaRounds(x) {
  for (let round = 0; round < 20; round += 2) {
    for (const [a, b, c, d] of [[0, 4, 8, 12], [5, 9, 13, 1], [10, 14, 2, 6], [15, 3, 7, 11], [0, 1, 2, 3], [5, 6, 7, 4], [10, 11, 8, 9], [15, 12, 13, 14]]) {
      x[b] ^= rotl((x[a] + x[d]) | 0, 7); x[c] ^= rotl((x[b] + x[a]) | 0, 9);
      x[d] ^= rotl((x[c] + x[b]) | 0, 13); x[a] ^= rotl((x[d] + x[c]) | 0, 18);
    }
  }
}
function salsaState(key, input) {
  const c = Buffer.from('expand 32-byte k');
  const word = (buffer, i) => buffer.readInt32LE(4 * i);
  return Int32Array.from([word(c, 0), ...[0, 1, 2, 3].map((i) => word(key, i)), word(c, 1), ...[0, 1, 2, 3].map((i) => word(input, i)),
    word(c, 2), ...[4, 5, 6, 7].map((i) => word(key, i)), word(c, 3)]);
}
const bytesOf = (words) => Buffer.from(Int32Array.from(words).buffer);
function hsalsa20(key, input) {
  const x = salsaState(key, input);
  salsaRounds(x);
  return bytesOf([x[0], x[5], x[10], x[15], x[6], x[7], x[8], x[9]]);
}
function salsa20(key, nonce, length) {
  const out = [];
  for (let block = 0; 64 * block < length; ++block) {
    const input = Buffer.alloc(16);
    nonce.copy(input);
    input.writeUInt32LE(block, 8);
    const from = salsaState(key, input);
    const x = Int32Array.from(from);
    salsaRounds(x);
    out.push(bytesOf(x.map((word, i) => (word + from[i]) | 0)));
  }
  return Buffer.concat(out).subarray(0, length);
}

const numberOf = (buffer) => BigInt(`0x${Buffer.from(buffer).reverse().toString('hex') || '0'}`);
function poly1305(key, message) {
  const p = (1n << 130n) - 5n;
  const r = numberOf(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let i = 0; i < message.length; i += 16) sum = ((sum + numberOf(Buffer.concat([message.subarray(i, i + 16), Buffer.from([1])]))) * r) % p;
  const tag = (sum + numberOf(key.subarray(16, 32))) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}

// `publicKey`: 32 bytes. 48 bytes more than `message`.
export function sealedBox(message, publicKey) {
  const ephemeral = crypto.generateKeyPairSync('x25519');
  const own = Buffer.from(ephemeral.publicKey.export({ format: 'jwk' }).x, 'base64url');
  const theirs = crypto.createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: publicKey.toString('base64url') }, format: 'jwk' });
  const shared = crypto.diffieHellman({ privateKey: ephemeral.privateKey, publicKey: theirs });
  const nonce = blake2b(Buffer.concat([own, publicKey]), 24);
  const key = hsalsa20(hsalsa20(shared, Buffer.alloc(16)), nonce.subarray(0, 16));
  const stream = salsa20(key, nonce.subarray(16), 32 + message.length);
  const cipher = Buffer.from(message.map((byte, i) => byte ^ stream[32 + i]));
  return Buffer.concat([own, poly1305(stream.subarray(0, 32), cipher), cipher]);
}

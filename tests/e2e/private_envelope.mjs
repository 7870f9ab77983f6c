// Sealed requests and answers of b3iq-private-transport-v1, from docs/protocol/private-transport.md with Node's own crypto. Shares no
// code with the program or its pages.
import crypto from 'node:crypto';

const kVersion = 'b3iq-private-transport-v1';
const kAlgorithm = 'x25519-hkdf-sha256-chacha20poly1305';
const kTagBytes = 16;
const rawKey = (key) => Buffer.from(key.export({ format: 'jwk' }).x, 'base64url');
const publicKey = (raw) => crypto.createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') }, format: 'jwk' });

// Padmé: lengths that differ little look alike.
function padded(text) {
  const length = Buffer.byteLength(text);
  const exponent = Math.floor(Math.log2(length));
  const free = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return text + ' '.repeat(Math.ceil(length / free) * free - length);
}

// A request sealed to a node's binding: the envelope, and what opens its answer.
export function sealRequest(binding, nodeId, jobId, modelId, request) {
  const pair = crypto.generateKeyPairSync('x25519');
  const mine = rawKey(pair.publicKey);
  const theirs = Buffer.from(binding.public_key_x25519, 'base64url');
  const shared = crypto.diffieHellman({ privateKey: pair.privateKey, publicKey: publicKey(theirs) });
  const keyOf = (label) => Buffer.from(crypto.hkdfSync('sha256', shared, Buffer.concat([mine, theirs]), `${kVersion} ${label}\0${binding.key_id}`, 32));
  const nonce = crypto.randomBytes(12);
  const plaintext = padded(JSON.stringify({ job_id: jobId, node_id: nodeId, model_id: modelId, customer_nonce: crypto.randomBytes(16).toString('base64url'), request }));
  const cipher = crypto.createCipheriv('chacha20-poly1305', keyOf('request'), nonce, { authTagLength: kTagBytes });
  cipher.setAAD(Buffer.from(`b3iq-private-inference:${jobId}`));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  const envelope = { version: kVersion, key_id: binding.key_id, algorithm: kAlgorithm, client_public_key_x25519: mine.toString('base64url'),
    nonce: nonce.toString('base64url'), ciphertext: ciphertext.toString('base64url') };
  return { envelope, open: (answer) => openAnswer(answer, keyOf('response'), jobId) };
}

function openAnswer(envelope, key, jobId) {
  const bytes = Buffer.from(envelope.ciphertext, 'base64url');
  const decipher = crypto.createDecipheriv('chacha20-poly1305', key, Buffer.from(envelope.nonce, 'base64url'), { authTagLength: kTagBytes });
  decipher.setAAD(Buffer.from(`b3iq-private-inference-result:${jobId}`));
  decipher.setAuthTag(bytes.subarray(-kTagBytes));
  const text = Buffer.concat([decipher.update(bytes.subarray(0, -kTagBytes)), decipher.final()]).toString();
  return { text, ...JSON.parse(text) };
}

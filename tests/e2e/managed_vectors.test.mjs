// The golden vectors of the managed plane, checked with nothing but Node's own crypto: ids, canonical bytes, signatures of documents
// and of requests (RFC 9421), hashes, the router secret's derivation, and the examples in docs/protocol. It shares no code with the
// program. A sealed box is not opened here (Node has no XSalsa20); the C++ does that.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { base32, canonical, nodeId, signedBytes } from './verify_receipt.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const vectors = (name) => JSON.parse(fs.readFileSync(path.join(root, 'tests/vectors', name), 'utf8'));
const kFiles = ['challenge', 'enrollment', 'heartbeat', 'inventory', 'poll', 'result', 'transport_key_binding', 'readiness']
  .map((name) => `managed_${name}.json`);
const kSpki = Buffer.from('302a300506032b6570032100', 'hex');  // DER head of an Ed25519 public key
const kPkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');  // of its seed
const kX25519Pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const sha256 = (...parts) => {
  const hash = crypto.createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const bytes = (text) => Buffer.from(text, 'base64url');
const publicKey = (raw) => crypto.createPublicKey({ key: Buffer.concat([kSpki, raw]), format: 'der', type: 'spki' });
const privateKey = (seed, head = kPkcs8) =>
  crypto.createPrivateKey({ key: Buffer.concat([head, seed]), format: 'der', type: 'pkcs8' });
const rawOf = (key) => bytes(crypto.createPublicKey(key).export({ format: 'jwk' }).x);
const idOf = (prefix, label, length, ...parts) => `${prefix}${base32(sha256(`${label}\0`, ...parts).subarray(0, length))}`;

// A lasting document: canonical as it stands, and signed by `key`.
function checkDocument(text, type, key) {
  const document = JSON.parse(text);
  assert.equal(document.type, type);
  assert.equal(canonical(document), text, 'the text is canonical');
  const signature = bytes(document.signature_ed25519);
  assert.ok(crypto.verify(null, signedBytes(document), publicKey(key), signature), `the signature of ${type}`);
  assert.ok(!crypto.verify(null, signedBytes({ ...document, more: 1 }), publicKey(key), signature), 'and of nothing else');
  return document;
}

// RFC 9421 section 2.5 for the one profile (src/protocol/http_signature.h).
function checkRequest(request, vector, tag) {
  assert.equal(request.tag, tag);
  assert.equal(request.content_digest, `sha-256=:${sha256(request.body).toString('base64')}:`);
  assert.equal(request.audience, vector.control_plane_id);
  const parameters = request.signature_input.replace(/^b3iq=/, '');
  assert.match(parameters, new RegExp(`;keyid="${vector.node_id}";tag="${tag}"$`));
  const base = [
    `"@method": ${request.method}`, `"@path": ${request.path}`, '"@query": ?', `"content-digest": ${request.content_digest}`,
    `"b3iq-audience": ${request.audience}`, `"b3iq-sequence": ${request.sequence}`, `"@signature-params": ${parameters}`,
  ].join('\n');
  const signature = Buffer.from(/^b3iq=:(.+):$/.exec(request.signature)[1], 'base64');
  assert.ok(crypto.verify(null, Buffer.from(base), publicKey(bytes(vector.node_public_key)), signature));
  return JSON.parse(request.body);
}

for (const file of kFiles) {
  test(`${file}: the ids follow from the keys`, () => {
    const v = vectors(file);
    const node = bytes(v.node_public_key);
    const controlPlane = bytes(v.control_plane_public_key);
    assert.deepEqual(rawOf(privateKey(Buffer.from(v.node_seed, 'hex'))), node);
    assert.deepEqual(rawOf(privateKey(Buffer.from(v.control_plane_seed, 'hex'))), controlPlane);
    assert.equal(nodeId(node), v.node_id);
    assert.equal(idOf('b3c_', 'b3iq-control-plane-id-v1', 20, controlPlane), v.control_plane_id);
  });
}

test('the binding is signed by the node and names its own key', () => {
  const v = vectors('managed_transport_key_binding.json');
  const binding = checkDocument(v.signed_binding, 'b3iq-transport-key-v1', bytes(v.node_public_key));
  const key = bytes(binding.public_key_x25519);
  assert.deepEqual(rawOf(privateKey(Buffer.from(v.transport_secret, 'hex'), kX25519Pkcs8)), key);
  assert.equal(idOf('b3x_', 'b3iq-transport-key-v1', 10, key), binding.key_id);
  assert.equal(binding.key_id, v.key_id);
  assert.equal(binding.node_id, v.node_id);
  assert.equal(binding.public_key_ed25519, v.node_public_key);
  assert.ok(binding.not_before < v.now && v.now < binding.not_after);
});

test('the challenge is signed by the control plane that it names', () => {
  const v = vectors('managed_challenge.json');
  const request = JSON.parse(v.request);
  assert.deepEqual(Object.keys(request).sort(), ['enrollment_token', 'node_id', 'public_key_ed25519']);
  assert.match(request.enrollment_token, /^b3iq_enroll_[0-9A-Za-z]{49}$/);
  const challenge = checkDocument(v.challenge, 'b3iq-enrollment-challenge-v1', bytes(v.control_plane_public_key));
  assert.equal(challenge.control_plane_id, v.control_plane_id);
  assert.equal(challenge.public_key_ed25519, v.control_plane_public_key);
  assert.equal(challenge.node_id, v.node_id);
  assert.equal(bytes(challenge.nonce).length, 32);
  assert.equal(Date.parse(challenge.expires_at) - Date.parse(challenge.server_time), 120_000);
});

test('the statement answers the challenge and carries the binding', () => {
  const v = vectors('managed_enrollment.json');
  const statement = checkDocument(v.statement, 'b3iq-enrollment-v1', bytes(v.node_public_key));
  const challenge = JSON.parse(vectors('managed_challenge.json').challenge);
  assert.equal(statement.challenge_nonce, challenge.nonce);
  assert.equal(statement.challenge_id, challenge.challenge_id);
  assert.equal(statement.control_plane_id, challenge.control_plane_id);
  checkDocument(canonical(statement.transport_key), 'b3iq-transport-key-v1', bytes(v.node_public_key));
  assert.deepEqual(checkRequest(v.request, v, 'b3iq-enroll-v1'), statement);
});

test('the router secret is derived, and its id says nothing of it', () => {
  const v = vectors('managed_enrollment.json');
  const subject = `${v.node_id}\0${v.router_generation}`;
  const secret = crypto.createHmac('sha256', Buffer.from(v.router_master, 'hex')).update(`b3iq-router-secret-v1\0${subject}`).digest();
  assert.equal(secret.toString('hex'), v.router_secret);
  assert.equal(idOf('b3r_', 'b3iq-router-key-v1', 10, subject), v.router_key_id);
  const answer = JSON.parse(v.answer);
  assert.equal(answer.router_key_id, v.router_key_id);
  assert.equal(bytes(answer.router_secret_sealed).length, 32 + 48);
});

test('a node leaves by a signed request of its own tag', () => {
  const v = vectors('managed_enrollment.json');
  assert.deepEqual(Object.keys(checkRequest(v.unenroll, v, 'b3iq-unenroll-v1')), ['boot_epoch']);
});

test('the heartbeat is signed, small, and its hashes are of the inventory', () => {
  const v = vectors('managed_heartbeat.json');
  const inventory = vectors('managed_inventory.json');
  const heartbeat = checkRequest(v.request, v, 'b3iq-heartbeat-v1');
  assert.ok(Buffer.byteLength(v.request.body) < 512);
  assert.equal(heartbeat.inventory_hash, inventory.inventory_hash);
  assert.equal(heartbeat.readiness_hash, inventory.readiness_hash);
  assert.equal(JSON.parse(v.clock_skew_error).error.skew_seconds, -601);
  assert.equal(JSON.parse(v.replay_error).error.last_sequence, 17);
});

test('the inventory hashes are of the canonical parts', () => {
  const v = vectors('managed_inventory.json');
  const report = checkRequest(v.request, v, 'b3iq-inventory-v1');
  for (const part of ['inventory', 'readiness']) {
    assert.equal(canonical(report[part]), v[part]);
    assert.equal(sha256(v[part]).toString('base64url'), v[`${part}_hash`]);
  }
  const models = report.readiness.models.map((model) => model.model_id);
  assert.deepEqual(models, [...models].sort());
});

test('the poll is signed and the answers bring one command of each kind', () => {
  const v = vectors('managed_poll.json');
  const poll = checkRequest(v.request, v, 'b3iq-poll-v1');
  assert.ok(poll.wait_seconds <= 25);
  const kinds = v.answers.map(({ kind, answer }) => {
    const [command] = JSON.parse(answer).commands;
    assert.equal(command.kind, kind);
    assert.equal(bytes(command.lease_token).length, 16);
    return kind;
  });
  assert.equal(new Set(kinds).size, 10);
});

test('every result is a lasting document of the node', () => {
  const v = vectors('managed_result.json');
  assert.equal(v.results.length, 11);
  for (const { name, document, document_hash: hash } of v.results) {
    const result = checkDocument(document, 'b3iq-command-result-v1', bytes(v.node_public_key));
    assert.equal(result.node_id, v.node_id);
    assert.equal(result.control_plane_id, v.control_plane_id);
    assert.equal(sha256(document).toString('hex'), hash);
    assert.equal(result.status, name === 'failed' ? 'failed' : 'succeeded');
    assert.ok(name === 'failed' || result.kind === name);
    assert.ok(('result' in result) !== ('error' in result));
  }
  const request = checkRequest(v.request, v, 'b3iq-result-v1');
  assert.equal(canonical(request.signed_result), v.results[0].document);
});

test('the verdict on a node of which nothing is known names every blocker of its gates', () => {
  const v = vectors('managed_readiness.json');
  assert.equal(v.blockers.length, 21);
  const gates = ['node', 'route', 'protocol', 'model', 'customer'];
  const order = v.blockers.map(({ gate }) => gates.indexOf(gate));
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
  assert.equal(v.nothing_known.ready, false);
  const expected = v.blockers.filter(({ gate, code }) => gate !== 'customer' && code !== 'observed_benchmark_stale');
  assert.deepEqual(v.nothing_known.blockers, expected);
});

// In docs/protocol an example stands behind <!-- FILE: a.b[0].c -->; it is the vector's, laid out for people.
test('the examples in docs/protocol are those of the vectors', () => {
  const folder = path.join(root, 'docs/protocol');
  let examples = 0;
  for (const page of fs.readdirSync(folder)) {
    const text = fs.readFileSync(path.join(folder, page), 'utf8');
    for (const [, file, place, example] of text.matchAll(/<!-- (managed_\w+\.json): ([\w.[\]]+) -->\n```json\n([^]*?)\n```/g)) {
      let value = vectors(file);
      for (const step of place.split(/[.[\]]+/).filter(Boolean)) value = typeof value === 'string' ? JSON.parse(value)[step] : value[step];
      if (typeof value === 'string' && value.startsWith('{')) value = JSON.parse(value);
      assert.deepEqual(JSON.parse(example), value, `${page}: ${file} ${place}`);
      examples += 1;
    }
  }
  assert.ok(examples >= 10, `${examples} examples were found`);
});

// The table of blockers in the page is the program's own.
test('docs/protocol/readiness.md lists every blocker with its message and action', () => {
  const page = fs.readFileSync(path.join(root, 'docs/protocol/readiness.md'), 'utf8');
  for (const { code, gate, message, next_action: action } of vectors('managed_readiness.json').blockers) {
    assert.ok(page.includes(`| ${gate} | \`${code}\` | ${message} | ${action} |`), code);
  }
});

// A node on paper: a key, and requests signed by nothing but Node's own crypto as docs/protocol says (RFC 9421, RFC 8785). It shares no
// code with the program and does as a test tells it, also what no node would do.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { request } from './node.mjs';
import { base32, canonical, nodeId, receiptHash, signedBytes } from './verify_receipt.mjs';

const kSpki = Buffer.from('302a300506032b6570032100', 'hex');  // DER head of an Ed25519 public key
const kComponents = '("@method" "@path" "@query" "content-digest" "b3iq-audience" "b3iq-sequence")';
const kBindingMs = 30 * 24 * 3600 * 1000;
const kEveryKind = [
  'benchmark_smoke', 'route_health_check', 'runtime_probe', 'model_install', 'model_remove', 'support_bundle',
  'rotate_transport_key', 'refresh_inventory', 'agent_update_check', 'private_inference',
];

export const sha256 = (...parts) => {
  const hash = crypto.createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
export const hashText = (value) => sha256(canonical(value)).toString('base64url');
const rawPublicKey = (key) => Buffer.from(crypto.createPublicKey(key).export({ format: 'jwk' }).x, 'base64url');

// Whether `document`, a lasting one, is signed by the key (base64url).
export function signatureHolds(document, publicKeyText) {
  const key = crypto.createPublicKey({
    key: Buffer.concat([kSpki, Buffer.from(publicKeyText, 'base64url')]), format: 'der', type: 'spki',
  });
  return crypto.verify(null, signedBytes(document), key, Buffer.from(document.signature_ed25519, 'base64url'));
}

export const idOfTransportKey = (publicKeyText) =>
  `b3x_${base32(sha256('b3iq-transport-key-v1\0', Buffer.from(publicKeyText, 'base64url')).subarray(0, 10))}`;

const kCrockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
function ulid(now) {
  let text = '';
  for (let left = now, i = 0; i < 10; ++i, left = Math.floor(left / 32)) text = kCrockford[left % 32] + text;
  for (const byte of crypto.randomBytes(16)) text += kCrockford[byte % 32];
  return text;
}

export const someInventory = {
  cpu: { features: ['avx2'], logical_cpus: 8, model: 'Paper', packages: 1, physical_cores: 4, usable_cpus: 8, vendor: 'GenuineIntel' },
  disks: [{ free_gib: 10, read_only: false, role: 'home', total_bytes: 20_000_000_000, type: 'ext4' }],
  gpus: [], gpus_complete: true,
  memory: { limit_bytes: null, swap_total_bytes: null, total_bytes: 8_000_000_000 },
  os: { architecture: 'x86_64', container: null, id: 'debian', kernel: '6.1', name: 'Debian', version: '12', virtual_machine: 'none' },
};
export const someReadiness = {
  models: [{
    benchmark_verified: true, context_tokens: 4096, model_id: 'paper-1b', network_eligible: true, paid_route_eligible: true,
    queue_health: 'healthy', route_tier: 'network_beta', runtime_kind: 'embedded', status: 'installed',
  }],
  private_inference_enabled: true, public_inference_enabled: true, unlisted_models: 0,
};

export class PaperNode {
  constructor(url) {
    this.url = url;
    this.key = crypto.generateKeyPairSync('ed25519').privateKey;
    this.publicKey = rawPublicKey(this.key).toString('base64url');
    this.id = nodeId(rawPublicKey(this.key));
    this.sequence = Date.now();
    this.bootEpoch = Date.now() * 1000;
    this.inventory = someInventory;
    this.readiness = someReadiness;
  }

  sign(document) {
    return { ...document, signature_ed25519: crypto.sign(null, signedBytes(document), this.key).toString('base64url') };
  }

  // The headers of one signed request. What `how` names replaces what a node would do.
  signedHeaders(method, target, body, tag, how = {}) {
    const [path, query = ''] = target.split('?');
    const created = how.created ?? Math.floor(Date.now() / 1000);
    const sequence = String(how.sequence ?? (this.sequence += 1));
    const audience = how.audience ?? this.controlPlaneId;
    const digest = `sha-256=:${sha256(body).toString('base64')}:`;
    const nonce = crypto.randomBytes(16).toString('base64url');
    const parameters = `${kComponents};created=${created};nonce="${nonce}";keyid="${how.keyId ?? this.id}";tag="${tag}"`;
    const base = [
      `"@method": ${method}`, `"@path": ${path}`, `"@query": ?${query}`, `"content-digest": ${digest}`,
      `"b3iq-audience": ${audience}`, `"b3iq-sequence": ${sequence}`, `"@signature-params": ${parameters}`,
    ].join('\n');
    const signature = crypto.sign(null, Buffer.from(base), how.key ?? this.key).toString('base64');
    return {
      'content-digest': digest, 'b3iq-audience': audience, 'b3iq-sequence': sequence,
      'signature-input': `b3iq=${parameters}`, signature: `b3iq=:${signature}:`, 'content-type': 'application/json',
    };
  }

  // Signs and sends. The answer's `sent` is the request, to be sent once more as it was.
  async send(method, target, body, tag, how = {}) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const sent = { method, path: target, body: text, headers: this.signedHeaders(method, target, text, tag, how), timeoutMs: how.timeoutMs };
    return { ...await this.exchange(sent, how.url), sent };
  }
  // Every request of the node goes through here.
  exchange(sent, url = this.url) {
    return request(url, sent);
  }

  challenge(token) {
    const body = { node_id: this.id, public_key_ed25519: this.publicKey, ...(token && { enrollment_token: token }) };
    return this.exchange({ method: 'POST', path: '/v1/nodes/enrollment/challenges', body });
  }

  statement(challenge, now = Date.now()) {
    const key = crypto.generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x;
    this.transportKeyId = idOfTransportKey(key);
    const binding = this.sign({
      type: 'b3iq-transport-key-v1', node_id: this.id, public_key_ed25519: this.publicKey, key_id: idOfTransportKey(key),
      public_key_x25519: key, not_before: new Date(now - 60_000).toISOString(), not_after: new Date(now + kBindingMs).toISOString(),
    });
    return this.sign({
      type: 'b3iq-enrollment-v1', node_id: this.id, public_key_ed25519: this.publicKey, control_plane_id: challenge.control_plane_id,
      challenge_id: challenge.challenge_id, challenge_nonce: challenge.nonce, transport_key: binding, agent_version: '0.5.0',
      boot_epoch: this.bootEpoch,
    });
  }

  answer(challenge, statement = this.statement(challenge), how = {}) {
    this.controlPlaneId ??= challenge.control_plane_id;
    return this.send('POST', '/v1/nodes/enrollment', canonical(statement), 'b3iq-enroll-v1', { audience: challenge.control_plane_id, ...how });
  }

  async enroll(token) {
    const challenge = await this.challenge(token);
    assert.equal(challenge.status, 200, challenge.text);
    assert.ok(signatureHolds(challenge.json, challenge.json.public_key_ed25519), 'the challenge is signed by the control plane');
    const enrolled = await this.answer(challenge.json);
    assert.equal(enrolled.status, 200, enrolled.text);
    return this;
  }

  // The path of one of the node's own routes.
  path(rest) {
    return `/v1/nodes/${this.id}/${rest}`;
  }
  heartbeatBody() {
    return {
      boot_epoch: this.bootEpoch, status: 'ready', inventory_hash: hashText(this.inventory), readiness_hash: hashText(this.readiness),
      queue_depth: 0, agent_version: '0.5.0',
    };
  }
  heartbeat(how = {}) {
    return this.send('POST', how.path ?? this.path('heartbeats'), this.heartbeatBody(), how.tag ?? 'b3iq-heartbeat-v1', how);
  }
  putInventory(how = {}) {
    const body = canonical({ boot_epoch: this.bootEpoch, inventory: this.inventory, readiness: this.readiness });
    return this.send('PUT', this.path('inventory'), body, 'b3iq-inventory-v1', how);
  }
  poll({ wait = 0, cursor = 0, max = 4, held = [], ...how } = {}) {
    const body = { boot_epoch: this.bootEpoch, wait_seconds: wait, cursor, max, kinds: kEveryKind, held };
    return this.send('POST', how.path ?? this.path('commands/poll'), body, 'b3iq-poll-v1', how);
  }
  // A signed result of a command as poll() gave it; with `error`, of one that failed.
  result(command, outcome = { inventory_hash: hashText(this.inventory), readiness_hash: hashText(this.readiness) }, error = undefined) {
    const now = new Date().toISOString();
    return this.sign({
      type: 'b3iq-command-result-v1', node_id: this.id, control_plane_id: this.controlPlaneId, command_id: command.command_id,
      kind: command.kind, ...(error ? { status: 'failed', error } : { status: 'succeeded', result: outcome }), started_at: now, completed_at: now,
    });
  }
  bring(command, signedResult = this.result(command), how = {}) {
    const body = { lease_token: how.lease ?? command.lease_token, signed_result: signedResult };
    const target = this.path(`commands/${command.command_id}/result`);
    return this.send('POST', how.path ?? target, canonical(body), how.tag ?? 'b3iq-result-v1', how);
  }
  // A signed receipt of some call, with what `members` say otherwise.
  receipt(members = {}) {
    const now = Date.now();
    return this.sign({
      type: 'b3iq-receipt-v1', node_id: this.id, job_id: `job_${ulid(now)}`, model_id: 'paper-1b', model_profile_id: 'paper-1b',
      runtime_kind: 'embedded', dispatch_mode: 'local', privacy_class: 'none',
      usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }, policy_version: null,
      started_at: new Date(now - 5).toISOString(), completed_at: new Date(now).toISOString(), finish: 'stop',
      content_commitment: crypto.randomBytes(32).toString('base64url'), ...members,
    });
  }
  // `count` frames of a job from `first` on; nothing is sealed in them.
  bringFrames(jobId, first, count, how = {}) {
    const frames = Array.from({ length: count }, (_, i) => {
      const nonce = Buffer.alloc(12);
      nonce.writeUInt32BE(first + i, 7);
      return { nonce: nonce.toString('base64url'), ciphertext: Buffer.alloc(24, 7).toString('base64url') };
    });
    return this.send('POST', how.path ?? this.path('frames'), how.body ?? { streams: [{ job_id: jobId, frames }] }, how.tag ?? 'b3iq-frames-v1', how);
  }
  submitReceipts(receipts, how = {}) {
    const body = { receipts: receipts.map((receipt) => ({ receipt_hash: receiptHash(receipt), receipt })) };
    return this.send('POST', how.path ?? this.path('receipts'), how.body ?? body, how.tag ?? 'b3iq-receipts-v1', how);
  }
}

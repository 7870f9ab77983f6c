// A control plane that does what a test tells it: it checks every signature and number of a node with code of its own, and shares none
// with the program.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { sealedBox } from './sealed_box.mjs';

const kBase32 = 'abcdefghijklmnopqrstuvwxyz234567';
const kCrockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const kComponents = '"@method" "@path" "@query" "content-digest" "b3iq-audience" "b3iq-sequence"';

function base32(bytes) {
  let out = '';
  let bits = BigInt(`0x${bytes.toString('hex')}`) << BigInt((5 - ((bytes.length * 8) % 5)) % 5);
  for (let left = Math.ceil((bytes.length * 8) / 5); left > 0; --left, bits >>= 5n) out = kBase32[Number(bits & 31n)] + out;
  return out;
}
const idOf = (prefix, label, raw) => prefix + base32(crypto.createHash('sha256').update(`${label}\0`).update(raw).digest().subarray(0, 20));
const ulid = () => `01${Array.from(crypto.randomBytes(24), (byte) => kCrockford[byte & 31]).join('')}`;
const publicKeyOf = (x) => crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });

// RFC 8785 for what the protocol holds.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}
function verifiesDocument(document, key) {
  const { signature_ed25519: signature, ...rest } = document;
  return crypto.verify(null, Buffer.from(`${document.type}\0${canonical(rest)}`), key, Buffer.from(signature, 'base64url'));
}

const kBase62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
function crc32(text) {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
// A token of the right form.
export function enrollmentToken() {
  const text = `b3iq_enroll_${Array.from(crypto.randomBytes(43), (byte) => kBase62[byte % 62]).join('')}`;
  let sum = '';
  for (let left = crc32(text), i = 0; i < 6; ++i, left = Math.floor(left / 62)) sum = kBase62[left % 62] + sum;
  return text + sum;
}

export class ControlPlane {
  static async start() {
    const plane = new ControlPlane();
    const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
    const key = publicKey.export({ format: 'jwk' }).x;
    Object.assign(plane, {
      privateKey, key, id: idOf('b3c_', 'b3iq-control-plane-id-v1', Buffer.from(key, 'base64url')),
      aheadMs: 0, heartbeatMs: 1000, wants: true, tokens: new Set(), nodes: new Map(), sockets: new Set(), commands: [],
      heartbeats: [], inventories: [], polls: [], results: [], left: [], refused: [], faults: [], waiting: new Set(), cancelled: new Set(),
    });
    await plane.listen(0);
    return plane;
  }

  async listen(port) {
    this.server = http.createServer((request, response) => { this.#take(request, response); });
    this.server.on('connection', (socket) => { this.sockets.add(socket); socket.on('close', () => { this.sockets.delete(socket); this.#wake(); }); });
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
  }
  // As a machine that loses its power.
  async stop() {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    this.#wake();
    await once(this.server, 'close');
  }

  #wake() {
    for (const wake of this.waiting) wake();
  }

  token() {
    const token = enrollmentToken();
    this.tokens.add(token);
    return token;
  }
  // A command for the node; its id.
  command(kind, args = {}) {
    const id = `cmd_${ulid()}`;
    this.commands.push({ id, kind, args });
    this.#wake();
    return id;
  }
  // Tells the node, with its next poll, that the command is not wanted any more.
  cancel(id) {
    this.cancelled.add(id);
    this.#wake();
  }
  resultOf(id) {
    return this.results.find(({ command_id: one }) => one === id);
  }

  now() { return Date.now() + this.aheadMs; }
  time(ms = 0) { return new Date(this.now() + ms).toISOString(); }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const path = request.url;
    const answer = (status, value, headers = {}) => {
      if (status !== 200) this.refused.push([path.split('/').at(-1), value.error?.code ?? status]);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(value));
    };
    answer.gone = () => request.socket.destroyed;
    if (path === '/health/live') { answer(200, {}); return; }
    if (this.instead) {
      const other = this.instead(path);
      if (other === 'hang') return;
      if (other) { answer(other.status, other.value ?? {}, other.headers); return; }
    }
    try {
      await this.#route(request, path, body, answer);
    } catch (fault) {
      this.faults.push(fault);
      answer(500, { error: { code: 'internal', detail: 'the test has failed' } });
    }
  }

  async #route(request, path, body, answer) {
    const value = JSON.parse(body);
    if (path === '/v1/nodes/enrollment/challenges') { this.#challenge(value, answer); return; }
    if (path === '/v1/nodes/enrollment') {
      const node = this.nodes.get(value.node_id);
      if (this.#verified(request, path, body, node, 'enroll', answer)) this.#enroll(value, node, answer);
      return;
    }
    const [, , , id, ...rest] = path.split('/');
    const tag = { heartbeats: 'heartbeat', inventory: 'inventory', unenroll: 'unenroll', commands: rest.at(-1) }[rest[0]];
    const node = this.nodes.get(id);
    if (!this.#verified(request, path, body, node, tag, answer)) return;
    if (tag !== 'result') {
      if (value.boot_epoch < node.epoch) { answer(409, { error: { code: 'identity_superseded', detail: 'A newer start.' } }); return; }
      node.epoch = value.boot_epoch;
    }
    await this[`_${tag}`](value, node, answer);
  }

  // RFC 9421, from its text.
  #verified(request, path, body, node, tag, answer) {
    const refuse = (code, more = {}) => { answer(code === 'request_replayed' ? 409 : 401, { error: { code, detail: 'No.', ...more } }); return false; };
    if (!node) return refuse('not_enrolled');
    const header = (name) => request.headers[name];
    const digest = `sha-256=:${crypto.createHash('sha256').update(body).digest('base64')}:`;
    if (header('content-digest') !== digest) return refuse('invalid_signature');
    if (header('b3iq-audience') !== this.id) return refuse('wrong_audience');
    const parameters = header('signature-input').slice('b3iq='.length);
    const form = /^\(.*\);created=(\d+);nonce="[\w-]{22}";keyid="(b3n_\w+)";tag="b3iq-(\w+)-v1"$/.exec(parameters);
    assert.ok(form && parameters.startsWith(`(${kComponents})`), parameters);
    const base = [`"@method": ${request.method}`, `"@path": ${path}`, '"@query": ?', `"content-digest": ${digest}`,
      `"b3iq-audience": ${this.id}`, `"b3iq-sequence": ${header('b3iq-sequence')}`, `"@signature-params": ${parameters}`].join('\n');
    const signature = /^b3iq=:(.*):$/.exec(header('signature'))[1];
    if (form[3] !== tag || !crypto.verify(null, Buffer.from(base), publicKeyOf(node.key), Buffer.from(signature, 'base64'))) return refuse('invalid_signature');
    const skew = Number(form[1]) - Math.floor(this.now() / 1000);
    if (Math.abs(skew) > 300) return refuse('clock_skew', { skew_seconds: skew, server_time: this.time() });
    const sequence = Number(header('b3iq-sequence'));
    const last = node.sequences[tag] ?? 0;
    if (sequence <= last) return refuse('request_replayed', { last_sequence: last });
    node.sequences[tag] = sequence;
    return true;
  }

  #challenge(value, answer) {
    if (!this.tokens.has(value.enrollment_token)) { answer(401, { error: { code: 'enrollment_token_invalid', detail: 'No such token.' } }); return; }
    assert.equal(value.node_id, idOf('b3n_', 'b3iq-node-id-v1', Buffer.from(value.public_key_ed25519, 'base64url')));
    const node = this.nodes.get(value.node_id) ?? { id: value.node_id, key: value.public_key_ed25519, sequences: {}, epoch: 0 };
    node.nonce = crypto.randomBytes(32).toString('base64url');
    node.token = value.enrollment_token;
    this.nodes.set(node.id, node);
    const challenge = { type: 'b3iq-enrollment-challenge-v1', challenge_id: `chl_${ulid()}`, nonce: node.nonce, control_plane_id: this.id,
      public_key_ed25519: this.key, node_id: node.id, expires_at: this.time(120_000), server_time: this.time() };
    const signature = crypto.sign(null, Buffer.from(`${challenge.type}\0${canonical(challenge)}`), this.privateKey).toString('base64url');
    answer(200, { ...challenge, signature_ed25519: signature });
  }

  #enroll(statement, node, answer) {
    assert.ok(verifiesDocument(statement, publicKeyOf(node.key)) && verifiesDocument(statement.transport_key, publicKeyOf(node.key)));
    assert.equal(statement.challenge_nonce, node.nonce);
    if (!this.tokens.delete(node.token)) { answer(401, { error: { code: 'enrollment_token_invalid', detail: 'Used.' } }); return; }
    node.epoch = statement.boot_epoch;
    node.transport = statement.transport_key;
    answer(200, { heartbeat_interval_ms: this.heartbeatMs, server_time: this.time(), router_key_id: `b3r_${'a'.repeat(16)}`,
      router_secret_sealed: sealedBox(crypto.randomBytes(32), Buffer.from(statement.transport_key.public_key_x25519, 'base64url')).toString('base64url'),
      command_cursor: 0, re_enrolled: false });
  }

  _heartbeat(value, node, answer) {
    this.heartbeats.push({ ...value, at: Date.now() });
    answer(200, { server_time: this.time(), command_cursor: this.commands.length, want_inventory: this.wants, want_readiness: this.wants,
      next_heartbeat_ms: this.heartbeatMs, notices: ['something_new'] });
  }
  _inventory(value, node, answer) {
    this.wants = false;
    this.inventories.push(value);
    answer(200, { server_time: this.time(), inventory_hash: null, readiness_hash: null });
  }
  _unenroll(value, node, answer) {
    this.left.push(node.id);
    answer(200, { server_time: this.time() });
  }

  async _poll(value, node, answer) {
    this.polls.push(value);
    if (!this.commands.length) {
      await new Promise((resolve) => {
        const done = () => { clearTimeout(timer); this.waiting.delete(done); resolve(); };
        const timer = setTimeout(done, value.wait_seconds * 1000);
        timer.unref();
        this.waiting.add(done);
      });
    }
    // A poll that nobody reads any more takes no command.
    if (answer.gone()) return;
    const leased = this.commands.splice(0, value.max).map(({ id, kind, args }) => ({ command_id: id, kind, arguments: args,
      lease_token: crypto.randomBytes(16).toString('base64url'), lease_expires_at: this.time(90_000), created_at: this.time(), expires_at: this.time(3_600_000), attempt: 1 }));
    answer(200, { server_time: this.time(), cursor: value.cursor + 1, commands: leased,
      leases: value.held.map(({ command_id: id }) => ({ command_id: id, state: this.cancelled.has(id) ? 'cancelled' : 'held', lease_expires_at: this.time(90_000) })) });
  }
  _result(value, node, answer) {
    const document = value.signed_result;
    assert.ok(verifiesDocument(document, publicKeyOf(node.key)));
    assert.equal(document.control_plane_id, this.id);
    this.results.push(document);
    answer(200, { command_id: document.command_id, state: document.status });
  }
}

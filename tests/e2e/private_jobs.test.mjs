// Private jobs at the node, from outside: the real node, a scripted control plane, the customer's side of private_envelope.mjs.
// CASES G5-61, -62, -65, -68, G12-134.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, defaultModel, until, upstreamConfig } from './node.mjs';
import { operator } from './operator.mjs';
import { sealRequest } from './private_envelope.mjs';
import { ControlPlane, canonical } from './scripted_control_plane.mjs';
import { Upstream } from './upstream.mjs';

const kPatienceMs = 60_000;
const kAlias = 'llama3.1:8b';
const marker = `marker${crypto.randomBytes(12).toString('hex')}`;
const forms = [marker, ...[0, 1, 2].map((shift) => Buffer.from('\0'.repeat(shift) + marker).toString('base64').slice(4, -4))];
let plane;
let upstream;
let node;
let api;
let folder;

const keyOf = () => [...plane.nodes.values()][0];
const jobId = () => `job_01${Array.from(crypto.randomBytes(24), (byte) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[byte & 31]).join('')}`;
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), crypto.createHash('sha256')).digest();
const outcome = (id) => until(() => plane.resultOf(id), kPatienceMs, `the result of ${id}`);
const allow = async (model, on = true) => assert.equal(
  (await api('POST', '/setup/v1/model-posture', { model, network_eligible: on, paid_route_eligible: on })).status, 200);

const asked = (model) => upstream.requests.filter((one) => one.model === model).length;

let sent = 0;
// A sealed chat, as the command's arguments, and what opens its answer.
function seal(model, content, more = {}) {
  const { id, transport } = keyOf();
  const request = { model, messages: [{ role: 'user', content }], max_tokens: 16, ...more };
  const name = `job-${++sent}`;
  const sealed = sealRequest(transport, id, name, model, request);
  return { request, open: sealed.open, args: { job_id: jobId(), client_job_id: name, model_id: model, policy_version: '1',
    privacy_class: 'private_transport', envelope: sealed.envelope } };
}

// What a customer checks: the answer, and that its receipt is the node's and about these bytes.
function opened(job, result) {
  assert.equal(result.status, 'succeeded', JSON.stringify(result));
  const answer = job.open(result.result.envelope);
  assert.equal(answer.job_id, job.args.client_job_id);
  if (!answer.receipt) return answer;
  const { signature_ed25519: signature, ...receipt } = answer.receipt;
  const key = crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: keyOf().key }, format: 'jwk' });
  assert.ok(crypto.verify(null, Buffer.from(`${receipt.type}\0${canonical(receipt)}`), key, Buffer.from(signature, 'base64url')));
  assert.deepEqual(result.result.receipt, answer.receipt);
  assert.equal(receipt.job_id, job.args.job_id);
  assert.equal(receipt.model_id, job.args.model_id);
  assert.deepEqual([receipt.dispatch_mode, receipt.privacy_class, receipt.policy_version], ['private_job', 'private_transport', '1']);
  const body = JSON.stringify(answer.response ?? answer.error);
  assert.ok(answer.text.includes(body), 'the body as it stands in the document');
  const commitment = sha256('b3iq-content-v1\0', Buffer.from(answer.receipt_salt, 'base64url'), sha256(JSON.stringify(job.request)), sha256(body));
  assert.equal(receipt.content_commitment, commitment.toString('base64url'));
  return answer;
}

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-private-'));
  plane = await ControlPlane.start();
  upstream = await Upstream.start();
  const { runtimes } = upstreamConfig(upstream.url);
  node = await Node.start({ env: { B3IQ_LOG_LEVEL: 'debug' }, config: (config) => ({ ...config,
    runtimes: [...runtimes, { id: 'embedded', kind: 'embedded' }], models: { ...config.models, aliases: { [kAlias]: [defaultModel] } } }) });
  await node.ready();
  await node.ready('fake-instant');
  api = operator(node);
  const file = path.join(folder, 'token');
  fs.writeFileSync(file, plane.token(), { mode: 0o600 });
  const enrolled = await node.cli(['enroll', '--control-plane', plane.url, '--token-file', file, '--allow', 'private_inference']);
  assert.equal(enrolled.code, 0, enrolled.stderr);
  await until(() => plane.polls.length > 0, kPatienceMs, 'a poll');
});
after(async () => {
  await node?.close();
  await upstream?.close();
  await plane?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('private jobs: a model that its owner does not allow for them is refused', async () => {
  const refused = await outcome(plane.command('private_inference', seal(kAlias, marker).args));
  assert.deepEqual([refused.status, refused.error.code], ['failed', 'model_not_allowed'], JSON.stringify(refused));
  for (const model of [defaultModel, 'fake-instant', 'fake-endless', 'fake-paced']) await allow(model);
});

test('private jobs: the built-in model answers by its alias, sealed, with a receipt that verifies', async () => {
  const job = seal(kAlias, `say ${marker}`);
  const answer = opened(job, await outcome(plane.command('private_inference', job.args)));
  assert.equal(answer.status, 'completed');
  assert.equal(answer.response.model, kAlias);
  assert.ok(answer.receipt.usage.completion_tokens > 0);
  assert.equal(answer.receipt.runtime_kind, 'embedded');
});

test('private jobs: a server answers in the words of the node, whole or as a stream', async () => {
  for (const stream of [false, true]) {
    const job = seal('fake-instant', marker, { stream });
    const answer = opened(job, await outcome(plane.command('private_inference', job.args)));
    assert.equal(answer.status, 'completed');
    assert.match(answer.response.choices[0].message.content, /upstream/);
  }
});

test('private jobs: G5-62 what was opened is not opened again, also after a kill', async () => {
  const job = seal('fake-instant', marker);
  opened(job, await outcome(plane.command('private_inference', job.args)));
  const again = { ...job.args, job_id: jobId() };
  assert.equal((await outcome(plane.command('private_inference', again))).error.code, 'envelope_replayed');
  await node.kill();
  await node.serve();
  await node.ready('fake-instant');
  assert.equal((await outcome(plane.command('private_inference', again))).error.code, 'envelope_replayed');
});

test('private jobs: G5-61 a moved envelope is refused', async () => {
  const job = seal('fake-instant', marker);
  const moved = await outcome(plane.command('private_inference', { ...job.args, client_job_id: 'another' }));
  assert.equal(moved.error.code, 'invalid_encrypted_request');
});

test('private jobs: a cancelled one stops its generation', async () => {
  const job = seal('fake-endless', marker, { stream: true, max_tokens: 4096 });
  const id = plane.command('private_inference', job.args);
  const generation = await until(() => upstream.requests.find(({ model, bytesOut }) => model === 'fake-endless' && bytesOut > 2000), kPatienceMs, 'words');
  plane.cancel(id);
  const answer = opened(job, await outcome(id));
  assert.equal(answer.status, 'cancelled');
  assert.equal(answer.receipt.finish, 'cancelled');
  assert.ok(answer.receipt.usage.completion_tokens > 0);
  await until(() => generation.closedAt, kPatienceMs, 'the end of generation');
});

test('private jobs: G5-65 a rotated key opens for its grace', async () => {
  const job = seal('fake-instant', marker);
  const late = seal('fake-instant', marker);
  const rotate = (grace) => outcome(plane.command('rotate_transport_key', { grace_seconds: grace }));
  assert.equal((await rotate(3600)).status, 'succeeded');
  opened(job, await outcome(plane.command('private_inference', job.args)));
  // The key before the one that is replaced now has no grace.
  const newest = await rotate(0);
  assert.equal(newest.status, 'succeeded');
  keyOf().transport = newest.result.transport_key;
  assert.equal((await outcome(plane.command('private_inference', late.args))).error.code, 'transport_key_unknown');
});

test('private jobs: one that a kill interrupts is failed and never run again', async () => {
  const job = seal('fake-endless', marker, { stream: true, max_tokens: 4096 });
  const before = asked('fake-endless');
  const id = plane.command('private_inference', job.args);
  await until(() => asked('fake-endless') > before, kPatienceMs, 'the job at its runtime');
  await node.kill();
  await node.serve();
  await node.ready('fake-instant');
  assert.equal((await outcome(id)).error.code, 'shutting_down');
  assert.equal(asked('fake-endless'), before + 1);
});

test('private jobs: one that runs ends while the node drains, and its result is brought', async () => {
  const job = seal('fake-paced', marker, { stream: true });
  const id = plane.command('private_inference', job.args);
  await until(() => asked('fake-paced') > 0, kPatienceMs, 'the job at its runtime');
  await node.stop();
  const result = plane.resultOf(id);
  assert.ok(result, 'brought before the node ended');
  assert.equal(opened(job, result).status, 'completed');
  await node.serve();
  await node.ready('fake-instant');
});

test('private jobs: G5-68, G12-134 nothing of a prompt is in a file, a log, a metric or at the control plane', async () => {
  const metrics = await api('GET', '/metrics');
  assert.equal(metrics.status, 200);
  const places = [['output', node.output], ['metrics', metrics.text], ['control plane', JSON.stringify([plane.results, plane.polls, plane.heartbeats])]];
  for (const name of fs.readdirSync(node.home, { recursive: true })) {
    const file = path.join(node.home, name);
    if (fs.statSync(file).isFile()) places.push([name, fs.readFileSync(file, 'latin1')]);
  }
  const found = () => places.filter(([, text]) => forms.some((form) => text.includes(form))).map(([name]) => name);
  assert.deepEqual(found(), []);
  assert.ok(places.some(([name]) => name.endsWith('state.db')));
  assert.ok(upstream.requests.some(({ body }) => JSON.stringify(body).includes(marker)), 'it was there');
  // The search finds what is planted.
  places.push(['planted', `x${forms[2]}y`]);
  assert.deepEqual(found(), ['planted']);
  assert.deepEqual(plane.faults, []);
});

// A node and its control plane, from outside. The control plane is scripted_control_plane.mjs, which checks every signature with code of
// its own. CASES G4-43, -45, -46, G9-112, G10-119, G12-134.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ControlPlane, enrollmentToken } from './scripted_control_plane.mjs';
import { Node, defaultModel, repoRoot, until } from './node.mjs';
import { operator } from './operator.mjs';

const kPatienceMs = 30_000;
let plane;
let node;
let api;
let folder;
before(async () => {
  plane = await ControlPlane.start();
  node = await Node.start();
  api = operator(node);
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-managed-'));
});
after(async () => {
  await node?.close();
  await plane?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const enrollment = async () => (await api('GET', '/setup/v1/enrollment')).json;
const state = async (wanted) => until(async () => (await enrollment()).state === wanted, kPatienceMs, `the state ${wanted}`);
const result = (id) => until(() => plane.resultOf(id), kPatienceMs, `the result of ${id}`);
function tokenFile(token) {
  const file = path.join(folder, 'token');
  fs.writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return file;
}
const enroll = (token, ...more) => node.cli(['enroll', '--control-plane', plane.url, '--token-file', tokenFile(token), ...more]);
const managed = (name = '') => path.join(node.home, 'managed', name);

test('managed: a token that is not known leaves nothing, and is in no log', async () => {
  const token = enrollmentToken();
  const refused = await enroll(token);
  assert.equal(refused.code, 4, refused.stderr);
  assert.match(refused.stderr, /enrollment_token_invalid/);
  assert.match(refused.stderr, /new enrollment token/);
  assert.ok(!fs.existsSync(managed()));
  for (const text of [node.output, refused.stderr, refused.stdout]) assert.ok(!text.includes(token));
});

test('managed: a token is never an argument', async () => {
  const wrong = await node.cli(['enroll', '--control-plane', plane.url, '--token', enrollmentToken()]);
  assert.equal(wrong.code, 2);
  const none = await node.cli(['enroll', '--control-plane', plane.url]);
  assert.match(none.stderr, /--token-file/);
});

test('managed: enrolls, beats, and tells what it has when it is asked', async () => {
  const token = plane.token();
  const enrolled = await enroll(token, '--allow', 'model_remove');
  assert.equal(enrolled.code, 0, enrolled.stderr);
  assert.match(enrolled.stdout, /model_remove/);
  await state('connected');
  await until(() => plane.heartbeats.length >= 3 && plane.inventories.length >= 1, kPatienceMs, 'heartbeats');
  assert.ok(JSON.stringify(plane.heartbeats[0]).length < 512);
  for (const file of ['enrollment.json', 'transport.key', 'router.secret']) assert.equal(fs.statSync(managed(file)).mode & 0o777, 0o600, file);
  assert.equal(fs.statSync(managed()).mode & 0o777, 0o700);
  await until(() => plane.heartbeats.some(({ status }) => status === 'ready'), kPatienceMs, 'a ready node');
  const told = JSON.stringify([plane.inventories, plane.heartbeats, plane.polls]);
  for (const secret of [node.home, os.hostname(), node.url, token, '/home/']) assert.ok(!told.includes(secret), secret);
  assert.deepEqual(plane.faults, []);
});

test('managed: what the node answers is what api/local.json says', async () => {
  const { components } = JSON.parse(fs.readFileSync(path.join(repoRoot, 'api/local.json'), 'utf8'));
  const now = await enrollment();
  assert.deepEqual(Object.keys(now).sort(), [...components.schemas.Enrollment.required].sort());
  assert.equal(now.mode, 'managed');
  assert.equal(now.control_plane.id, plane.id);
  assert.ok(now.blockers.some(({ code, next_action: next }) => code === 'route_missing' && next));
  const shown = await node.cli(['status']);
  for (const words of ['managed  connected', plane.url, plane.id, 'route_missing']) assert.ok(shown.stdout.includes(words), shown.stdout);
  const json = (await node.cli(['status', '--json'])).json;
  assert.deepEqual([json.mode, json.enrollment.state], ['managed', 'connected']);
});

test('managed: commands are done, at once and not at the next heartbeat', async () => {
  plane.heartbeatMs = 60_000;
  await until(() => plane.heartbeats.length, kPatienceMs, 'a heartbeat with the new pace');
  const began = Date.now();
  const probe = await result(plane.command('runtime_probe'));
  assert.ok(Date.now() - began < 20_000);
  assert.equal(probe.status, 'succeeded');
  assert.ok(probe.result.runtimes.some(({ runtime_kind: kind }) => kind === 'embedded'));
  const bench = await result(plane.command('benchmark_smoke', { model_id: defaultModel, max_tokens: 16 }));
  assert.equal(bench.status, 'succeeded', JSON.stringify(bench));
  assert.ok(bench.result.completion_tokens > 0 && bench.result.duration_ms >= 0);
  assert.deepEqual((await result(plane.command('route_health_check'))).result, { health: 'not_configured', latency_ms: null });
  assert.equal((await result(plane.command('agent_update_check'))).result.state, 'not_configured');
  assert.equal((await result(plane.command('model_remove', { model_id: 'nothing' }))).result.was_installed, false);
  const before = fs.readFileSync(managed('transport.key'), 'utf8');
  const rotated = await result(plane.command('rotate_transport_key', { grace_seconds: 60 }));
  assert.equal(rotated.status, 'succeeded');
  assert.notEqual(fs.readFileSync(managed('transport.key'), 'utf8'), before);
  assert.equal(fs.readFileSync(managed('transport-old.key'), 'utf8'), before);
  const bundle = await result(plane.command('support_bundle'));
  assert.equal(bundle.result.size_bytes, fs.statSync(managed('support-bundle.tar')).size);
  plane.heartbeatMs = 1000;
  assert.deepEqual(plane.faults, []);
});

test('managed: what the owner does not allow is refused, with who can allow it', async () => {
  const refused = await result(plane.command('model_install', { catalogue_id: 'anything' }));
  assert.deepEqual([refused.status, refused.error.code], ['failed', 'role_denied']);
  assert.match(refused.error.detail, /owner/);
  const audit = (await node.cli(['audit', 'list', '--json'])).json.data.map(({ act, actor }) => [act, actor]);
  assert.ok(audit.some(([act, actor]) => act === 'command.refused' && actor === plane.id), JSON.stringify(audit));
  assert.ok(audit.some(([act]) => act === 'node.enrolled') && audit.some(([act]) => act === 'command.started'));
});

test('managed: a node that is killed comes back with a higher boot epoch and higher numbers', async () => {
  const [record] = [...plane.nodes.values()];
  const [epoch, sequence] = [record.epoch, record.sequences.heartbeat];
  await node.crash();
  await node.serve();
  await until(() => record.epoch > epoch && record.sequences.heartbeat > sequence, kPatienceMs, 'the new start');
  await state('connected');
  assert.ok(!plane.refused.some(([, code]) => code === 'request_replayed' || code === 'identity_superseded'), JSON.stringify(plane.refused));
});

test('managed: a control plane ten minutes ahead is followed', async () => {
  plane.aheadMs = 600_000;
  const before = plane.heartbeats.length;
  await until(() => plane.heartbeats.length > before + 1, kPatienceMs, 'heartbeats at another time');
  const told = await enrollment();
  assert.ok(Math.abs(told.clock_offset_ms - 600_000) < 10_000, `${told.clock_offset_ms}`);
  plane.aheadMs = 0;
  const again = plane.heartbeats.length;
  await until(() => plane.heartbeats.length > again + 1, kPatienceMs, 'heartbeats at the right time');
});

test('managed: a chat takes what it takes, whatever the control plane does', async () => {
  const { json: { secret } } = await node.cli(['keys', 'create', '--name', 'app', '--json']);
  const ask = async () => {
    const answer = await node.request({ method: 'POST', path: '/v1/chat/completions', headers: { authorization: `Bearer ${secret}` },
      body: { model: defaultModel, max_tokens: 4, messages: [{ role: 'user', content: 'Hello' }] } });
    assert.equal(answer.status, 200, answer.text);
  };
  await ask();
  plane.instead = () => 'hang';
  const before = plane.polls.length;
  for (let i = 0; i < 3; ++i) await ask();
  assert.equal(plane.polls.length, before, 'it hangs');
  plane.instead = () => ({ status: 503, headers: { 'retry-after': '1' } });
  for (let i = 0; i < 3; ++i) await ask();
  plane.instead = undefined;
});

test('managed: the control plane dies and comes back; the node goes on by itself, and brings what it owes', async () => {
  await plane.stop();
  await state('unreachable');
  const told = await enrollment();
  assert.equal(told.error.code, 'control_plane_unreachable');
  assert.match(told.error.detail, /Nothing listens there|cannot be reached|did not answer/);
  const doctor = (await node.cli(['doctor', '--json'])).json.checks;
  assert.equal(doctor.find(({ check }) => check === 'managed.reach')?.verdict, 'warning');
  assert.equal(doctor.find(({ check }) => check === 'managed.record')?.verdict, 'good');
  await plane.listen(plane.port);
  await state('connected');
  assert.equal((await result(plane.command('runtime_probe'))).status, 'succeeded');
});

test('managed: another control plane at the same address gets nothing done', async () => {
  const { id } = plane;
  plane.id = `${id.slice(0, -1)}${id.endsWith('a') ? 'b' : 'a'}`;
  await state('unreachable');
  assert.equal((await enrollment()).error.code, 'wrong_audience');
  plane.id = id;
  await state('connected');
});

test('managed: leaving makes a clean local node, and tells the control plane', async () => {
  const left = await node.cli(['unenroll']);
  assert.equal(left.code, 0, left.stderr);
  assert.match(left.stdout, /local again/);
  assert.equal(plane.left.length, 1);
  assert.ok(!fs.existsSync(managed()));
  assert.equal((await enrollment()).state, 'not_enrolled');
  assert.equal((await node.cli(['unenroll'])).code, 1, 'there is nothing to leave');
  assert.deepEqual(plane.faults, []);
});

test('managed: enrolls while it does not serve, and leaves without a control plane', async () => {
  await node.stop();
  const enrolled = await enroll(plane.token());
  assert.equal(enrolled.code, 0, enrolled.stderr);
  assert.equal((await node.cli(['status', '--json'])).json.enrollment.state, 'stopped');
  await node.serve();
  await state('connected');
  await plane.stop();
  const left = await node.cli(['unenroll']);
  assert.equal(left.code, 0, left.stderr);
  assert.match(left.stdout, /not told/);
  assert.ok(!fs.existsSync(managed()));
});

// CASES G11-129, -130: what a release server may say, and what the node believes of it. A real server on loopback.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, upstreamConfig } from './node.mjs';
import { agentFile, asOperator, startedAgain } from './owner.mjs';
import { manifest, releaseKey, signedBy } from './release_manifest.mjs';
import { Upstream } from './upstream.mjs';

const release = releaseKey();
const stranger = releaseKey();
const signed = (document, key = release, type = document.type) => signedBy(key, document, type);

let upstream;
let server;
let answer;
let asked = 0;
let node;
const sockets = new Set();

before(async () => {
  upstream = await Upstream.start();
  server = http.createServer((req, res) => { asked += 1; answer(req, res); });
  server.on('connection', (socket) => { sockets.add(socket); socket.on('close', () => sockets.delete(socket)); });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  node = await Node.start({
    config: upstreamConfig(upstream.url, {
      updates: { manifest_url: `http://127.0.0.1:${server.address().port}/b3iq-host.json`, release_key: release.name },
    }),
  });
});
after(async () => {
  await node?.close();
  for (const socket of sockets) socket.destroy();
  server?.close();
  await upstream?.close();
});

const give = (text, status = 200, headers = {}) => { answer = (req, res) => { res.writeHead(status, headers); res.end(text); }; };
const check = async () => {
  const told = await asOperator(node, 'POST', 'update-check', {});
  assert.equal(told.status, 200, told.text);
  return told.json;
};

test('updates: nothing is asked until somebody asks', async () => {
  assert.equal(asked, 0);
  const told = (await asOperator(node, 'GET', 'update-check')).json;
  assert.match(told.current, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(told, { object: 'update_check', current: told.current, configured: true, checked_at: null, latest: null, newer: null, notes_url: null, error: null });
  assert.equal(asked, 0);
});

test('updates: a signed manifest is told, and nothing is fetched or installed', async () => {
  give(signed(manifest()));
  const before = fs.readdirSync(node.home, { recursive: true }).filter((name) => !name.startsWith('logs')).length;
  const told = await check();
  assert.deepEqual([told.latest, told.newer, told.notes_url, told.error], ['7.1.0', true, 'https://releases.example/7.1.0', null]);
  assert.ok(Date.parse(told.checked_at) > Date.now() - 60_000);
  assert.equal(asked, 1, 'one request, for the manifest');
  assert.equal(fs.readdirSync(node.home, { recursive: true }).filter((name) => !name.startsWith('logs')).length, before + 1, 'updates.json alone is new');
  assert.deepEqual((await asOperator(node, 'GET', 'update-check')).json, told);
  const line = await node.cli(['update', 'check']);
  assert.equal(line.code, 0, line.stderr);
  assert.match(line.stdout, /7\.1\.0/);
});

test('G11-129 a manifest by another key, of another product or platform, expired, changed, or with extra bytes is refused', async () => {
  give(signed(manifest()));
  await check();
  const whole = signed(manifest({ version: '9.9.9' }));
  for (const [what, text, code, said] of [
    ['another key', signed(manifest({ version: '9.9.9' }), stranger), 'invalid_signature', /signature/],
    ['no signature', JSON.stringify(manifest({ version: '9.9.9' })), 'invalid_signature', /signature/],
    ['another type', signed({ ...manifest({ version: '9.9.9' }), type: 'b3iq-receipt-v1' }), 'download_refused', /type/],
    ['the signature of another type', signed(manifest({ version: '9.9.9' }), release, 'b3iq-receipt-v1'), 'invalid_signature', /signature/],
    ['changed after it was signed', whole.replace('9.9.9', '9.9.8'), 'invalid_signature', /signature/],
    ['extra bytes', `${whole}x`, 'download_refused', /./],
    ['a second document', whole + whole, 'download_refused', /./],
    ['a member twice', whole.replace('{', '{"version":"9.9.9",'), 'download_refused', /./],
    ['another product', signed(manifest({ version: '9.9.9', product: 'b3iq-worker' })), 'download_refused', /product/],
    ['another platform', signed(manifest({ version: '9.9.9', platform: 'plan9-mips' })), 'download_refused', /platform/],
    ['expired', signed(manifest({ version: '9.9.9', expires_at: new Date(Date.now() - 1_000).toISOString() })), 'download_refused', /expires_at/],
    ['no version', signed(manifest({ version: 'latest' })), 'download_refused', /version/],
    ['a link that is none', signed(manifest({ version: '9.9.9', notes_url: 'javascript:alert(1)' })), 'download_refused', /notes_url/],
    ['no files', signed(manifest({ version: '9.9.9', files: [] })), 'download_refused', /files/],
    ['not JSON', '<html>', 'download_refused', /./],
    ['too long', ' '.repeat(100_000) + whole, 'download_failed', /./],
  ]) {
    give(text);
    const told = await check();
    assert.equal(told.error?.code, code, `${what}: ${JSON.stringify(told)}`);
    assert.match(told.error.detail, said, what);
    assert.equal(told.latest, '7.1.0', `${what}: what was right before stays`);
  }
  const line = await node.cli(['update', 'check']);
  assert.equal(line.code, 1);
});

test('G11-129 a version below one that was seen is refused, also after a restart and after a kill: the floor is kept', async () => {
  give(signed(manifest({ version: '7.2.0' })));
  assert.equal((await check()).latest, '7.2.0');
  give(signed(manifest({ version: '7.1.9' })));
  const refused = async () => {
    const told = await check();
    assert.equal(told.error?.code, 'download_refused', JSON.stringify(told));
    assert.match(told.error.detail, /7\.2\.0 was seen before/);
    assert.equal(told.latest, '7.2.0');
  };
  await refused();
  const before = agentFile(node);
  assert.equal((await asOperator(node, 'POST', 'restart', {})).status, 202);
  await startedAgain(node, before);
  await refused();
  node.child.kill('SIGKILL');
  await node.exit;
  await node.serve();
  assert.equal((await asOperator(node, 'GET', 'update-check')).json.latest, '7.2.0');
  await refused();
  give(signed(manifest({ version: '7.2.0' })));
  assert.equal((await check()).error, null, 'the same one is no older one');
});

test('G11-130 a server that is down, silent, slow, half or elsewhere: an error that says so, and the node goes on as it is', async () => {
  const whole = signed(manifest({ version: '7.3.0' }));
  const key = await node.key();
  for (const [what, act, code] of [
    ['half', (req, res) => { res.writeHead(200, { 'content-length': whole.length }); res.write(whole.slice(0, 100)); setTimeout(() => res.destroy(), 50); }, 'download_failed'],
    ['half, and said to be whole', (req, res) => res.end(whole.slice(0, 100)), 'download_refused'],
    ['reset', (req, res) => req.socket.destroy(), 'download_failed'],
    ['in trouble', (req, res) => { res.writeHead(503); res.end(); }, 'download_failed'],
    ['not there', (req, res) => { res.writeHead(404); res.end(); }, 'download_refused'],
    ['a redirect', (req, res) => { res.writeHead(302, { location: 'http://127.0.0.1:1/' }); res.end(); }, 'download_refused'],
    // One byte now and then never goes silent: the time for all of it ends it.
    ['slow', (req, res) => { res.writeHead(200); const timer = setInterval(() => res.write(' '), 500); res.on('close', () => clearInterval(timer)); }, 'deadline_exceeded'],
  ]) {
    answer = act;
    const checking = check();
    assert.equal((await node.request({ path: '/v1/models', headers: { authorization: `Bearer ${key.secret}` } })).status, 200, `${what}: the node answers meanwhile`);
    const told = await checking;
    assert.equal(told.error?.code, code, `${what}: ${JSON.stringify(told)}`);
    assert.equal(told.latest, '7.2.0', what);
  }
  for (const socket of sockets) socket.destroy();
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  assert.equal((await check()).error?.code, 'download_failed', 'down');
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  give(whole);
  assert.equal((await check()).latest, '7.3.0', 'and again when it is back');
});

test('updates: without a release server there is nothing to ask, and the answer says how to set one', async () => {
  assert.equal((await asOperator(node, 'POST', 'settings', { changes: { 'updates.manifest_url': null } })).status, 200);
  const before = agentFile(node);
  assert.equal((await asOperator(node, 'POST', 'restart', {})).status, 202);
  await startedAgain(node, before);
  const count = asked;
  const told = await check();
  assert.deepEqual([told.configured, told.error.code], [false, 'config_invalid']);
  assert.match(told.error.detail, /updates\.manifest_url/);
  assert.equal(asked, count);
});

test('updates: what was learnt and cannot be read any more is forgotten, and the node starts', async () => {
  fs.writeFileSync(path.join(node.home, 'updates.json'), 'not what the node wrote', { mode: 0o600 });
  const before = agentFile(node);
  assert.equal((await asOperator(node, 'POST', 'restart', {})).status, 202);
  await startedAgain(node, before);
  assert.equal((await asOperator(node, 'GET', 'update-check')).json.latest, null);
});

// POST /setup/v1/restart: what runs comes to its end, then the same process is a new node.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, request, until, upstreamConfig } from './node.mjs';
import { agentFile, asOperator, claim, startedAgain } from './owner.mjs';
import { Upstream } from './upstream.mjs';

let upstream;
before(async () => { upstream = await Upstream.start(); });
after(() => upstream?.close());

async function withNode(options, use) {
  const node = await Node.start({ config: upstreamConfig(upstream.url), ...options });
  try {
    await use(node);
  } finally {
    await node.close();
  }
}

// A model server whose one answer ends when the test says so.
async function heldServer() {
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  const chunk = (delta, finish) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'held',
    choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const server = http.createServer((req, res) => {
    req.resume();
    if (req.method === 'GET') {
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ object: 'list', data: [{ id: 'held', object: 'model' }] }));
      return;
    }
    res.setHeader('content-type', 'text/event-stream');
    res.write(chunk({ role: 'assistant', content: 'one' }, null));
    released.then(() => res.end(`${chunk({ content: ' two' }, 'stop')}data: [DONE]\n\n`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/v1`, release, close: () => server.close() };
}

async function withHeldStream(use) {
  const held = await heldServer();
  try {
    await withNode({ config: { runtimes: [{ id: 'up', kind: 'openai', base_url: held.url }], drain: '60s' } }, async (node) => {
      const key = await node.key();
      await until(async () => (await node.request({ path: '/v1/models', headers: { authorization: `Bearer ${key.secret}` } })).text.includes('held'), 30_000, 'the model');
      const streaming = node.chat({ model: 'held', messages: [{ role: 'user', content: 'Hi' }], stream: true }, key.secret);
      await until(async () => (await asOperator(node, 'GET', 'live')).json.data.length === 1, 20_000, 'the stream to run');
      await use(node, { key, streaming, release: held.release });
    });
  } finally {
    held.close();
  }
}

const restart = (node) => asOperator(node, 'POST', 'restart', {});

test('restart: a stream that runs comes to its end, the new node answers at the same port, and the old token is dead', () => withHeldStream(async (node, call) => {
  const before = agentFile(node);
  const port = new URL(node.url).port;
  const answer = await restart(node);
  assert.equal(answer.status, 202, answer.text);
  assert.deepEqual(answer.json, { restarting: true, drain_ms: 60_000 });
  await until(() => agentFile(node).draining, 20_000, 'the drain');
  const refused = await node.cli(['keys', 'list']);
  assert.notEqual(refused.code, 0, 'the home is not opened in between');
  assert.match(refused.stderr, /drains/);
  call.release();
  const streamed = await call.streaming;
  assert.equal(streamed.status, 200);
  assert.match(streamed.text, /two[^]*\[DONE\]/, 'the stream was not cut');
  await startedAgain(node, before);
  assert.equal(agentFile(node).pid, before.pid, 'it is the same process');
  assert.equal(new URL(node.url).port, port, 'its callers find it where it was');
  const old = await request(node.url, { path: '/setup/v1/status', headers: { authorization: `Bearer ${before.operator_token}` } });
  assert.equal(old.status, 401);
  await until(async () => (await node.chat({ model: 'held', messages: [{ role: 'user', content: 'Hi' }], stream: true }, call.key.secret)).status === 200, 30_000, 'a key of before to work');
  const acts = (await asOperator(node, 'GET', 'audit')).json.data.map(({ act }) => act);
  assert.ok(acts.includes('node.restarted'));
}));

test('restart: what was changed in the settings works then, and sessions stay', () => withNode({}, async (node) => {
  const owner = await claim(node);
  assert.equal((await owner.call('POST', 'settings', { changes: { drain: '2s' } })).json.restart_needed, true);
  const before = agentFile(node);
  assert.equal((await owner.call('POST', 'restart', {})).status, 202);
  await startedAgain(node, before);
  const settings = await owner.call('GET', 'settings');
  assert.equal(settings.status, 200, settings.text);
  assert.equal(settings.json.restart_needed, false);
  const now = agentFile(node);
  assert.deepEqual((await owner.call('POST', 'restart', {})).json, { restarting: true, drain_ms: 2_000 });
  await startedAgain(node, now);
}));

test('restart: a node that would not start again is not stopped', () => withNode({}, async (node) => {
  const file = path.join(node.home, 'config.json');
  const before = fs.readFileSync(file, 'utf8');
  const token = agentFile(node).operator_token;
  for (const [patch, text] of [
    [{ 'tls': { certificate: '/nowhere/c.pem', key: '/nowhere/k.pem' } }, /nowhere/],
    [{ runtimes: [{ id: 'a', kind: 'openai', base_url: 'http://127.0.0.1:1', api_key_file: '/nowhere/key' }] }, /api_key_file/],
    [{ node_id: 'b3n_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }, /belongs to node/],
    [{ drain: 'never' }, /drain/],
  ]) {
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(before), ...patch }), { mode: 0o600 });
    const answer = await restart(node);
    assert.deepEqual([answer.status, answer.json.error.code], [409, 'conflict'], answer.text);
    assert.match(answer.json.error.detail, text);
  }
  fs.writeFileSync(file, before);
  assert.equal(await node.healthy(), true);
  assert.deepEqual([agentFile(node).operator_token, agentFile(node).draining], [token, false]);
}));

test('restart: SIGTERM in its drain makes it a stop', () => withHeldStream(async (node, call) => {
  assert.equal((await restart(node)).status, 202);
  await until(() => agentFile(node).draining, 20_000, 'the drain');
  node.child.kill('SIGTERM');
  call.release();
  assert.match((await call.streaming).text, /\[DONE\]/);
  assert.deepEqual(await node.exit, { code: 0, signal: null });
  assert.equal(fs.existsSync(path.join(node.home, 'run/agent.json')), false);
}));

test('restart: kill -9 at any moment of it leaves a home that starts', async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-restart-'));
  try {
    for (let round = 0; round < 6; round += 1) {
      const node = await Node.start({ home, config: upstreamConfig(upstream.url) });
      const before = agentFile(node);
      assert.equal((await restart(node)).status, 202);
      if (round % 2 === 0) await until(() => agentFile(node).draining || agentFile(node).operator_token !== before.operator_token, 10_000, 'the drain');
      if (round % 3 === 0) await startedAgain(node, before);
      node.child.kill('SIGKILL');
      await node.exit;
      await node.close();
    }
    const node = await Node.start({ home });
    assert.equal(await node.healthy(), true);
    await node.close();
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
});

test('restart: no descriptor but the standard ones is handed on, and arguments and environment are the same', () => withNode({ env: { B3IQ_TEST_MARK: 'kept' } }, async (node) => {
  const look = () => ({
    arguments: fs.readFileSync(`/proc/${node.child.pid}/cmdline`, 'utf8'),
    environment: fs.readFileSync(`/proc/${node.child.pid}/environ`, 'utf8').split('\0').filter(Boolean).sort(),
    descriptors: fs.readdirSync(`/proc/${node.child.pid}/fd`).length,
  });
  await node.ready('fake-instant');
  const first = look();
  for (let round = 0; round < 3; round += 1) {
    const before = agentFile(node);
    assert.equal((await restart(node)).status, 202);
    await startedAgain(node, before);
    await node.ready('fake-instant');
  }
  const last = look();
  assert.equal(last.arguments, first.arguments);
  assert.deepEqual(last.environment, first.environment);
  assert.ok(last.descriptors <= first.descriptors + 4, `${first.descriptors} before, ${last.descriptors} after`);
}));

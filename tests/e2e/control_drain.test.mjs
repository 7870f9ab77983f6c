// How the control plane stops: the first signal drains, `drain` is the most that a request may take then, the second signal stops at once.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { apiSchema } from './api_schema.mjs';
import { LiveControl, noLimits } from './live_control.mjs';
import { until } from './node.mjs';
import { PaperNode } from './paper_node.mjs';

const kDrainMs = 3_000;
const kCutMs = 2_000;         // after `drain` what runs is cancelled, and after this cut
const kPatienceMs = 20_000;   // more, for a machine with much to do
const kStopped = { code: 0, signal: null };

// A connection on which a request is begun with `text` and not ended; what comes is kept.
async function begin(control, text) {
  const socket = net.connect(control.port, '127.0.0.1');
  await once(socket, 'connect');
  const open = { socket, text: '', ended: false };
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => { open.text += chunk; });
  socket.on('error', () => {});
  socket.on('close', () => { open.ended = true; });
  socket.write(text);
  return open;
}
// One loop reads all connections: once it answered here, it has what was written on others before.
async function settled(control) {
  for (let i = 0; i < 3; i += 1) assert.equal((await control.call('GET', '/health/live')).status, 200);
}
const draining = (control) => until(() => /control_plane\.draining/.test(control.log), kPatienceMs, 'the drain to begin');
const ready = (control) => `GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:${control.port}\r\n`;
// A request of which the larger part of the body never comes.
const stuck = (control) => `POST /v1/admin/enrollment-tokens HTTP/1.1\r\nHost: 127.0.0.1:${control.port}\r\n`
  + `Authorization: Bearer ${control.secret}\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{"note":`;
const runFile = (control) => path.join(control.home, 'run/control.json');

async function withControl(drain, use) {
  const control = await LiveControl.launch({ config: { ...noLimits, drain } });
  try {
    await use(control);
  } finally {
    await control.crash();
    control.remove();
  }
}

test('a request that outlasts `drain` is cut, a poll that waits is answered, and it ends with 0', { timeout: 120_000 }, async () => {
  await withControl(`${kDrainMs / 1_000}s`, async (control) => {
    const node = await new PaperNode(control.url).enroll(await control.token());
    const poll = node.poll({ wait: 25 });
    await until(async () => /^b3iq_control_polls_waiting 1$/m.test(await control.metrics()), kPatienceMs, 'the poll to wait');
    const open = await begin(control, stuck(control));
    await settled(control);
    const began = Date.now();
    control.child.kill('SIGTERM');
    const answered = await poll;
    assert.deepEqual([answered.status, answered.json.commands], [200, []]);
    assert.deepEqual(await control.ended, kStopped);
    const took = Date.now() - began;
    assert.ok(took >= kDrainMs - 100, `it gave it ${took} ms`);
    assert.ok(took < kDrainMs + kCutMs + kPatienceMs, `it took ${took} ms`);
    await until(() => open.ended, kPatienceMs, 'the end of the connection');
    assert.doesNotMatch(open.text, /HTTP\/1\.1 2/);
    assert.ok(!fs.existsSync(runFile(control)), 'commands do not look for it any more');
    assert.equal((await control.admin('tokens', 'list')).data.length, 1, 'half a request made nothing');
  });
});

test('a request that ends within `drain` is answered, and nothing is waited for afterwards', { timeout: 120_000 }, async () => {
  await withControl('10m', async (control) => {
    const body = JSON.stringify({ note: 'late' });
    const head = stuck(control).replace(/Content-Length: 400[\s\S]*/, `Content-Length: ${body.length}\r\n\r\n`);
    const open = await begin(control, head + body.slice(0, 5));
    await settled(control);
    control.child.kill('SIGTERM');
    await draining(control);
    open.socket.write(body.slice(5));
    assert.deepEqual(await control.ended, kStopped);
    assert.match(open.text, /^HTTP\/1\.1 200 /);
    assert.match(open.text, /connection: close/i);
    assert.deepEqual((await control.admin('tokens', 'list')).data.map((one) => one.note), ['late']);
  });
});

test('while it drains it says so to whoever still gets an answer, with 503, and takes no new connection', { timeout: 120_000 }, async () => {
  await withControl('10m', async (control) => {
    const node = await new PaperNode(control.url).enroll(await control.token());
    const poll = node.poll({ wait: 25 });
    await until(async () => /^b3iq_control_polls_waiting 1$/m.test(await control.metrics()), kPatienceMs, 'the poll to wait');
    const asked = await begin(control, ready(control));
    const open = await begin(control, stuck(control));
    await settled(control);
    control.child.kill('SIGTERM');
    await draining(control);
    assert.equal((await poll).status, 200, 'a poll that waits is answered now');
    asked.socket.write('\r\n');
    await until(() => asked.ended, kPatienceMs, 'the answer');
    const [head, body] = asked.text.split('\r\n\r\n');
    assert.match(head, /^HTTP\/1\.1 503 /);
    assert.match(head, /^retry-after: [1-9]/im);
    const told = JSON.parse(body);
    assert.deepEqual([told.status, told.reasons], ['unready', ['draining']]);
    assert.equal(apiSchema('managed').faultOf('GET', '/health/ready', 503, told), '');
    await assert.rejects(control.call('GET', '/health/live'), { code: 'ECONNREFUSED' });
    assert.ok(!control.dead && !open.ended, 'what runs goes on');
  });
});

for (const [first, second] of [['SIGTERM', 'SIGTERM'], ['SIGINT', 'SIGTERM'], ['SIGTERM', 'SIGINT']]) {
  test(`a second signal stops it at once: ${first}, then ${second}`, { timeout: 120_000 }, async () => {
    await withControl('1h', async (control) => {
      const open = await begin(control, stuck(control));
      await settled(control);
      control.child.kill(first);
      await draining(control);
      assert.ok(!control.dead && !open.ended);
      control.child.kill(second);
      // Not an hour: the test's own time is the bound.
      assert.deepEqual(await control.ended, kStopped);
      assert.match(control.log, /control_plane\.stopped/);
      assert.ok(!fs.existsSync(runFile(control)));
      await until(() => open.ended, kPatienceMs, 'the end of the connection');
      assert.equal((await control.cli(['admin', 'audit', 'verify'])).code, 0);
    });
  });
}

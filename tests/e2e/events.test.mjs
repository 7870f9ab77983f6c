// Issue 4: the stream of events that the owner's pages live on: what it tells, that it ends with the session, the role and the node,
// and that slow and many readers cost nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, binDir, until, upstreamConfig } from './node.mjs';
import { EventStream, Page } from './page.mjs';
import { Upstream } from './upstream.mjs';

const question = [{ role: 'user', content: 'Hi' }];
const kMostStreams = 8;  // of one user; 32 of all
let upstream;
let node;
let page;
let key;

before(async () => {
  upstream = await Upstream.start();
  node = await Node.start({ config: upstreamConfig(upstream.url) });
  await node.ready('fake-instant');
  key = (await node.key({ scope: ['chat', 'metrics'] })).secret;
  page = await Page.claim(node);
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

// A call that runs until it is stopped.
async function endless() {
  const gone = new AbortController();
  const answer = await fetch(`${node.url}/v1/chat/completions`, { method: 'POST', signal: gone.signal,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fake-endless', messages: question, stream: true }) });
  const reader = answer.body.getReader();
  const reading = (async () => { while (!(await reader.read()).done); })().catch(() => {});
  return { stop: async () => { gone.abort(); await reading; } };
}

const gauge = async () => Number(/^b3iq_event_streams (\d+)$/m.exec((await node.get('/metrics', key)).text)[1]);

test('the state comes at once: calls, runtimes; no credential, no stream', async () => {
  const stream = await page.events();
  assert.equal(stream.status, 200);
  assert.match(stream.headers['content-type'], /^text\/event-stream/);
  assert.equal(stream.headers['cache-control'], 'no-store');
  assert.deepEqual((await stream.next('live')).data, { data: [] });
  const { data } = await stream.next('status');
  assert.equal(data.models_changed, false);
  assert.deepEqual(data.runtimes.find(({ id }) => id === 'up'), { id: 'up', state: 'ready' });
  stream.close();
  for (const headers of [{}, { authorization: `Bearer ${key}` }, { ...page.headers, 'x-b3iq-session': '' }]) {
    assert.equal((await node.request({ path: '/setup/v1/events', headers })).status, 401);
  }
});

test('a backup is told until it is done, and when it is removed', async () => {
  const stream = await page.events();
  const asked = await page.call('POST', 'backups', { with_identity: false });
  assert.equal(asked.status, 202, asked.text);
  const { data } = await stream.next('backup', (backup) => backup.state === 'done');
  assert.equal(data.id, asked.json.id);
  assert.equal((await page.call('DELETE', `backups/${data.id}`)).status, 200);
  assert.deepEqual((await stream.next('backup_removed')).data, { id: data.id });
  stream.close();
});

test('running calls are told at most once a second, and their end', async () => {
  const stream = await page.events();
  const call = await endless();
  await until(() => stream.of('live').filter(({ data }) => data.data.length === 1).length >= 3, 20_000, 'three looks at the call');
  const looks = stream.of('live').filter(({ data }) => data.data.length === 1);
  assert.equal(looks[0].data.data[0].model, 'fake-endless');
  assert.ok(looks.at(-1).data.data[0].age_ms - looks[0].data.data[0].age_ms > 900 * (looks.length - 1), 'a second apart');
  await call.stop();
  const seen = stream.events.length;
  await stream.next('live', ({ data }) => data.length === 0, seen);
  stream.close();
});

test('a job is told as it changes, and its removal', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-events-'));
  const stream = await page.events();
  await stream.next('status');
  try {
    const file = path.join(folder, 'model.gguf');
    const [built] = fs.readdirSync(path.join(binDir, '../share/b3iq/models')).filter((name) => name.endsWith('.gguf'));
    fs.copyFileSync(path.join(binDir, '../share/b3iq/models', built), file);
    const made = await page.call('POST', 'model-jobs', { kind: 'install', path: file, name: 'copied' });
    assert.equal(made.status, 202, made.text);
    const of = (state) => stream.next('job', (job) => job.id === made.json.id && job.state === state);
    const done = await of('done');
    assert.deepEqual(done.data, (await page.get(`model-jobs/${made.json.id}`)).json);
    await stream.next('status', ({ models_changed }) => models_changed);
    // A page that comes later hears nothing of a job that has ended.
    const late = await page.events();
    await late.next('status');
    assert.deepEqual(late.of('job'), []);
    late.close();
    assert.equal((await page.call('DELETE', `model-jobs/${made.json.id}`)).status, 200);
    await stream.next('job_removed', ({ id }) => id === made.json.id);
  } finally {
    stream.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

test('no more than 8 streams of one user; one that closes makes room', async () => {
  await until(async () => (await gauge()) === 0, 15_000, 'the streams of before to be gone');
  const streams = [];
  for (let i = 0; i < kMostStreams; i += 1) streams.push(await page.events());
  for (const stream of streams) assert.equal(stream.status, 200);
  const refused = await page.get('events');
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers['retry-after']) >= 1);
  assert.equal(refused.json.error.code, 'rate_limited');
  streams.pop().close();
  await until(async () => (await gauge()) === kMostStreams - 1, 15_000, 'the place');
  const again = await page.events();
  assert.equal(again.status, 200);
  for (const stream of [...streams, again]) stream.close();
  await until(async () => (await gauge()) === 0, 15_000, 'all to be gone');
});

test('a reader that takes nothing keeps nobody up and makes nothing grow', async () => {
  const memory = () => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${node.pid}/status`, 'utf8'))[1]);
  const lazy = [];
  for (let i = 0; i < 7; i += 1) {
    lazy.push(await new Promise((resolve, reject) => {
      const request = http.get(`${node.url}/setup/v1/events`, { headers: page.headers, agent: false }, (answer) => resolve({ request, answer: answer.pause() }));
      request.on('error', reject);
    }));
  }
  const stream = await page.events();
  await stream.next('status');
  const before = memory();
  const call = await endless();
  await until(() => stream.of('live').length >= 5, 30_000, 'five looks');
  await call.stop();
  assert.ok(memory() - before < 16 * 1024, `${memory() - before} KiB more`);
  for (const { request } of lazy) request.destroy();
  stream.close();
  await until(async () => (await gauge()) === 0, 15_000, 'all to be gone');
});

test('the stream ends when its user\'s role changes, or the user is removed; the owner\'s goes on', async () => {
  const mine = await page.events();
  assert.equal(mine.status, 200);
  const viewer = await Page.join(node, page, 'grace', 'viewer');
  const stream = await viewer.events();
  await stream.next('status');
  assert.equal((await page.call('POST', `users/${viewer.user}/role`, { role: 'operator' })).status, 200);
  await until(() => stream.ended, 15_000, 'the end of the viewer\'s stream');
  const again = await viewer.events();
  assert.equal(again.status, 200, 'the session itself goes on');
  await again.next('status');
  assert.equal((await page.call('DELETE', `users/${viewer.user}`)).status, 200);
  await until(() => again.ended, 15_000, 'the end');
  assert.equal((await viewer.get('events')).status, 401);
  assert.equal(mine.ended, false);
  mine.close();
});

test('the stream ends with the session', async () => {
  const stream = await page.events();
  await stream.next('status');
  // A new password ends every session; the page gets a new one.
  const changed = await page.call('POST', 'owner/password', { current_password: 'correct horse battery', new_password: 'another battery horse' });
  assert.equal(changed.status, 200, changed.text);
  await until(() => stream.ended, 15_000, 'the end of the old session\'s stream');
  assert.equal(stream.whole, true, 'ended, not cut');
  const next = await page.events();
  assert.equal(next.status, 200);
  assert.equal((await page.call('POST', 'logout', {})).status, 200);
  await until(() => next.ended, 15_000, 'the end');
  assert.equal((await page.get('events')).status, 401);
});

test('the command line\'s token opens it too, and the stream ends when the node stops', async () => {
  const { operator_token: token } = JSON.parse(fs.readFileSync(path.join(node.home, 'run/agent.json'), 'utf8'));
  const stream = await EventStream.open(node, { authorization: `Bearer ${token}` });
  await stream.next('status');
  const begun = Date.now();
  assert.deepEqual(await node.stop(), { code: 0, signal: null });
  assert.ok(Date.now() - begun < 15_000, 'the drain did not wait for the stream');
  await until(() => stream.ended, 15_000, 'the end');
  assert.equal(stream.whole, true);
});

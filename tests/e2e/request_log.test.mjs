// Issue 4: the last requests. Metadata of every call and refusal, a flood of refusals that pushes out nothing, and content only while
// the owner wants it: audited, bounded in time, wiped.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Node, until, upstreamConfig } from './node.mjs';
import { Page } from './page.mjs';
import { Upstream } from './upstream.mjs';

const question = [{ role: 'user', content: 'What is it that I ask?' }];
const kEntries = 60;
const kCallEntries = 45;  // three quarters
let upstream;
let node;
let page;
let key;

before(async () => {
  upstream = await Upstream.start();
  node = await Node.start({ config: upstreamConfig(upstream.url, { request_log: { entries: kEntries } }) });
  await node.ready('fake-instant');
  page = await Page.claim(node);
  key = await node.key({ name: 'asker', user: 'bob', scope: ['chat', 'metrics'] });
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

const requests = async (query = '') => {
  const answer = await page.get(`requests${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const entryOf = (id) => until(async () => (await requests('?limit=200')).data.find(({ request_id }) => request_id === id), 10_000, `the entry of ${id}`);
const ask = (body, headers = {}, path = '/v1/chat/completions') => node.request({ method: 'POST', path, body,
  headers: { authorization: `Bearer ${key.secret}`, ...headers } });

test('a call is an entry: who, what, how long, how much, its receipt; the reader sees no content', async () => {
  const answer = await ask({ model: 'fake-instant', messages: question }, { 'x-request-id': 'call-1' });
  const entry = await entryOf('call-1');
  assert.deepEqual(entry, {
    ...entry, operation: 'chat.completions', account: key.id, account_name: key.name, user: 'bob', model: 'fake-instant', runtime_kind: 'openai',
    stream: false, status: 200, outcome: 'ok', error_code: null, prompt_tokens: 10, completion_tokens: 5, first_token_ms: null,
    finish_reason: 'stop', receipt_hash: answer.json.b3iq.receipt_hash, has_content: false, count: 1,
  });
  assert.match(entry.id, /^[0-9A-Z]{26}$/);
  assert.ok(entry.duration_ms >= 0 && entry.queued_ms >= 0);
  assert.ok(Math.abs(Date.parse(entry.at) - Date.now()) < 60_000);
  assert.equal((await page.get(`requests/${entry.id}/content`)).status, 404);
  const text = JSON.stringify(await requests());
  assert.ok(!text.includes('What is it') && !text.includes('Hello from'));
});

test('a stream, the other dialects, embeddings', async () => {
  await ask({ model: 'fake-instant', messages: question, stream: true }, { 'x-request-id': 'stream-1' });
  const streamed = await entryOf('stream-1');
  assert.equal(streamed.stream, true);
  assert.ok(streamed.first_token_ms >= 0 && streamed.first_token_ms <= streamed.duration_ms);
  const others = [
    ['/v1/messages', 'messages', { model: 'fake-instant', max_tokens: 9, messages: question }],
    ['/v1/responses', 'responses', { model: 'fake-instant', input: 'Hi', store: false }],
    ['/v1/completions', 'completions', { model: 'fake-instant', prompt: 'Hi' }],
    ['/api/chat', 'api.chat', { model: 'fake-instant', messages: question, stream: false }],
    ['/v1/embeddings', 'embeddings', { model: 'org/fake-embed:v1', input: 'Hi' }],
  ];
  for (const [path, operation, body] of others) {
    await ask(body, { 'x-request-id': `other-${operation}` }, path);
    assert.equal((await entryOf(`other-${operation}`)).operation, operation);
  }
});

test('a call that failed, one whose caller went away', async () => {
  upstream.fault = 'status-500';
  await ask({ model: 'fake-instant', messages: question }, { 'x-request-id': 'failed-1' });
  upstream.fault = 'cut';
  await ask({ model: 'fake-instant', messages: question, stream: true }, { 'x-request-id': 'failed-2' });
  upstream.fault = undefined;
  const failed = await entryOf('failed-1');
  assert.deepEqual([failed.status, failed.outcome, failed.error_code, failed.receipt_hash], [502, 'error', 'runtime_failed', null]);
  const cut = await entryOf('failed-2');
  assert.deepEqual([cut.status, cut.outcome, cut.error_code], [200, 'error', 'runtime_failed'], 'the status had left');
  const gone = new AbortController();
  const answer = await fetch(`${node.url}/v1/chat/completions`, { method: 'POST', signal: gone.signal,
    headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json', 'x-request-id': 'gone-1' },
    body: JSON.stringify({ model: 'fake-endless', messages: question, stream: true }) });
  await answer.body.getReader().read();
  gone.abort();
  assert.equal((await entryOf('gone-1')).outcome, 'cancelled');
});

test('refusals are entries, with the key where it is known and never with a name that was only typed', async () => {
  await ask({ model: 'nobody-has-it', messages: question }, { 'x-request-id': 'refused-model' });
  await ask('{"model":', { 'x-request-id': 'refused-json' });
  await ask({ model: 'fake-instant', messages: question }, { 'x-request-id': 'refused-type', 'content-type': 'text/plain' });
  await ask({ model: 'fake-instant', messages: question }, { 'x-request-id': 'refused-key', authorization: 'Bearer b3iq_local_nonsense' });
  await ask({ model: 'fake-instant', messages: question }, { 'x-request-id': 'refused-origin', origin: 'http://elsewhere.example' });
  await ask({ model: 'nobody-has-it', input: 'Hi' }, { 'x-request-id': 'refused-embedding' }, '/v1/embeddings');
  const wanted = [['refused-model', 404, 'model_not_found', key.id], ['refused-json', 400, 'invalid_json', key.id], ['refused-type', 415, 'unsupported_media_type', key.id],
    ['refused-key', 401, 'unauthorized', ''], ['refused-origin', 403, 'origin_not_allowed', ''], ['refused-embedding', 404, 'model_not_found', key.id]];
  for (const [id, status, code, account] of wanted) {
    const entry = await entryOf(id);
    assert.deepEqual([entry.status, entry.error_code, entry.account, entry.model, entry.outcome], [status, code, account, '', 'error'], id);
  }
  const limited = await node.key({ name: 'limited', rpm: 1 });
  for (let i = 0; i < 3; i += 1) {
    await ask({ model: 'fake-instant', messages: question }, { 'x-request-id': 'refused-rate', authorization: `Bearer ${limited.secret}` });
  }
  const rate = await until(async () => (await requests('?limit=200')).data.find(({ error_code }) => error_code === 'rate_limited'), 10_000, 'the entry');
  assert.deepEqual([rate.status, rate.account, rate.model, rate.count], [429, limited.id, 'fake-instant', 2]);
  await node.cli(['keys', 'revoke', limited.id]);
  await ask({ model: 'fake-instant', messages: question }, { 'x-request-id': 'refused-revoked', authorization: `Bearer ${limited.secret}` });
  const revoked = await entryOf('refused-revoked');
  assert.deepEqual([revoked.error_code, revoked.account, revoked.account_name], ['key_revoked', limited.id, limited.name]);
});

test('pages and filters', async () => {
  for (let i = 0; i < 12; i += 1) await ask({ model: 'fake-instant', messages: question });
  const all = (await requests('?limit=200')).data;
  const walked = [];
  for (let before; ;) {
    const part = await requests(`?limit=5${before ? `&before=${before}` : ''}`);
    assert.ok(part.data.length <= 5);
    walked.push(...part.data);
    assert.equal(part.has_more, part.next_before !== null);
    if (!part.has_more) break;
    before = part.next_before;
  }
  assert.deepEqual(walked.map(({ id }) => id), all.map(({ id }) => id));
  assert.ok((await requests('?outcome=error&limit=200')).data.every(({ outcome }) => outcome === 'error'));
  const mine = (await requests(`?account=${key.id}&model=${encodeURIComponent('org/fake-embed:v1')}`)).data;
  assert.deepEqual(mine.map(({ operation }) => operation), ['embeddings']);
  for (const query of ['?limit=0', '?limit=201', '?before=x', '?outcome=fine', '?colour=red']) {
    assert.equal((await page.get(`requests${query}`)).status, 400, query);
  }
});

test('a flood of bad keys is one entry with a count, and pushes out no call', async () => {
  const before = (await requests('?outcome=ok&limit=200')).data.length;
  for (let i = 0; i < 400; i += 1) await ask({ model: 'fake-instant', messages: question }, { authorization: `Bearer b3iq_local_bad${i}` });
  const after = (await requests('?limit=200')).data;
  assert.ok(after.filter(({ error_code }) => error_code === 'unauthorized').length <= 4);
  assert.ok(after.filter(({ error_code }) => error_code === 'unauthorized').reduce((sum, { count }) => sum + count, 0) >= 400);
  assert.equal(after.filter(({ outcome }) => outcome === 'ok').length, before);
  for (let i = 0; i < kEntries; i += 1) await ask({ model: 'fake-instant', messages: question });
  const state = (await page.get('request-log')).json;
  assert.equal(state.max_kept, kEntries);
  assert.ok(state.kept <= kEntries);
  assert.equal((await requests('?outcome=ok&limit=200')).data.length, kCallEntries);
});

const acts = async () => (await node.cli(['audit', 'list', '--limit', '1000', '--json'])).json.data.filter(({ act }) => act.startsWith('content.')).map(({ act }) => act).reverse();
const kept = async () => Number(/^b3iq_request_content_kept (\d)$/m.exec((await node.get('/metrics', key.secret)).text)[1]);

test('content is kept only while the owner wants it; each step is audited, and it is wiped', async () => {
  assert.deepEqual((await page.get('request-log')).json.content, { on: false, until: null, kept: 0, bytes: 0, max_bytes: 33_554_432 });
  for (const body of [{ content: true, for: '25h' }, { content: true, for: 'long' }, { content: 'yes' }, {}, { content: false, for: '1h' }]) {
    assert.equal((await page.call('POST', 'request-log', body)).status, 400, JSON.stringify(body));
  }
  const on = await page.call('POST', 'request-log', { content: true, for: '30m' });
  assert.equal(on.status, 200, on.text);
  assert.equal(on.json.content.on, true);
  assert.ok(Math.abs(Date.parse(on.json.content.until) - Date.now() - 1_800_000) < 60_000);
  assert.equal(await kept(), 1);
  assert.equal((await page.get('status')).json.request_content_until.slice(0, 16), on.json.content.until.slice(0, 16));
  assert.match((await node.cli(['status'])).stdout, /content of requests is kept/);

  const content = async (id) => {
    const entry = await entryOf(id);
    assert.equal(entry.has_content, true, id);
    const answer = await page.get(`requests/${entry.id}/content`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.json.id, entry.id);
    return answer.json;
  };
  await ask({ model: 'fake-instant', messages: question }, { 'x-request-id': 'content-whole' });
  const whole = await content('content-whole');
  assert.deepEqual(JSON.parse(whole.request), { model: 'fake-instant', messages: question });
  assert.deepEqual([whole.answer, whole.truncated], ['Hello from upstream.', false]);
  await ask({ model: 'fake-instant', messages: question, stream: true }, { 'x-request-id': 'content-stream' });
  assert.equal((await content('content-stream')).answer, 'Hello from upstream.');
  await ask({ model: 'fake-instant', max_tokens: 5, messages: question, stream: true }, { 'x-request-id': 'content-typed' }, '/v1/messages');
  assert.equal((await content('content-typed')).answer, 'Hello from upstream.');
  await ask({ model: 'fake-tools', messages: question, tools: [{ type: 'function', function: { name: 'get_weather', parameters: {} } }] }, { 'x-request-id': 'content-tools' });
  assert.match((await content('content-tools')).answer, /^Looking\.\n→ get_weather \{"city":"Paris".*\n→ get_weather \{"city":"Rome"/s);
  await ask({ model: 'fake-instant', messages: [{ role: 'user', content: 'x'.repeat(400_000) }] }, { 'x-request-id': 'content-large' });
  const large = await content('content-large');
  assert.deepEqual([large.truncated, large.request.length], [true, 262_144]);

  // Only the owner reads it.
  const { id } = await entryOf('content-whole');
  assert.equal((await node.get(`/setup/v1/requests/${id}/content`, key.secret)).status, 401);
  for (const role of ['viewer', 'operator']) {
    const other = await Page.join(node, page, `the-${role}`, role);
    for (const route of ['requests', 'request-log', 'usage']) assert.equal((await other.get(route)).status, 200, route);
    assert.equal((await other.get(`requests/${id}/content`)).status, 403);
    assert.equal((await other.call('POST', 'request-log', { content: false })).status, 403);
  }
  const off = await page.call('POST', 'request-log', { content: false });
  assert.deepEqual(off.json.content, { on: false, until: null, kept: 0, bytes: 0, max_bytes: 33_554_432 });
  assert.equal((await page.get(`requests/${id}/content`)).status, 404);
  assert.equal((await entryOf('content-whole')).has_content, false);
  assert.equal(await kept(), 0);
  assert.doesNotMatch((await node.cli(['status'])).stdout, /content of requests/);
  assert.deepEqual(await acts(), ['content.kept', ...Array(5).fill('content.read'), 'content.dropped']);
});

test('the time ends by itself; after a restart it is off', async () => {
  assert.equal((await page.call('POST', 'request-log', { content: true, for: '1s' })).status, 200);
  await until(async () => !(await page.get('request-log')).json.content.on, 15_000, 'the end of the second');
  assert.equal((await page.call('POST', 'request-log', { content: true })).status, 200);
  await node.stop();
  await node.serve();
  const state = (await page.get('request-log')).json;
  assert.equal(state.content.on, false);
  assert.equal(state.kept, 0, 'requests live in memory too');
  const { json } = await node.cli(['audit', 'list', '--limit', '10', '--json']);
  assert.deepEqual(json.data.filter(({ act }) => act.startsWith('content.')).slice(0, 3).map(({ act, actor }) => `${act} ${actor.slice(0, 4)}`),
    ['content.dropped node', 'content.kept user', 'content.dropped node']);
});

test('content never reaches a file of the node', async () => {
  assert.equal((await page.call('POST', 'request-log', { content: true })).status, 200);
  await node.ready('fake-instant');
  await ask({ model: 'fake-instant', messages: [{ role: 'user', content: 'marker-of-content' }] }, { 'x-request-id': 'content-file' });
  assert.equal((await entryOf('content-file')).has_content, true);
  await node.stop();
  for (const file of fs.readdirSync(node.home, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    assert.ok(!fs.readFileSync(`${file.parentPath ?? file.path}/${file.name}`).includes('marker-of-content'), file.name);
  }
});

// An operator stops calls of others: running, waiting, whole, streamed, embedded. The caller is told, the receipt says cancelled, what
// was produced is booked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node, longChat, until } from './node.mjs';
import { openStream, operator } from './operator.mjs';
import { Upstream } from './upstream.mjs';

const question = [{ role: 'user', content: 'Hi' }];
let upstream;
let node;
let key;
let api;

before(async () => {
  upstream = await Upstream.start();
  node = await Node.start({ config: {
    runtimes: [{ id: 'embedded', kind: 'embedded' }, { id: 'up', kind: 'openai', base_url: upstream.url, max_concurrent: 1 }],
  } });
  await node.ready();
  await node.ready('fake-instant');
  key = (await node.key({ name: 'caller', scope: ['chat', 'receipts'] })).secret;
  api = operator(node);
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

const live = async () => (await api('GET', '/setup/v1/live')).json.data;

// The one call in this state, of this model.
function liveCall(model, state) {
  return until(async () => (await live()).find((call) => call.model === model && call.state === state), 20_000, `a ${state} call of ${model}`);
}

async function stop(id) {
  const stopped = await api('DELETE', `/setup/v1/live/${id}`);
  assert.deepEqual([stopped.status, stopped.json], [200, { id, stopped: true }], stopped.text);
}

function checkTold(error) {
  assert.equal(error.code, 'cancelled');
  assert.match(error.message, /operator of this node stopped/);
}

const receiptOf = (call) => until(async () => (await node.get('/v1/receipts?limit=50', key)).json.data
  .find(({ receipt }) => (receipt ?? {}).job_id?.includes(call)), 10_000, `the receipt of ${call}`);

test('a running stream is stopped: an error in the stream, the work ends, the receipt says cancelled', async () => {
  const stream = await openStream(node, { model: 'fake-endless', messages: question, stream: true }, key);
  await stream.until(/word5 /);
  const call = await liveCall('fake-endless', 'generating');
  await stop(call.id);
  await until(() => stream.ended, 10_000, 'the end of the stream');
  assert.doesNotMatch(stream.text, /\[DONE\]/);
  checkTold(JSON.parse(/data: (\{"error".*\})/.exec(stream.text)[1]).error);
  await until(() => upstream.last('fake-endless').closedAt, 10_000, 'the end of the work');
  const { receipt } = await receiptOf(call.id);
  assert.equal(receipt.finish, 'cancelled');
  assert.ok(receipt.usage.completion_tokens >= 5, JSON.stringify(receipt.usage));
  assert.equal((await live()).length, 0);
  assert.equal((await api('DELETE', `/setup/v1/live/${call.id}`)).status, 404);
  const { data } = (await api('GET', '/setup/v1/audit?limit=20')).json;
  const entry = data.find(({ act }) => act === 'call.stopped');
  assert.deepEqual([entry.subject, entry.actor], [call.id, 'operator']);
});

test('a call of the built-in model is stopped', async () => {
  const stream = await openStream(node, longChat(3), key);
  const call = await liveCall('b3iq-atlas-5m', 'generating');
  await stop(call.id);
  await until(() => stream.ended, 10_000, 'the end of the stream');
  checkTold(JSON.parse(/data: (\{"error".*\})/.exec(stream.text)[1]).error);
  assert.equal((await receiptOf(call.id)).receipt.finish, 'cancelled');
});

test('a stream whose caller reads nothing is stopped at once', async () => {
  const stream = await openStream(node, { model: 'fake-flood', messages: question, stream: true }, key, { stalled: true });
  const call = await liveCall('fake-flood', 'generating');
  let seen = -1;
  await until(async () => {
    const before = seen;
    seen = upstream.last('fake-flood').bytesOut;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return seen === before;
  }, 20_000, 'the caller to block the stream');
  await stop(call.id);
  await until(() => upstream.last('fake-flood').closedAt, 10_000, 'the end of the work');
  stream.resume();
  await until(() => stream.ended, 20_000, 'the end of the stream');
  assert.match(stream.text, /operator of this node stopped/);
});

test('calls that wait and whole answers are stopped with an error of their own', async () => {
  const running = node.chat({ model: 'fake-silent', messages: question }, key);
  const first = await liveCall('fake-silent', 'prompt');
  const waiting = node.chat({ model: 'fake-instant', messages: question }, key);
  const streamed = node.chat({ model: 'fake-paced', messages: question, stream: true }, key);
  await stop((await liveCall('fake-instant', 'waiting')).id);
  await stop((await liveCall('fake-paced', 'waiting')).id);
  await stop(first.id);
  for (const answer of [await waiting, await streamed, await running]) {
    assert.equal(answer.status, 499, answer.text);
    checkTold(answer.json.error);
  }
  assert.equal((await node.chat({ model: 'fake-instant', messages: question }, key)).status, 200, 'the place is free');
});

test('a call that does not run is not found', async () => {
  const answer = await api('DELETE', '/setup/v1/live/01HZZZZZZZZZZZZZZZZZZZZZZZ');
  assert.deepEqual([answer.status, answer.json.error.code], [404, 'not_found']);
});

// One model behind several runtimes: preference, failover before the first byte, the breaker, and the queue. CASES G6-75 and
// G6-76 over HTTP, with real upstream servers that fail in their own ways.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { checkError } from './shapes.mjs';
import { Node, until } from './node.mjs';
import { Upstream } from './upstream.mjs';

const question = [{ role: 'user', content: 'Hi' }];
const chat = { model: 'fake-instant', messages: question, max_tokens: 5 };
let first;
let second;
let node;
let key;

before(async () => {
  first = await Upstream.start();
  second = await Upstream.start();
  node = await Node.start({ config: {
    runtimes: [{ id: 'first', kind: 'openai', base_url: first.url }, { id: 'second', kind: 'openai', base_url: second.url }],
    models: { prefer: { 'fake-slow': ['second'] } },
  } });
  await node.ready('fake-instant');
  key = (await node.key({ name: 'caller', scope: ['chat', 'metrics'] })).secret;
});
after(async () => {
  await node?.close();
  await first?.close();
  await second?.close();
});
// The breaker of the first runtime is closed again: it answers.
beforeEach(async () => {
  first.fault = undefined;
  second.fault = undefined;
  await until(async () => {
    first.requests.length = 0;
    await node.chat(chat, key);
    return first.requests.length === 1;
  }, 15_000, 'the first runtime to be tried again');
  first.requests.length = 0;
  second.requests.length = 0;
});

async function failovers() {
  return Number(/^b3iq_failovers_total ([0-9.e+]+)/m.exec((await node.get('/metrics', key)).text)[1]);
}

test('the runtime that is configured first answers; a preference for a model turns that round', async () => {
  await node.chat(chat, key);
  await node.chat({ ...chat, model: 'fake-slow' }, key);
  assert.deepEqual([first.requests.length, second.requests.length], [1, 1]);
  assert.equal(second.requests[0].model, 'fake-slow');
});

for (const fault of ['status-500', 'status-503', 'reset', 'rubbish']) {
  test(`a runtime that fails before the first byte (${fault}) is left out and the next answers`, async () => {
    first.fault = fault;
    const before = await failovers();
    const answer = await node.chat(chat, key);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.choices[0].message.content, 'Hello from upstream.');
    // A kept connection that dies without a byte may have been dead before: the client asks once more on a new one.
    assert.ok(first.requests.length <= (fault === 'reset' ? 2 : 1), `the first was asked ${first.requests.length} times`);
    assert.equal(second.requests.length, 1, 'the second was asked once');
    assert.equal(await failovers(), before + 1);
  });
}

for (const fault of ['status-500', 'reset', 'rubbish', 'empty-stream', 'error-event']) {
  test(`the same for a stream (${fault})`, async () => {
    first.fault = fault;
    const answer = await node.chat({ ...chat, stream: true }, key);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /upstream/);
    assert.match(answer.text, /data: \[DONE\]/);
    assert.equal(second.requests.length, 1);
  });
}

test('G6-76 after the first byte nothing is tried again: the caller gets an error in the stream, and no [DONE]', async () => {
  first.fault = 'cut';
  const answer = await node.chat({ ...chat, stream: true }, key);
  assert.equal(answer.status, 200);
  assert.match(answer.text, /Half an/);
  assert.match(answer.text, /"error":\{/);
  assert.doesNotMatch(answer.text, /\[DONE\]/);
  assert.equal(second.requests.length, 0, 'the second runtime was not asked');
});

test('G6-75 when every runtime fails the caller is told the last one\'s error, never a success', async () => {
  first.fault = 'error-event';
  second.fault = 'status-500';
  const streamed = await node.chat({ ...chat, stream: true }, key);
  checkError(streamed, 502, 'runtime_failed');
  const whole = await node.chat(chat, key);
  checkError(whole, 502, 'runtime_failed');
  await until(async () => (await node.chat(chat, key)).status === 503 || second.requests.length > 8, 10_000, 'both breakers to open');
  second.fault = undefined;
  await until(async () => (await node.chat(chat, key)).status === 200, 15_000, 'the second runtime to be tried again');
});

test('a request that is wrong is not sent to the next runtime', async () => {
  const answer = await node.chat({ ...chat, temperature: 7 }, key);
  assert.equal(answer.status, 400);
  assert.deepEqual([first.requests.length, second.requests.length], [0, 0]);
});

test('a runtime that keeps failing is passed over, and tried again by one call after a pause', async () => {
  first.fault = 'status-500';
  for (let i = 0; i < 3; i += 1) assert.equal((await node.chat(chat, key)).status, 200);
  assert.equal(first.requests.length, 3);
  const answers = await Promise.all(Array.from({ length: 20 }, () => node.chat(chat, key)));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(first.requests.length, 3, 'it was left alone');
  await until(async () => {
    await Promise.all(Array.from({ length: 5 }, () => node.chat(chat, key)));
    return first.requests.length > 3;
  }, 10_000, 'the trial');
  assert.equal(first.requests.length, 4, 'one of five at once tried it');
});

test('with every breaker open the caller is told when to come back', async () => {
  first.fault = 'status-500';
  second.fault = 'status-500';
  let answer;
  await until(async () => (answer = await node.chat(chat, key)).status === 503, 10_000, 'both breakers to open');
  checkError(answer, 503, 'runtime_unreachable');
  assert.ok(Number(answer.headers['retry-after']) >= 1);
  second.fault = undefined;
  await until(async () => (await node.chat(chat, key)).status === 200, 15_000, 'the recovery');
});

test('an alias of two models answers with the first that is there, and fails over to the other', async () => {
  const other = await Node.start({ config: {
    runtimes: [{ id: 'first', kind: 'openai', base_url: first.url, models: ['fake-instant'] }, { id: 'second', kind: 'openai', base_url: second.url, models: ['fake-nousage'] }],
    models: { aliases: { best: ['not-here', 'fake-instant', 'fake-nousage'] } },
  } });
  try {
    await other.ready('best');
    const { secret } = await other.key({ name: 'alias' });
    assert.equal((await other.chat({ ...chat, model: 'best' }, secret)).json.model, 'fake-instant');
    first.fault = 'reset';
    assert.equal((await other.chat({ ...chat, model: 'best' }, secret)).json.model, 'fake-nousage');
  } finally {
    await other.close();
  }
});

test('a busy runtime: calls wait in turn by key, the queue is bounded, and who waits too long is told so', async () => {
  const other = await Node.start({ config: {
    runtimes: [{ id: 'first', kind: 'openai', base_url: first.url, max_concurrent: 1 }],
    limits: { queue: 4, queue_wait: '5s' },
  } });
  try {
    await other.ready('fake-instant');
    const greedy = (await other.key({ name: 'greedy' })).secret;
    const modest = (await other.key({ name: 'modest' })).secret;
    first.requests.length = 0;
    const order = [];
    const ask = async (who, secret) => {
      const answer = await other.chat({ ...chat, model: 'fake-slow' }, secret);
      order.push(`${who} ${answer.status}`);
      return answer;
    };
    const many = [ask('greedy', greedy)];
    await until(() => first.requests.length === 1, 5_000, 'the first call to run');
    for (let i = 0; i < 5; i += 1) many.push(ask('greedy', greedy));
    const refused = await Promise.race(many.slice(1));
    checkError(refused, 503, 'overloaded');
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    const one = await ask('modest', modest);
    assert.equal(one.status, 200, 'a full queue of another key does not keep this one out');
    await Promise.all(many);
    assert.ok(order.indexOf('modest 200') <= 4, `served in turn: ${order.join(', ')}`);
    assert.equal(order.filter((line) => line === 'greedy 503').length, 2);
    assert.equal(Math.max(...first.requests.map(({ startedAt }, i) => i && first.requests[i - 1].closedAt > startedAt + 50 ? 1 : 0)), 0, 'one at a time');
  } finally {
    await other.close();
  }
});

test('a caller that goes while it waits leaves the queue, and its call is never sent', async () => {
  const other = await Node.start({ config: { runtimes: [{ id: 'first', kind: 'openai', base_url: first.url, max_concurrent: 1 }], limits: { queue_wait: '60s' } } });
  try {
    await other.ready('fake-instant');
    const { secret } = await other.key({ name: 'goes' });
    first.requests.length = 0;
    const running = other.chat({ ...chat, model: 'fake-slow' }, secret);
    await until(() => first.requests.length === 1, 5_000, 'the first call to run');
    await assert.rejects(other.request({ method: 'POST', path: '/v1/chat/completions', headers: { authorization: `Bearer ${secret}` }, body: chat, timeoutMs: 300 }));
    assert.equal((await running).status, 200);
    assert.equal((await other.chat(chat, secret)).status, 200);
    assert.deepEqual(first.requests.map(({ model }) => model), ['fake-slow', 'fake-instant']);
  } finally {
    await other.close();
  }
});

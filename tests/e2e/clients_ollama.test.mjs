// The official `ollama` package against the real binary: the embedded model, and an OpenAI-compatible server behind the node
// whose answers are told in Ollama's shape.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ollama } from 'ollama';
import { checkB3iq, checkForeignError } from './shapes.mjs';
import { Node, defaultModel, until, upstreamConfig } from './node.mjs';
import { Upstream } from './upstream.mjs';

let node;
let secret;
let client;
let upstream;
let relay;
let relayed;
const messages = [{ role: 'user', content: 'What is the capital of France?' }];
// A new one each time: the package writes into what it is given.
const basic = () => ({ model: defaultModel, messages, options: { temperature: 0 } });
const weather = {
  type: 'function',
  function: { name: 'get_weather', description: 'The weather of a city', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const clientFor = (to, key) => new Ollama({ host: to.url, headers: key ? { Authorization: `Bearer ${key}` } : {} });
async function all(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

before(async () => {
  node = await Node.start();
  await node.ready();
  ({ secret } = await node.key({ name: 'ollama' }));
  client = clientFor(node, secret);
  upstream = await Upstream.start();
  relay = await Node.start({ config: upstreamConfig(upstream.url) });
  relayed = clientFor(relay, (await relay.key({ name: 'ollama' })).secret);
  await relay.ready('fake-instant');
});
after(async () => {
  await node?.close();
  await relay?.close();
  await upstream?.close();
});

function checkEnd(part) {
  assert.equal(part.done, true);
  assert.ok(part.prompt_eval_count > 0 && part.eval_count > 0);
  for (const name of ['total_duration', 'prompt_eval_duration', 'eval_duration']) {
    assert.ok(Number.isSafeInteger(part[name]) && part[name] >= 0, `${name} ${part[name]}`);
  }
  assert.equal(part.total_duration, part.prompt_eval_duration + part.eval_duration);
  checkB3iq(part.b3iq);
  assert.equal(Object.keys(part).at(-1), 'b3iq');
}

test('ollama: chat answers with Paris, counts, durations and the b3iq object', async () => {
  const answer = await client.chat(basic());
  assert.equal(answer.model, defaultModel);
  assert.equal(answer.message.role, 'assistant');
  assert.match(answer.message.content, /Paris/);
  assert.equal(answer.done_reason, 'stop');
  assert.ok(Math.abs(Date.parse(answer.created_at) - Date.now()) < 60_000);
  checkEnd(answer);
});

test('ollama: the streamed chat gives the same text, and the receipt in its last line', async () => {
  const whole = await client.chat(basic());
  const parts = await all(await client.chat({ ...basic(), stream: true }));
  assert.equal(parts.map((part) => part.message.content).join(''), whole.message.content);
  for (const part of parts.slice(0, -1)) assert.equal(part.done, false);
  assert.equal(parts.at(-1).eval_count, whole.eval_count);
  assert.equal(parts.at(-1).prompt_eval_count, whole.prompt_eval_count);
  checkEnd(parts.at(-1));
});

test('ollama: generate, whole and streamed', async () => {
  const ask = { model: defaultModel, prompt: 'What is the capital of France?', options: { temperature: 0 } };
  const whole = await client.generate(ask);
  assert.match(whole.response, /Paris/);
  checkEnd(whole);
  const parts = await all(await client.generate({ ...ask, stream: true }));
  assert.equal(parts.map((part) => part.response).join(''), whole.response);
  checkEnd(parts.at(-1));
});

test('ollama: options and formats are kept', async () => {
  const short = await client.chat({ ...basic(), options: { temperature: 0, num_predict: 2, num_ctx: 4096 }, keep_alive: '5m' });
  assert.equal(short.done_reason, 'length');
  assert.equal(short.eval_count, 2);
  const stopped = await client.chat({ ...basic(), options: { temperature: 0, stop: ['Paris'] } });
  assert.doesNotMatch(stopped.message.content, /Paris/);
  const format = { type: 'object', properties: { capital: { type: 'string' } }, required: ['capital'], additionalProperties: false };
  const shaped = await client.chat({ ...basic(), messages: [{ role: 'user', content: 'Give me the capital of France as JSON.' }], format });
  assert.deepEqual(Object.keys(JSON.parse(shaped.message.content)), ['capital']);
});

test('ollama: list, show, ps and version', async () => {
  const { models } = await client.list();
  const listed = models.find((model) => model.name === defaultModel);
  assert.equal(listed.model, defaultModel);
  assert.ok(listed.size > 1_000_000);
  const shown = await client.show({ model: defaultModel });
  assert.ok(shown.capabilities.includes('completion'));
  assert.equal(shown.model_info[`${shown.model_info['general.architecture']}.context_length`], 512);
  for (const model of (await client.ps()).models) assert.equal(typeof model.name, 'string');
  assert.match((await client.version()).version, /^\d+\.\d+\.\d+$/);
  const one = await node.key({ name: 'one-model', model: 'some-other-model', scope: ['chat', 'models'] });
  assert.deepEqual((await clientFor(node, one.secret).list()).models, []);
  await assert.rejects(clientFor(node, one.secret).show({ model: defaultModel }), { name: 'ResponseError', status_code: 403 });
});

test('ollama: a relayed answer is told in Ollama\'s shape, and the runtime is asked in OpenAI\'s', async () => {
  const ask = {
    model: 'fake-instant', options: { temperature: 0.5, top_k: 7, num_predict: 50, stop: ['END'], repeat_penalty: 1.1 },
    messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hi', images: ['iVBORw0KGgo='] }],
  };
  const answer = await relayed.chat({ ...ask });
  assert.deepEqual(answer.message, { role: 'assistant', content: 'Hello from upstream.' });
  assert.deepEqual([answer.prompt_eval_count, answer.eval_count], [10, 5]);
  checkB3iq(answer.b3iq);
  const { body } = upstream.last('fake-instant');
  assert.deepEqual(body, {
    model: 'fake-instant', temperature: 0.5, top_k: 7, max_tokens: 50, stop: ['END'], repeat_penalty: 1.1, stream: false,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }] },
    ],
  });
  const parts = await all(await relayed.chat({ ...ask, stream: true }));
  assert.equal(parts.map((part) => part.message.content).join(''), 'Hello from upstream.');
  checkEnd(parts.at(-1));
});

test('ollama: tools and thinking, whole and streamed, and the way back', async () => {
  const ask = { model: 'fake-tools', tools: [weather], messages: [{ role: 'user', content: 'Weather?' }] };
  const note = '"quoted" \n ü';
  const calls = ['Paris', 'Rome'].map((city, index) => ({ id: `call_${index}`, function: { index, name: 'get_weather', arguments: { city, note } } }));
  const whole = await relayed.chat({ ...ask });
  assert.deepEqual(whole.message, { role: 'assistant', content: 'Looking.', thinking: 'Let me think.', tool_calls: calls });
  assert.equal(whole.done_reason, 'stop');
  assert.deepEqual(upstream.last('fake-tools').body.tools, [weather]);
  const parts = await all(await relayed.chat({ ...ask, stream: true, think: true }));
  assert.deepEqual(parts.flatMap((part) => part.message.tool_calls ?? []), calls);
  assert.equal(parts.map((part) => part.message.thinking ?? '').join(''), 'Let me think.');
  const quiet = await relayed.chat({ ...ask, think: false });
  assert.equal(quiet.message.thinking, undefined);

  await relayed.chat({
    ...ask,
    messages: [...ask.messages, whole.message, { role: 'tool', tool_name: 'get_weather', content: 'sunny' }, { role: 'tool', content: 'rainy' }],
  });
  assert.deepEqual(upstream.last('fake-tools').body.messages.slice(2), [
    { role: 'tool', tool_call_id: 'call_0', content: 'sunny' }, { role: 'tool', tool_call_id: 'call_1', content: 'rainy' },
  ]);
});

test('ollama: errors have its shape and ours', async () => {
  const rejects = async (promise, status, words) => {
    const error = await promise.then(() => assert.fail(`no error, wanted ${status}`), (caught) => caught);
    assert.equal(error.name, 'ResponseError', String(error));
    assert.equal(error.status_code, status);
    assert.match(error.message, words);
  };
  await rejects(clientFor(node).chat(basic()), 401, /Authorization: Bearer/);
  await rejects(clientFor(node).version(), 401, /Authorization: Bearer/);
  await rejects(client.chat({ ...basic(), model: 'no-such-model' }), 404, /no-such-model/);
  await rejects(client.show({ model: 'no-such-model' }), 404, /no-such-model/);
  await rejects(client.chat({ ...basic(), options: { mirostat: 1 } }), 400, /options\.mirostat/);
  await rejects(client.generate({ model: defaultModel, prompt: 'x', raw: true }), 400, /'raw'/);
  await rejects(client.generate({ model: defaultModel, prompt: 'x', context: [1] }), 400, /'context'/);
  await rejects(client.pull({ model: 'x' }), 404, /./);
  const limited = clientFor(node, (await node.key({ name: 'limited', rpm: 1 })).secret);
  await limited.chat(basic());
  await rejects(limited.chat(basic()), 429, /./);
  const raw = await node.request({ method: 'POST', path: '/api/nothing', headers: { authorization: `Bearer ${secret}` }, body: {} });
  checkForeignError(raw, 404, 'not_found');
});

test('G6_75 ollama: a runtime that breaks off is an error in the stream, never a whole answer', async () => {
  upstream.fault = 'cut';
  try {
    const parts = [];
    await assert.rejects(async () => {
      for await (const part of await relayed.chat({ model: 'fake-instant', messages, stream: true })) parts.push(part);
    }, /runtime/i);
    assert.ok(parts.every((part) => !part.done));
  } finally {
    upstream.fault = undefined;
  }
});

test('ollama: an aborted stream ends at the runtime too', async () => {
  const stream = await relayed.chat({ model: 'fake-endless', messages, stream: true });
  await assert.rejects(async () => {
    for await (const part of stream) if (part.message.content) stream.abort();
  }, { name: 'AbortError' });
  await until(() => upstream.last('fake-endless').closedAt, 5_000, 'the end of the request at the runtime');
});

test('ollama: no content type is needed, a stream is the default, and it comes as NDJSON', async () => {
  for (const type of ['', 'text/plain', 'application/x-www-form-urlencoded']) {
    const answer = await node.request({
      method: 'POST', path: '/api/chat', body: basic(), headers: { authorization: `Bearer ${secret}`, 'content-type': type },
    });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['content-type'], 'application/x-ndjson');
    const lines = answer.text.trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.length > 1 && answer.text.endsWith('\n'));
    checkEnd(lines.at(-1));
  }
});

test('G1-2 ollama: a simple cross-site POST is refused on every route, even with a right key', async () => {
  const metrics = async () => Number(/^b3iq_receipts_total(?:\{[^}]*\})? ([0-9.e+]+)/m.exec(
    (await node.get('/metrics', (await node.key({ name: 'metrics', scope: 'metrics' })).secret)).text)?.[1]);
  const before = await metrics();
  const routes = [
    ...['chat', 'generate', 'embed', 'embeddings', 'show'].map((name) => ['POST', `/api/${name}`]),
    ...['tags', 'ps', 'version'].map((name) => ['GET', `/api/${name}`]),
  ];
  const sites = [
    { origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' },
    { origin: `http://127.0.0.1:${node.port + 1}` }, { origin: 'http://localhost:11434' },
  ];
  for (const [method, target] of routes) {
    for (const site of sites) {
      const answer = await node.request({
        method, path: target, body: method === 'POST' ? basic() : undefined,
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'text/plain', ...site },
      });
      checkForeignError(answer, 403, 'origin_not_allowed');
      assert.deepEqual(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-')), []);
    }
  }
  assert.equal(await metrics(), before, 'no completion was made');
});

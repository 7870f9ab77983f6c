// The official `@anthropic-ai/sdk` package against the real binary: the embedded model, and an OpenAI-compatible server
// behind the node whose answers are told in Anthropic's shape.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { checkB3iq } from './shapes.mjs';
import { Node, defaultModel, upstreamConfig } from './node.mjs';
import { Upstream } from './upstream.mjs';

let node;
let client;
let upstream;
let relay;
let relayed;
const messages = [{ role: 'user', content: 'What is the capital of France?' }];
const basic = { model: defaultModel, max_tokens: 64, temperature: 0, messages };
const weather = {
  name: 'get_weather', description: 'The weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const clientFor = (to, apiKey, more = {}) => new Anthropic({ apiKey, baseURL: to.url, maxRetries: 0, timeout: 60_000, ...more });
const textOf = (message) => message.content.map((block) => block.text ?? '').join('');

before(async () => {
  node = await Node.start();
  await node.ready();
  client = clientFor(node, (await node.key({ name: 'anthropic' })).secret);
  upstream = await Upstream.start();
  relay = await Node.start({ config: upstreamConfig(upstream.url) });
  relayed = clientFor(relay, (await relay.key({ name: 'anthropic' })).secret);
  await relay.ready('fake-instant');
});
after(async () => {
  await node?.close();
  await relay?.close();
  await upstream?.close();
});

test('anthropic: a message answers with Paris, usage, its stop reason and the b3iq object', async () => {
  const { data: answer, request_id: requestId } = await client.messages.create(basic).withResponse();
  assert.match(answer.id, /^msg_[0-9A-HJKMNP-TV-Z]{26}$/);
  assert.deepEqual([answer.type, answer.role, answer.model], ['message', 'assistant', defaultModel]);
  assert.match(textOf(answer), /Paris/);
  assert.equal(answer.stop_reason, 'end_turn');
  assert.equal(answer.stop_sequence, null);
  const { input_tokens: input, cache_read_input_tokens: cached, output_tokens: output } = answer.usage;
  assert.ok(input + cached > 0 && output > 0, JSON.stringify(answer.usage));
  checkB3iq(answer.b3iq);
  assert.equal(Object.keys(answer).filter((name) => !name.startsWith('_')).at(-1), 'b3iq');
  assert.ok(requestId);
});

test('anthropic: the stream helper gives the same message, and the receipt with its message_delta', async () => {
  const whole = await client.messages.create(basic);
  const stream = client.messages.stream(basic);
  const events = [];
  stream.on('streamEvent', (event) => events.push(event));
  let streamed = '';
  stream.on('text', (piece) => { streamed += piece; });
  const final = await stream.finalMessage();
  assert.deepEqual(final.content, whole.content);
  assert.equal(streamed, textOf(whole));
  assert.equal(final.stop_reason, whole.stop_reason);
  assert.equal(final.usage.output_tokens, whole.usage.output_tokens);
  const tokens = (usage) => usage.input_tokens + usage.cache_read_input_tokens;
  assert.equal(tokens(final.usage), tokens(whole.usage));
  assert.deepEqual(events.slice(-3).map((event) => event.type), ['content_block_stop', 'message_delta', 'message_stop']);
  checkB3iq(events.at(-2).b3iq);
});

test('anthropic: messages.create with stream: true', async () => {
  let text = '';
  for await (const event of await client.messages.create({ ...basic, stream: true })) {
    if (event.type === 'content_block_delta') text += event.delta.text;
  }
  assert.match(text, /Paris/);
});

test('anthropic: the beta client, which asks with a query, is answered too', async () => {
  assert.match(textOf(await client.beta.messages.create({ ...basic, betas: ['some-beta-2026-01-01'] })), /Paris/);
});

test('anthropic: system, blocks, max_tokens and stop_sequences', async () => {
  const answer = await client.messages.create({
    ...basic, max_tokens: 2, metadata: { user_id: 'u' }, thinking: { type: 'disabled' },
    system: [{ type: 'text', text: 'You answer questions.', cache_control: { type: 'ephemeral' } }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What is the capital of France?' }] }],
  });
  assert.equal(answer.stop_reason, 'max_tokens');
  assert.equal(answer.usage.output_tokens, 2);
  const stopped = await client.messages.create({ ...basic, stop_sequences: ['Paris'] });
  assert.doesNotMatch(textOf(stopped), /Paris/);
});

test('anthropic: an output format is kept', async () => {
  const schema = { type: 'object', properties: { capital: { type: 'string' } }, required: ['capital'], additionalProperties: false };
  const answer = await client.messages.create({
    ...basic, max_tokens: 120, output_config: { format: { type: 'json_schema', schema } },
    messages: [{ role: 'user', content: 'Give me the capital of France as JSON.' }],
  });
  assert.deepEqual(Object.keys(JSON.parse(textOf(answer))), ['capital']);
});

test('anthropic: a relayed answer is told in Anthropic\'s shape, and the runtime is asked in OpenAI\'s', async () => {
  const ask = {
    model: 'fake-instant', max_tokens: 50, temperature: 0.5, top_k: 7, system: 'Be brief.', stop_sequences: ['END'],
    messages: [{ role: 'user', content: 'Hi' }],
  };
  const answer = await relayed.messages.create(ask);
  assert.deepEqual(answer.content, [{ type: 'text', text: 'Hello from upstream.' }]);
  assert.equal(answer.usage.input_tokens, 10);
  assert.equal(answer.usage.output_tokens, 5);
  checkB3iq(answer.b3iq);
  const { body } = upstream.last('fake-instant');
  assert.deepEqual(body, {
    model: 'fake-instant', max_tokens: 50, temperature: 0.5, top_k: 7, stop: ['END'],
    messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hi' }],
  });
  const streamed = await relayed.messages.stream(ask).finalMessage();
  assert.deepEqual(streamed.content, answer.content);
  assert.deepEqual(streamed.usage, answer.usage);
});

test('anthropic: tools, whole and streamed, and the way back', async () => {
  const ask = {
    model: 'fake-tools', max_tokens: 50, tools: [weather], tool_choice: { type: 'any', disable_parallel_tool_use: true },
    messages: [{ role: 'user', content: 'Weather in Paris and Rome?' }],
  };
  const whole = await relayed.messages.create(ask);
  const note = '"quoted" \n ü';
  assert.deepEqual(whole.content, [
    { type: 'text', text: 'Looking.' },
    { type: 'tool_use', id: 'call_0', name: 'get_weather', input: { city: 'Paris', note } },
    { type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Rome', note } },
  ]);
  assert.equal(whole.stop_reason, 'tool_use');
  const sent = upstream.last('fake-tools').body;
  assert.deepEqual(sent.tools, [{
    type: 'function',
    function: { name: weather.name, description: weather.description, parameters: weather.input_schema },
  }]);
  assert.equal(sent.tool_choice, 'required');
  assert.equal(sent.parallel_tool_calls, false);

  const stream = relayed.messages.stream(ask);
  const pieces = [];
  const blocks = [];
  stream.on('inputJson', (piece) => pieces.push(piece));
  stream.on('contentBlock', (block) => blocks.push(block.type));
  const final = await stream.finalMessage();
  assert.deepEqual(JSON.parse(JSON.stringify(final.content)), whole.content);
  assert.equal(final.stop_reason, 'tool_use');
  assert.ok(pieces.length > 4, `input came in ${pieces.length} pieces`);
  assert.deepEqual(blocks, ['text', 'tool_use', 'tool_use']);

  await relayed.messages.create({
    ...ask,
    messages: [...ask.messages, { role: 'assistant', content: whole.content }, {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'call_0', content: 'sunny' },
        { type: 'tool_result', tool_use_id: 'call_1', is_error: true, content: [{ type: 'text', text: 'no such city' }] },
        { type: 'text', text: 'So?' },
      ],
    }],
  });
  assert.deepEqual(upstream.last('fake-tools').body.messages.slice(2), [
    { role: 'tool', tool_call_id: 'call_0', content: 'sunny' },
    { role: 'tool', tool_call_id: 'call_1', content: 'Error: no such city' },
    { role: 'user', content: [{ type: 'text', text: 'So?' }] },
  ]);
});

test('anthropic: thinking is told where it is asked for', async () => {
  const ask = { model: 'fake-tools', max_tokens: 50, messages, thinking: { type: 'adaptive' } };
  const thinking = { type: 'thinking', thinking: 'Let me think.', signature: '' };
  const whole = await relayed.messages.create(ask);
  assert.deepEqual(whole.content[0], thinking);
  const streamed = await relayed.messages.stream(ask).finalMessage();
  assert.deepEqual(streamed.content[0], thinking);
});

test('anthropic: images become data URLs', async () => {
  const data = 'iVBORw0KGgo=';
  await relayed.messages.create({
    model: 'fake-instant', max_tokens: 5,
    messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }] }],
  });
  assert.deepEqual(upstream.last('fake-instant').body.messages[0].content,
    [{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }]);
});

test('anthropic: the errors are the classes that the package knows', async () => {
  const ask = (more, who = client) => who.messages.create({ ...basic, max_tokens: 4, ...more });
  const rejects = async (promise, Class, type, code, words) => {
    const error = await promise.then(() => assert.fail(`no error, wanted ${code}`), (caught) => caught);
    assert.ok(error instanceof Class, `${error.constructor.name}: ${error.message}`);
    assert.equal(error.type, type);
    assert.equal(error.error.type, 'error');
    assert.equal(error.error.b3iq.code, code);
    assert.equal(error.error.b3iq.status, error.status);
    assert.equal(error.error.request_id, error.requestID);
    assert.ok(error.requestID, 'request-id');
    if (words) assert.match(error.error.error.message, words);
    return error;
  };
  const nobody = clientFor(node, `b3iq_local_${'0'.repeat(49)}`);
  await rejects(ask({}, nobody), Anthropic.AuthenticationError, 'authentication_error', 'unauthorized', /x-api-key/);
  await rejects(ask({ model: 'no-such-model' }), Anthropic.NotFoundError, 'not_found_error', 'model_not_found');
  await rejects(ask({ temperature: 5 }), Anthropic.BadRequestError, 'invalid_request_error', 'invalid_request', /temperature/);
  await rejects(ask({ thinking: { type: 'enabled', budget_tokens: 1024 } }),
    Anthropic.BadRequestError, 'invalid_request_error', 'unsupported_parameter', /thinking\.type/);
  await rejects(ask({ messages: [{ role: 'user', content: [{ type: 'document', source: {} }] }] }),
    Anthropic.BadRequestError, 'invalid_request_error', 'unsupported_parameter', /messages\[0\]\.content\[0\]\.type/);
  await rejects(client.messages.countTokens({ model: defaultModel, messages }),
    Anthropic.NotImplementedError, 'api_error', 'not_implemented', /usage/);
  await rejects(client.messages.batches.list(), Anthropic.NotFoundError, 'not_found_error', 'not_found');

  const modelsOnly = clientFor(node, (await node.key({ name: 'models-only', scope: 'models' })).secret);
  await rejects(ask({}, modelsOnly), Anthropic.PermissionDeniedError, 'permission_error', 'local_api_key_scope_denied');
  const limited = clientFor(node, (await node.key({ name: 'limited', rpm: 1 })).secret);
  await ask({}, limited);
  const error = await rejects(ask({}, limited), Anthropic.RateLimitError, 'rate_limit_error', 'rate_limited');
  assert.ok(Number(error.headers.get('retry-after')) >= 1);
  const big = { ...basic, messages: [{ role: 'user', content: 'x'.repeat(9_000_000) }] };
  await rejects(client.messages.create(big), Anthropic.ContentTooLargeError, 'request_too_large', 'payload_too_large');
});

test('anthropic: the key goes as x-api-key or as a bearer, and Authorization wins', async () => {
  const { secret } = await node.key({ name: 'header' });
  const bearer = clientFor(node, null, { authToken: secret });
  assert.equal((await bearer.messages.create({ ...basic, max_tokens: 1 })).type, 'message');
  const ask = (headers) => node.request({ method: 'POST', path: '/v1/messages', headers, body: { ...basic, max_tokens: 1 } });
  assert.equal((await ask({ 'x-api-key': secret })).status, 200);
  assert.equal((await ask({ 'x-api-key': secret, authorization: 'Bearer b3iq_local_wrong' })).status, 401);
  assert.equal((await ask({ 'x-api-key': secret, authorization: 'Basic abc' })).status, 401);
  assert.equal((await ask({ 'x-api-key': 'wrong', authorization: `Bearer ${secret}` })).status, 200);
  const none = await ask({});
  assert.equal(none.status, 401);
  assert.match(none.json.error.message, /Authorization: Bearer/);
  assert.match(none.json.error.message, /x-api-key/);
});

test('G6_75 anthropic: a runtime that breaks off is an error in the stream, never a whole message', async () => {
  upstream.fault = 'cut';
  try {
    const error = await relayed.messages.stream({ model: 'fake-instant', max_tokens: 9, messages }).finalMessage()
      .then(() => assert.fail('a cut answer passed for a whole one'), (caught) => caught);
    assert.ok(error instanceof Anthropic.APIError, String(error));
    assert.equal(error.type, 'api_error');
    assert.equal(error.error.b3iq.code, 'runtime_failed');
  } finally {
    upstream.fault = undefined;
  }
});

test('anthropic: an aborted stream ends at the runtime too', async () => {
  const stream = relayed.messages.stream({ model: 'fake-endless', max_tokens: 400, messages });
  await assert.rejects(async () => {
    for await (const event of stream) if (event.type === 'content_block_delta') stream.abort();
    await stream.done();
  }, Anthropic.APIUserAbortError);
  const record = upstream.last('fake-endless');
  const deadline = Date.now() + 5_000;
  while (!record.closedAt && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(record.closedAt, 'the runtime was still asked');
});

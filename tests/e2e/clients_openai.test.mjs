// The official `openai` package against the real binary and the real model.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { checkB3iq } from './shapes.mjs';
import { Node, defaultModel } from './node.mjs';

let node;
let client;
const messages = [{ role: 'user', content: 'What is the capital of France?' }];
const clientFor = (apiKey) => new OpenAI({ apiKey, baseURL: `${node.url}/v1`, maxRetries: 0, timeout: 60_000 });

before(async () => {
  node = await Node.start();
  await node.ready();
  client = clientFor((await node.key({ name: 'openai' })).secret);
});
after(() => node?.close());

test('openai: chat answers with Paris, usage and the b3iq object', async () => {
  const answer = await client.chat.completions.create({ model: defaultModel, messages, temperature: 0 });
  assert.match(answer.choices[0].message.content, /Paris/);
  assert.equal(answer.choices[0].finish_reason, 'stop');
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  assert.ok(answer.usage.prompt_tokens > 0 && answer.usage.completion_tokens > 0);
  checkB3iq(answer.b3iq);
});

test('openai: the stream gives the same text', async () => {
  const whole = await client.chat.completions.create({ model: defaultModel, messages, temperature: 0 });
  const stream = await client.chat.completions.create({ model: defaultModel, messages, temperature: 0, stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
  assert.match(text, /Paris/);
  assert.equal(text, whole.choices[0].message.content);
});

test('openai: stream_options.include_usage gives usage in the last chunk, equal to the unstreamed one', async () => {
  const whole = await client.chat.completions.create({ model: defaultModel, messages, temperature: 0 });
  const stream = await client.chat.completions.create({
    model: defaultModel, messages, temperature: 0, stream: true, stream_options: { include_usage: true },
  });
  let last;
  for await (const chunk of stream) last = chunk;
  assert.deepEqual(last.choices, []);
  assert.equal(last.usage.prompt_tokens, whole.usage.prompt_tokens);
  assert.equal(last.usage.completion_tokens, whole.usage.completion_tokens);
  checkB3iq(last.b3iq);
});

test('openai: the stream helper collects a final completion', async () => {
  const runner = client.chat.completions.stream({ model: defaultModel, messages, temperature: 0 });
  const final = await runner.finalChatCompletion();
  assert.match(final.choices[0].message.content, /Paris/);
});

test('openai: json_schema is kept by a fresh and by a streamed answer', async () => {
  const schema = {
    type: 'object',
    properties: { country: { type: 'string' }, capital: { type: 'string' } },
    required: ['country', 'capital'],
    additionalProperties: false,
  };
  const request = {
    model: defaultModel, temperature: 0, max_tokens: 120,
    messages: [{ role: 'user', content: 'Give me the capital of Italy as JSON.' }],
    response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } },
  };
  const answer = await client.chat.completions.create(request);
  const place = JSON.parse(answer.choices[0].message.content);
  assert.deepEqual(Object.keys(place).sort(), ['capital', 'country']);
  let text = '';
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
    text += chunk.choices[0]?.delta?.content ?? '';
  }
  assert.deepEqual(Object.keys(JSON.parse(text)).sort(), ['capital', 'country']);
});

test('openai: parse() with a zod schema gives a typed object', async () => {
  const Place = z.object({ capital: z.string() });
  const answer = await client.chat.completions.parse({
    model: defaultModel, temperature: 0, max_tokens: 80,
    messages: [{ role: 'user', content: 'Give me the capital of France as JSON.' }],
    response_format: zodResponseFormat(Place, 'place'),
  });
  assert.equal(typeof answer.choices[0].message.parsed.capital, 'string');
});

test('openai: max_tokens ends with length, stop ends before the stop text, a seed repeats itself', async () => {
  const short = await client.chat.completions.create({ model: defaultModel, messages, temperature: 0, max_tokens: 2 });
  assert.equal(short.choices[0].finish_reason, 'length');
  assert.equal(short.usage.completion_tokens, 2);
  const stopped = await client.chat.completions.create({ model: defaultModel, messages, temperature: 0, stop: ['Paris'] });
  assert.doesNotMatch(stopped.choices[0].message.content, /Paris/);
  assert.equal(stopped.choices[0].finish_reason, 'stop');
  const seeded = () => client.chat.completions.create({
    model: defaultModel, messages: [{ role: 'user', content: 'Tell me a story.' }], temperature: 1, seed: 7, max_tokens: 24,
  });
  assert.equal((await seeded()).choices[0].message.content, (await seeded()).choices[0].message.content);
});

test('openai: logprobs come with the tokens', async () => {
  const answer = await client.chat.completions.create({
    model: defaultModel, messages, temperature: 0, max_tokens: 4, logprobs: true, top_logprobs: 2,
  });
  const { content } = answer.choices[0].logprobs;
  assert.equal(content.length, answer.usage.completion_tokens);
  for (const token of content) {
    assert.ok(token.logprob <= 0);
    assert.equal(token.top_logprobs.length, 2);
    assert.equal(Buffer.from(token.bytes).toString(), token.token);
  }
});

test('openai: tools are used or refused by name, never ignored', async () => {
  const request = {
    model: defaultModel, messages, temperature: 0, max_tokens: 64, tool_choice: 'required',
    tools: [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: {} } } }],
  };
  try {
    const answer = await client.chat.completions.create(request);
    assert.equal(answer.choices[0].message.tool_calls[0].function.name, 'lookup');
  } catch (error) {
    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
    assert.equal(error.code, 'unsupported_parameter');
    assert.match(error.param, /^tool/);
  }
});

test('openai: models list and retrieve', async () => {
  const page = await client.models.list();
  assert.ok(page.data.some((model) => model.id === defaultModel));
  for (const model of page.data) assert.equal(model.owned_by, 'b3iq');
});

test('openai: the errors are the classes that the package knows', async () => {
  const ask = (more, who = client) => who.chat.completions.create({ model: defaultModel, messages, max_tokens: 4, ...more });
  const rejects = async (promise, Class, code, param) => {
    const error = await promise.then(() => assert.fail(`no error, wanted ${code}`), (caught) => caught);
    assert.ok(error instanceof Class, `${error.constructor.name}: ${error.message}`);
    assert.equal(error.code, code);
    if (param !== undefined) assert.equal(error.param, param);
    assert.ok(error.requestID, 'x-request-id');
  };
  await rejects(ask({}, clientFor(`b3iq_local_${'0'.repeat(49)}`)), OpenAI.AuthenticationError, 'unauthorized');
  await rejects(ask({ model: 'no-such-model' }), OpenAI.NotFoundError, 'model_not_found', 'model');
  await rejects(ask({ temperature: 5 }), OpenAI.BadRequestError, 'invalid_request', 'temperature');
  await rejects(ask({ n: 2 }), OpenAI.BadRequestError, 'unsupported_parameter', 'n');
  await rejects(ask({ messages: [] }), OpenAI.BadRequestError, 'invalid_request', 'messages');
  await rejects(ask({ messages: [{ role: 'nobody', content: 'x' }] }), OpenAI.BadRequestError, 'invalid_request');

  const modelsOnly = clientFor((await node.key({ name: 'models-only', scope: 'models' })).secret);
  await rejects(ask({}, modelsOnly), OpenAI.PermissionDeniedError, 'local_api_key_scope_denied');
  const otherModel = clientFor((await node.key({ name: 'other-model', model: 'some-other-model' })).secret);
  await rejects(ask({}, otherModel), OpenAI.PermissionDeniedError, 'model_not_allowed');

  const limited = clientFor((await node.key({ name: 'limited', rpm: 1 })).secret);
  const { response } = await ask({}, limited).withResponse();
  assert.equal(response.headers.get('x-ratelimit-limit-requests'), '1');
  assert.equal(response.headers.get('x-ratelimit-remaining-requests'), '0');
  assert.match(response.headers.get('x-ratelimit-reset-requests'), /^([0-9.]+(ms|s|m|h))+$/);
  const error = await ask({}, limited).then(() => assert.fail('not limited'), (caught) => caught);
  assert.ok(error instanceof OpenAI.RateLimitError);
  assert.equal(error.code, 'rate_limited');
  assert.ok(Number(error.headers.get('retry-after')) >= 1);
});

test('openai: its own retry waits for a 429 and then succeeds', async () => {
  const { secret } = await node.key({ name: 'retry', rpm: 60 });
  const patient = new OpenAI({ apiKey: secret, baseURL: `${node.url}/v1`, maxRetries: 5 });
  const asks = Array.from({ length: 4 }, () => patient.chat.completions.create({ model: defaultModel, messages, max_tokens: 1 }));
  for (const answer of await Promise.all(asks)) assert.equal(answer.object, 'chat.completion');
});

test('openai: an aborted stream ends at once and the node goes on', async () => {
  const stream = await client.chat.completions.create({
    model: defaultModel, messages: [{ role: 'user', content: 'Tell me a long story.' }], stream: true, max_tokens: 400,
  });
  for await (const chunk of stream) {
    assert.ok(chunk.id);
    stream.controller.abort();
    break;
  }
  const answer = await client.chat.completions.create({ model: defaultModel, messages, temperature: 0 });
  assert.match(answer.choices[0].message.content, /Paris/);
});

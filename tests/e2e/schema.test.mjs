// Every answer and every SSE chunk against OpenAI's published schema (where it is at hand) and always against our own
// rules in shapes.mjs; for the embedded runtime and for an OpenAI-compatible upstream.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkChunks, checkCompletion, checkError, checkModels, checkNativeError } from './shapes.mjs';
import { completionChunks } from './wire.mjs';
import { openaiSchema, schemaMissing } from './openai_schema.mjs';
import { Node, defaultModel } from './node.mjs';
import { Upstream } from './upstream.mjs';

let node;
let upstream;
let secret;
let schema = { request() {}, completion() {}, chunk() {}, models() {}, errorBody() {} };

before(async () => {
  if (!schemaMissing) schema = await openaiSchema();
  upstream = await Upstream.start();
  node = await Node.start({
    config: (config) => ({ ...config, runtimes: [...config.runtimes, { id: 'up', kind: 'openai', base_url: upstream.url }] }),
  });
  await node.ready();
  await node.ready('fake-instant');
  ({ secret } = await node.key({ name: 'schema' }));
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

const question = [{ role: 'user', content: 'What is the capital of France?' }];
const place = {
  type: 'object', properties: { capital: { type: 'string' } }, required: ['capital'], additionalProperties: false,
};
const variants = [
  ['plain', {}],
  ['temperature, top_p, seed', { temperature: 0.7, top_p: 0.9, seed: 42 }],
  ['stop and max_tokens', { stop: ['\n'], max_tokens: 8 }],
  ['max_completion_tokens', { max_completion_tokens: 3 }],
  ['logprobs', { logprobs: true, top_logprobs: 3, max_tokens: 5 }],
  ['json_object', { response_format: { type: 'json_object' }, max_tokens: 60 }],
  ['json_schema', { response_format: { type: 'json_schema', json_schema: { name: 'place', schema: place } }, max_tokens: 60 }],
  ['system, developer and earlier turns', {
    messages: [
      { role: 'system', content: 'Be brief.' }, { role: 'developer', content: 'Answer in English.' }, { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' }, { role: 'user', content: [{ type: 'text', text: 'What is the capital of France?' }] },
    ],
  }],
  ['user and metadata', { user: 'someone', metadata: { a: 'b' }, store: false }],
];

test('OpenAI\'s own schema is at hand', { skip: schemaMissing }, () => {});

for (const [name, more] of variants) {
  test(`schema: embedded, ${name}`, async () => {
    const body = { model: defaultModel, messages: question, temperature: 0, max_tokens: 32, ...more };
    schema.request(body);
    const answer = await node.chat(body, secret);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers['content-type'], /^application\/json/);
    checkCompletion(answer.json);
    schema.completion(answer.json);
  });
  test(`schema: embedded stream, ${name}`, async () => {
    for (const includeUsage of [false, true]) {
      const body = {
        model: defaultModel, messages: question, temperature: 0, max_tokens: 32, ...more, stream: true,
        ...(includeUsage ? { stream_options: { include_usage: true } } : {}),
      };
      const answer = await node.chat(body, secret);
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.headers['content-type'], /^text\/event-stream/);
      const chunks = completionChunks(answer.text);
      checkChunks(chunks, { includeUsage });
      for (const chunk of chunks) schema.chunk(chunk);
      if (more.logprobs) assert.ok(chunks.some((chunk) => chunk.choices[0]?.logprobs?.content?.length > 0));
    }
  });
}

for (const stream of [false, true]) {
  test(`schema: OpenAI-compatible upstream, stream ${stream}`, async () => {
    const answer = await node.chat({ model: 'fake-instant', messages: question, stream }, secret);
    assert.equal(answer.status, 200, answer.text);
    if (!stream) {
      checkCompletion(answer.json);
      schema.completion(answer.json);
      assert.equal(answer.json.choices[0].message.content, 'Hello from upstream.');
      assert.equal(answer.json.usage.total_tokens, 15);
      return;
    }
    const chunks = completionChunks(answer.text);
    checkChunks(chunks);
    for (const chunk of chunks) schema.chunk(chunk);
  });
}

test('schema: the upstream never sees the local key', () => {
  for (const record of upstream.requests) {
    assert.ok(!JSON.stringify(record.headers).includes('b3iq_local_'), JSON.stringify(record.headers));
  }
});

test('schema: models', async () => {
  const answer = await node.get('/v1/models', secret);
  assert.equal(answer.status, 200);
  checkModels(answer.json);
  schema.models(answer.json);
  assert.ok(answer.json.data.some((model) => model.id === defaultModel));
  assert.ok(answer.json.data.some((model) => model.id === 'fake-instant'));
});

test('schema: errors', async () => {
  const cases = [
    [await node.chat({ model: defaultModel, messages: question }), 401, 'unauthorized'],
    [await node.chat({ model: 'none', messages: question }, secret), 404, 'model_not_found'],
    [await node.chat('{', secret), 400, 'invalid_json'],
    [await node.chat({ messages: question }, secret), 400, 'invalid_request'],
    [await node.chat({ model: defaultModel }, secret), 400, 'invalid_request'],
  ];
  for (const [answer, status, code] of cases) {
    checkError(answer, status, code);
    schema.errorBody(answer.json);
  }
  checkError(await node.get('/v1/models/none', secret), 404, 'model_not_found');
  for (const target of ['/v1', '/v1/', '/v1/nothing-here', '/v1/chat/completions/none', '/v1/receiptsx']) {
    checkError(await node.get(target, secret), 404, 'not_found');
  }
  for (const target of ['/nothing-here', '/setup/v1/none', '/v1/receipts/none']) {
    checkNativeError(await node.get(target, secret), 404, 'not_found');
  }
});

// POST /v1/completions (legacy) through the real binary: the embedded model without its chat template, and an upstream that is
// asked in its own /completions.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { Node, defaultModel } from './node.mjs';
import { openaiSchema, schemaMissing } from './openai_schema.mjs';
import { checkB3iq, checkError, checkUsage } from './shapes.mjs';
import { Upstream } from './upstream.mjs';
import { completionChunks } from './wire.mjs';

let node;
let upstream;
let secret;
let client;
let schema = { textCompletion() {} };

const complete = (body) => node.request({
  method: 'POST', path: '/v1/completions', headers: { authorization: `Bearer ${secret}` }, body,
});

before(async () => {
  if (!schemaMissing) schema = await openaiSchema();
  upstream = await Upstream.start();
  node = await Node.start({
    config: (config) => ({ ...config, runtimes: [...config.runtimes, { id: 'up', kind: 'openai', base_url: upstream.url }] }),
  });
  await node.ready();
  await node.ready('fake-instant');
  ({ secret } = await node.key({ name: 'completions' }));
  client = new OpenAI({ apiKey: secret, baseURL: `${node.url}/v1`, maxRetries: 0 });
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

for (const model of [defaultModel, 'fake-instant']) {
  test(`completions: ${model}, whole and streamed alike`, async () => {
    const body = { model, prompt: 'Once upon a time', max_tokens: 12, temperature: 0 };
    const answer = await complete(body);
    assert.equal(answer.status, 200, answer.text);
    schema.textCompletion(answer.json);
    assert.equal(answer.json.object, 'text_completion');
    checkUsage(answer.json.usage);
    checkB3iq(answer.json.b3iq);
    assert.equal(Object.keys(answer.json).at(-1), 'b3iq');
    for (const usage of [false, true]) {
      const streamed = await complete({ ...body, stream: true, ...(usage ? { stream_options: { include_usage: true } } : {}) });
      assert.equal(streamed.status, 200, streamed.text);
      const chunks = completionChunks(streamed.text);
      assert.equal(chunks.map((chunk) => chunk.choices[0]?.text ?? '').join(''), answer.json.choices[0].text);
      assert.equal(chunks.filter((chunk) => chunk.choices[0]?.finish_reason).length, 1);
      checkB3iq(chunks.at(-1).b3iq);
      assert.equal(chunks.filter((chunk) => chunk.usage).length, usage ? 1 : 0);
    }
  });
}

test('completions: no template is laid around the prompt', async () => {
  const raw = await complete({ model: defaultModel, prompt: 'What is the capital of France?', max_tokens: 4, temperature: 0 });
  const chat = await node.chat({
    model: defaultModel, messages: [{ role: 'user', content: 'What is the capital of France?' }], max_tokens: 4, temperature: 0,
  }, secret);
  assert.ok(raw.json.usage.prompt_tokens < chat.json.usage.prompt_tokens, 'the template\'s own tokens');
});

test('completions: an upstream is asked in its own /completions, with the limit that OpenAI has', async () => {
  await complete({ model: 'fake-instant', prompt: 'x' });
  const { path, body } = upstream.last('fake-instant');
  assert.ok(path.endsWith('/v1/completions'), path);
  assert.deepEqual(body, { model: 'fake-instant', prompt: 'x', max_tokens: 16 });
});

test('completions: the openai client creates and streams; stop and seed hold', async () => {
  const answer = await client.completions.create({ model: defaultModel, prompt: 'The capital of France is', temperature: 0, max_tokens: 8 });
  assert.equal(answer.choices.length, 1);
  let text = '';
  for await (const chunk of await client.completions.create({
    model: defaultModel, prompt: 'The capital of France is', temperature: 0, max_tokens: 8, stream: true,
  })) text += chunk.choices[0]?.text ?? '';
  assert.equal(text, answer.choices[0].text);
  const seeded = () => client.completions.create({ model: defaultModel, prompt: 'Once', temperature: 1, seed: 5, max_tokens: 16 });
  assert.equal((await seeded()).choices[0].text, (await seeded()).choices[0].text);
  const word = answer.choices[0].text.trim().split(/\s+/)[0];
  const stopped = await client.completions.create({ model: defaultModel, prompt: 'The capital of France is', temperature: 0, max_tokens: 8, stop: [word] });
  assert.ok(!stopped.choices[0].text.includes(word));
});

test('completions: what cannot be done is refused by name', async () => {
  const cases = [
    [{ prompt: ['a', 'b'] }, 'prompt'], [{ prompt: [1, 2] }, 'prompt'], [{ n: 2 }, 'n'], [{ best_of: 2 }, 'best_of'],
    [{ echo: true }, 'echo'], [{ suffix: 'x' }, 'suffix'], [{ logprobs: 1 }, 'logprobs'], [{ messages: [] }, 'messages'],
  ];
  for (const [more, param] of cases) {
    const error = checkError(await complete({ model: defaultModel, prompt: 'x', ...more }), 400, 'unsupported_parameter');
    assert.equal(error.param, param);
  }
  assert.equal(checkError(await complete({ model: defaultModel }), 400, 'invalid_request').param, 'prompt');
});

test('G6_75_completions: a stream that breaks has an error and no [DONE]', async () => {
  upstream.fault = 'cut';
  const answer = await complete({ model: 'fake-paced', prompt: 'x', stream: true });
  assert.ok(answer.text.includes('"error"') && !answer.text.includes('[DONE]'));
  upstream.fault = undefined;
});

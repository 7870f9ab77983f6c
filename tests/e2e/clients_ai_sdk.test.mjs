// Vercel's `ai` with @ai-sdk/openai-compatible against the real binary and the real model.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateObject, generateText, streamText } from 'ai';
import { z } from 'zod';
import { Node, defaultModel } from './node.mjs';

let node;
let provider;
const prompt = 'What is the capital of France?';
const providerFor = (apiKey) => createOpenAICompatible({
  name: 'b3iq', baseURL: `${node.url}/v1`, apiKey, includeUsage: true, supportsStructuredOutputs: true,
});

before(async () => {
  node = await Node.start();
  await node.ready();
  provider = providerFor((await node.key({ name: 'ai-sdk' })).secret);
});
after(() => node?.close());

test('ai: generateText answers with Paris and counts tokens', async () => {
  const result = await generateText({ model: provider(defaultModel), prompt, temperature: 0, maxRetries: 0 });
  assert.match(result.text, /Paris/);
  assert.equal(result.finishReason, 'stop');
  assert.ok(result.usage.inputTokens > 0 && result.usage.outputTokens > 0);
});

test('ai: streamText streams the same and ends with usage', async () => {
  const result = streamText({ model: provider(defaultModel), prompt, temperature: 0, maxRetries: 0 });
  let text = '';
  for await (const part of result.textStream) text += part;
  assert.match(text, /Paris/);
  assert.ok((await result.usage).outputTokens > 0);
  assert.equal(await result.finishReason, 'stop');
});

test('ai: generateObject gives an object of the schema', async () => {
  const { object } = await generateObject({
    model: provider(defaultModel), temperature: 0, maxRetries: 0, maxOutputTokens: 120,
    schema: z.object({ country: z.string(), capital: z.string() }),
    prompt: 'Give me the capital of Italy as JSON.',
  });
  assert.deepEqual(Object.keys(object).sort(), ['capital', 'country']);
});

test('ai: a wrong key is an APICallError with status 401 that is not retried', async () => {
  const wrong = providerFor(`b3iq_local_${'0'.repeat(49)}`);
  const error = await generateText({ model: wrong(defaultModel), prompt, maxRetries: 0 }).catch((caught) => caught);
  assert.ok(APICallError.isInstance(error), String(error));
  assert.equal(error.statusCode, 401);
  assert.equal(error.isRetryable, false);
});

// Embeddings made by the embedded runtime, with real clients. The model is the default one under a pooling type: its vectors
// mean little, but they are its own.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { OpenAIEmbeddings } from '@langchain/openai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { copyWithPooling, pooling } from './gguf_copy.mjs';
import { Node, defaultModel, repoRoot, until } from './node.mjs';
import { cpuSeconds } from './processes.mjs';
import { openaiSchema, schemaMissing } from './openai_schema.mjs';
import { checkB3iq, checkError } from './shapes.mjs';

const model = 'atlas-embed';
const kWidth = 256;
const kContext = 512;
const texts = ['What is the capital of France?', 'Count from 1 to 20.', 'Rome'];
let folder;
let node;
let secret;
let client;
let schema = { embeddings() {}, embeddingRequest() {} };

const embed = (body, key = secret) => node.request({
  method: 'POST', path: '/v1/embeddings', headers: { authorization: `Bearer ${key}` }, body: { model, ...body },
});
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
// The worker that has used processor time since `before`, a map of pid to seconds.
const times = () => new Map(node.workers().map(({ pid }) => [pid, cpuSeconds(pid)]));

before(async () => {
  if (!schemaMissing) schema = await openaiSchema();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-embed-'));
  const file = path.join(folder, 'atlas-embed.gguf');
  copyWithPooling(path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf'), file, pooling.mean);
  node = await Node.start({
    config: (config) => ({
      ...config,
      runtimes: [{ id: 'embedded', kind: 'embedded' }, { id: 'vectors', kind: 'embedded', model: file, name: model }],
    }),
  });
  await node.ready();
  ({ secret } = await node.key({ name: 'embed', scope: ['chat', 'models', 'receipts'] }));
  client = new OpenAI({ apiKey: secret, baseURL: `${node.url}/v1`, maxRetries: 0 });
});
after(async () => {
  await node?.close();
  if (folder) fs.rmSync(folder, { recursive: true, force: true });
});

test('embedded embeddings: one vector of length 1 per text, alone as in a batch, with usage and receipt', async () => {
  const body = { input: texts, encoding_format: 'float' };
  const answer = await embed(body);
  assert.equal(answer.status, 200, answer.text);
  schema.embeddings(answer.json);
  const { data, usage, b3iq } = answer.json;
  assert.deepEqual(data.map((item) => item.index), [0, 1, 2]);
  let tokens = 0;
  for (const [i, item] of data.entries()) {
    assert.equal(item.embedding.length, kWidth);
    assert.ok(Math.abs(dot(item.embedding, item.embedding) - 1) < 1e-4);
    const alone = (await embed({ input: texts[i] })).json;
    assert.ok(dot(alone.data[0].embedding, item.embedding) > 0.9999, texts[i]);
    tokens += alone.usage.prompt_tokens;
  }
  assert.ok(dot(data[0].embedding, data[1].embedding) < 0.9999, 'other words, another vector');
  assert.deepEqual(usage, { prompt_tokens: tokens, total_tokens: tokens });
  checkB3iq(b3iq, { writes: false });
  assert.equal(b3iq.runtime_kind, 'embedded');
  const { json } = await node.get(`/v1/receipts?receipt_hash=${b3iq.receipt_hash}`, secret);
  assert.equal(json.data[0].receipt.usage.prompt_tokens, tokens);
});

test('embedded embeddings: the openai client, as base64 and as numbers', async () => {
  const packed = await client.embeddings.create({ model, input: texts });
  const plain = await client.embeddings.create({ model, input: texts, encoding_format: 'float' });
  for (const [k, item] of packed.data.entries()) {
    assert.equal(item.embedding.length, kWidth);
    assert.ok(dot(item.embedding, plain.data[k].embedding) > 0.9999);
  }
  assert.deepEqual(packed.usage, plain.usage);
});

test('embedded embeddings: langchain embeds documents and a query', async () => {
  const embeddings = new OpenAIEmbeddings({
    model, apiKey: secret, batchSize: 2, maxRetries: 0, configuration: { baseURL: `${node.url}/v1` },
  });
  const documents = await embeddings.embedDocuments(texts);
  const query = await embeddings.embedQuery(texts[2]);
  assert.equal(documents.length, texts.length);
  const [best] = documents.map((vector, i) => [dot(vector, query), i]).sort((a, b) => b[0] - a[0]);
  assert.equal(best[1], 2);
});

test('embedded embeddings: the ollama client, by embed and by the older embeddings', async () => {
  const ollama = new Ollama({ host: node.url, headers: { Authorization: `Bearer ${secret}` } });
  const plain = await client.embeddings.create({ model, input: texts, encoding_format: 'float' });
  const answer = await ollama.embed({ model, input: texts });
  assert.equal(answer.model, model);
  assert.equal(answer.prompt_eval_count, plain.usage.prompt_tokens);
  assert.ok(Number.isSafeInteger(answer.total_duration) && answer.total_duration > 0);
  checkB3iq(answer.b3iq, { writes: false });
  assert.equal(Object.keys(answer).at(-1), 'b3iq');
  for (const [k, vector] of answer.embeddings.entries()) assert.ok(dot(vector, plain.data[k].embedding) > 0.9999);
  const single = await ollama.embed({ model, input: texts[0], truncate: false, dimensions: kWidth, keep_alive: '5m' });
  assert.ok(dot(single.embeddings[0], answer.embeddings[0]) > 0.9999);
  const older = await ollama.embeddings({ model, prompt: texts[1] });
  assert.ok(dot(older.embedding, answer.embeddings[1]) > 0.9999);
  await assert.rejects(ollama.embed({ model, input: texts[0], truncate: true }), /truncate/);
  await assert.rejects(ollama.embed({ model, input: 'word '.repeat(2 * kContext) }), /512/);
  await assert.rejects(ollama.embed({ model: 'none', input: 'x' }), /no model 'none'/);
  assert.deepEqual((await ollama.show({ model })).capabilities, ['embedding']);
});

test('embedded embeddings: token ids, and the model\'s own dimensions', async () => {
  const answer = await embed({ input: [[10, 20, 30], [40]], dimensions: kWidth });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.usage.prompt_tokens, 4);
  const refused = checkError(await embed({ input: 'x', dimensions: 8 }), 400, 'unsupported_parameter');
  assert.equal(refused.param, 'dimensions');
  assert.match(refused.message, /256/);
  assert.equal(checkError(await embed({ input: [[1], [1, 99_999]] }), 400, 'invalid_request').param, 'input[1]');
});

test('embedded embeddings: what is too long is named, never cut', async () => {
  const answer = await embed({ input: ['short', 'word '.repeat(2 * kContext)] });
  const error = checkError(answer, 400, 'context_length_exceeded');
  assert.equal(error.param, 'input[1]');
  assert.match(error.message, /512/);
});

test('embedded embeddings: each model refuses what it is not for', async () => {
  const chat = await node.chat({ model, messages: [{ role: 'user', content: 'Hi' }] }, secret);
  assert.match(checkError(chat, 400, 'unsupported_parameter').message, /embeddings only/);
  const vectors = await embed({ model: defaultModel, input: 'x' });
  assert.match(checkError(vectors, 400, 'unsupported_parameter').message, /embedding model/);
  const { operator_token: token } = JSON.parse(fs.readFileSync(`${node.home}/run/agent.json`, 'utf8'));
  const { json } = await node.get('/v1/model-profiles', token);
  assert.deepEqual(json.data.find((one) => one.id === model).serves, ['embeddings']);
});

test('embedded embeddings: a chat goes on beside a large request, and its caller may leave', { timeout: 90_000 }, async () => {
  const gone = new AbortController();
  const before = times();
  const large = client.embeddings.create({ model, input: Array(2_000).fill('capital '.repeat(200)) }, { signal: gone.signal });
  large.catch(() => {});
  const busy = await until(() => [...times()].find(([pid, seconds]) => seconds - (before.get(pid) ?? 0) > 0.5)?.[0], 30_000, 'work');
  const answer = await node.chat({ model: defaultModel, messages: [{ role: 'user', content: texts[0] }], temperature: 0 }, secret);
  assert.match(answer.json.choices[0].message.content, /Paris/);
  assert.equal((await embed({ input: 'a short one' })).status, 200);
  gone.abort();
  await assert.rejects(large);
  // The worker comes to rest long before it could have been done.
  let last = -1;
  let same = 0;
  await until(() => {
    const now = cpuSeconds(busy);
    same = now === last ? same + 1 : 0;
    last = now;
    return same === 30;
  }, 30_000, 'the end of the work');
});

test('embedded embeddings: a worker killed in mid-request is an honest error, and the next request is answered', { timeout: 90_000 }, async () => {
  const before = times();
  const cut = embed({ input: Array(2_000).fill('capital '.repeat(200)) });
  const busy = await until(() => [...times()].find(([pid, seconds]) => seconds - (before.get(pid) ?? 0) > 0.3)?.[0], 30_000, 'work');
  process.kill(busy, 'SIGKILL');
  checkError(await cut, 502, 'runtime_failed');
  await until(async () => (await embed({ input: 'next' })).status === 200, 60_000, 'a new worker');
});

// POST /v1/embeddings with real clients, through the real binary, to a scripted OpenAI-compatible server.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { OpenAIEmbeddings } from '@langchain/openai';
import OpenAI from 'openai';
import { Node, defaultModel, until } from './node.mjs';
import { openaiSchema, schemaMissing } from './openai_schema.mjs';
import { checkB3iq, checkError } from './shapes.mjs';
import { Upstream } from './upstream.mjs';
import { contentCommitment } from './verify_receipt.mjs';

const model = 'org/fake-embed:v1';
let node;
let upstream;
let secret;
let client;
let schema = { embeddings() {}, embeddingRequest() {} };

const embed = (body, key = secret) => node.request({
  method: 'POST', path: '/v1/embeddings', headers: key ? { authorization: `Bearer ${key}` } : {}, body,
});

before(async () => {
  if (!schemaMissing) schema = await openaiSchema();
  upstream = await Upstream.start();
  node = await Node.start({
    config: (config) => ({ ...config, runtimes: [...config.runtimes, { id: 'up', kind: 'openai', base_url: upstream.url }] }),
  });
  await node.ready();
  await node.ready('fake-instant');
  ({ secret } = await node.key({ name: 'embed', scope: ['chat', 'models', 'receipts'] }));
  client = new OpenAI({ apiKey: secret, baseURL: `${node.url}/v1`, maxRetries: 0 });
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

test('embeddings: texts keep their order, usage and b3iq come with them', async () => {
  const body = { model, input: ['a', 'four', ''.padEnd(9, 'x')], encoding_format: 'float', user: 'someone' };
  schema.embeddingRequest(body);
  const answer = await embed(body);
  assert.equal(answer.status, 200, answer.text);
  schema.embeddings(answer.json);
  assert.deepEqual(answer.json.data.map((item) => item.embedding[0]), [1, 4, 9]);
  assert.deepEqual(answer.json.data[0].embedding, [1, 0.1, 0.2, 0.3]);  // floats, not doubles of floats
  assert.deepEqual(answer.json.data.map((item) => item.index), [0, 1, 2]);
  assert.deepEqual(answer.json.usage, { prompt_tokens: 9, total_tokens: 9 });
  assert.equal(answer.json.model, model);
  assert.equal(Object.keys(answer.json).at(-1), 'b3iq');
  checkB3iq(answer.json.b3iq);
});

test('embeddings: the receipt is durable before the answer and covers its bytes', async () => {
  const body = JSON.stringify({ model, input: 'a receipt' });
  const answer = await embed(body);
  const { receipt_hash: hash, receipt_salt: salt } = answer.json.b3iq;
  const { json } = await node.get(`/v1/receipts?receipt_hash=${hash}`, secret);
  const [{ receipt }] = json.data;
  assert.equal(receipt.model_id, model);
  assert.equal(receipt.finish, 'stop');
  assert.deepEqual([receipt.usage.prompt_tokens, receipt.usage.completion_tokens], [3, 0]);
  const delivered = answer.text.replace(/,"b3iq":\{[^}]*\}\}$/, '}');
  assert.equal(contentCommitment(salt, Buffer.from(body), Buffer.from(delivered)), receipt.content_commitment);
});

test('embeddings: the openai client reads base64 by default and floats when asked', async () => {
  const packed = await client.embeddings.create({ model, input: ['a', 'four'] });
  const plain = await client.embeddings.create({ model, input: ['a', 'four'], encoding_format: 'float' });
  assert.equal(packed.data.length, 2);
  for (const [k, item] of packed.data.entries()) {
    assert.deepEqual(Array.from(item.embedding, Math.fround), plain.data[k].embedding.map(Math.fround));
  }
  assert.equal(packed.usage.total_tokens, 6);
});

test('embeddings: dimensions go to the model and are refused by one that cannot', async () => {
  const answer = await client.embeddings.create({ model, input: 'x', dimensions: 7, encoding_format: 'float' });
  assert.equal(answer.data[0].embedding.length, 7);
  const refused = await embed({ model: 'fake-embed-fixed', input: 'x', dimensions: 7 });
  assert.equal(checkError(refused, 400, 'unsupported_parameter').param, 'dimensions');
});

test('embeddings: token ids reach a runtime that takes them', async () => {
  const one = await embed({ model, input: [1, 2, 3] });
  assert.deepEqual(one.json.data.map((item) => item.embedding[0]), [3]);
  const two = await embed({ model, input: [[1, 2], [3]] });
  assert.deepEqual(two.json.data.map((item) => item.embedding[0]), [2, 1]);
  assert.deepEqual(upstream.last(model).body.input, [[1, 2], [3]]);
});

test('embeddings: langchain embeds documents and a query', async () => {
  const embeddings = new OpenAIEmbeddings({
    model, apiKey: secret, batchSize: 2, maxRetries: 0, configuration: { baseURL: `${node.url}/v1` },
  });
  const vectors = await embeddings.embedDocuments(['a', 'bb', 'ccc']);
  assert.deepEqual(vectors.map((vector) => vector[0]), [1, 2, 3]);
  assert.equal((await embeddings.embedQuery('four')).length, 4);
});

test('embeddings: what is wrong is named', async () => {
  const cases = [
    [{ model, input: '' }, 'input'], [{ model, input: [] }, 'input'], [{ model, input: ['a', ''] }, 'input[1]'],
    [{ model, input: ['a', 1] }, 'input[1]'], [{ model, input: [[1], 'a'] }, 'input[1]'], [{ model, input: [0.5] }, 'input[0]'],
    [{ model, input: [-1] }, 'input[0]'], [{ model, input: {} }, 'input'], [{ model }, 'input'], [{ input: 'x' }, 'model'],
    [{ model, input: 'x', dimensions: 0 }, 'dimensions'], [{ model, input: 'x', encoding_format: 'int8' }, 'encoding_format'],
    [{ model, input: Array(2049).fill('x') }, 'input'],
  ];
  for (const [body, param] of cases) {
    assert.equal(checkError(await embed(body), 400, 'invalid_request').param, param, JSON.stringify(body).slice(0, 80));
  }
  assert.equal(checkError(await embed({ model, input: 'x', truncate: true }), 400, 'unsupported_parameter').param, 'truncate');
  checkError(await embed({ model: 'none', input: 'x' }), 404, 'model_not_found');
  checkError(await embed({ model, input: 'x' }, ''), 401, 'unauthorized');
  const wrongType = await node.request({
    method: 'POST', path: '/v1/embeddings', headers: { authorization: `Bearer ${secret}`, 'content-type': 'text/plain' }, body: '{}',
  });
  checkError(wrongType, 415, 'unsupported_media_type');
});

test('embeddings: a chat model refuses clearly', async () => {
  const refused = await embed({ model: defaultModel, input: 'x' });
  const error = checkError(refused, 400, 'unsupported_parameter');
  assert.equal(error.param, 'model');
  assert.match(error.message, /embedding model/);
});

test('embeddings: keys, budgets and rate limits hold', async () => {
  const { secret: modelsOnly } = await node.key({ name: 'models', scope: 'models' });
  checkError(await embed({ model, input: 'x' }, modelsOnly), 403, 'local_api_key_scope_denied');
  const { secret: other } = await node.key({ name: 'other', model: 'fake-instant' });
  checkError(await embed({ model, input: 'x' }, other), 403, 'model_not_allowed');
  const { secret: limited } = await node.key({ name: 'limited', rpm: 1 });
  const first = await embed({ model, input: 'x' }, limited);
  assert.equal(first.headers['x-ratelimit-remaining-requests'], '0');
  checkError(await embed({ model, input: 'x' }, limited), 429, 'rate_limited');
  const { secret: poor } = await node.key({ name: 'poor', budgetTokens: 100 });
  assert.equal((await embed({ model, input: ['x', 'y'] }, poor)).status, 200);
  checkError(await embed({ model, input: 'x'.repeat(400) }, poor), 402, 'budget_exceeded');
});

test('embeddings: metrics count inputs and time', async () => {
  const { secret: reader } = await node.key({ name: 'metrics', scope: 'metrics' });
  const count = async (name) => {
    const { text } = await node.get('/metrics', reader);
    return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+]+)$`, 'mg'))].reduce((sum, [, one]) => sum + Number(one), 0);
  };
  const [inputs, calls] = [await count('b3iq_embedding_inputs_total'), await count('b3iq_embedding_duration_seconds_count')];
  await embed({ model, input: ['a', 'b'] });
  assert.equal(await count('b3iq_embedding_inputs_total'), inputs + 2);
  assert.equal(await count('b3iq_embedding_duration_seconds_count'), calls + 1);
});

test('embeddings: usage that the runtime does not tell is estimated', async () => {
  const answer = await embed({ model: 'fake-embed-fixed', input: ['123456', '1'] });
  assert.deepEqual(answer.json.usage, { prompt_tokens: 4, total_tokens: 4 });
});

test('G6_75_embeddings: an upstream that fails or talks rubbish is an error, never a vector', async () => {
  for (const fault of ['status-500', 'reset', 'rubbish']) {
    upstream.fault = fault;
    checkError(await embed({ model, input: 'x' }), 502, 'runtime_failed');
    upstream.fault = undefined;
    // Three failures in a row would open the breaker.
    assert.equal((await embed({ model, input: 'x' })).status, 200);
  }
});

test('G6_76_embeddings: the model\'s next runtime is asked when one fails, and the receipt names what answered', async () => {
  const other = await Upstream.start();
  const pair = await Node.start({
    config: (config) => ({
      ...config, runtimes: [{ id: 'one', kind: 'openai', base_url: upstream.url }, { id: 'two', kind: 'vllm', base_url: other.url }],
    }),
  });
  try {
    await pair.ready('fake-instant');
    const { secret: mine } = await pair.key({ name: 'failover' });
    const before = upstream.requests.length;
    upstream.fault = 'status-500';
    const answer = await pair.request({
      method: 'POST', path: '/v1/embeddings', headers: { authorization: `Bearer ${mine}` }, body: { model, input: 'x' },
    });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.b3iq.runtime_kind, 'vllm');
    assert.equal(upstream.requests.length, before + 1);
  } finally {
    upstream.fault = undefined;
    await pair.close();
    await other.close();
  }
});

test('embeddings: a caller that goes takes the work with it', async () => {
  upstream.fault = 'hang';
  const gone = new AbortController();
  const asked = client.embeddings.create({ model, input: 'marker of the hung one' }, { signal: gone.signal });
  const hung = await until(() => upstream.requests.find((r) => JSON.stringify(r.body).includes('hung one')), 5_000, 'the request');
  gone.abort();
  await assert.rejects(asked);
  await until(() => hung.closedAt, 2_000, 'the end of the upstream call');
  upstream.fault = undefined;
});

test('models: one model by its name, as it stands or percent-encoded', async () => {
  for (const name of [model, encodeURIComponent(model), 'org/fake-embed%3Av1']) {
    const answer = await node.get(`/v1/models/${name}`, secret);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.id, model);
    assert.equal(answer.json.object, 'model');
  }
  assert.equal((await client.models.retrieve(model)).id, model);
  await assert.rejects(client.models.retrieve('no/such'), (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found');
  const { secret: other } = await node.key({ name: 'other', model: 'fake-instant' });
  checkError(await node.get(`/v1/models/${model}`, other), 403, 'model_not_allowed');
  assert.equal((await node.get('/v1/models/fake-instant', other)).status, 200);
});

test('model profiles: what is known, and nothing of addresses and paths', async () => {
  checkError(await node.get('/v1/models/none', secret), 404, 'model_not_found');
  assert.equal((await node.get('/v1/model-profiles', secret)).status, 401);
  const { operator_token: token } = JSON.parse(fs.readFileSync(`${node.home}/run/agent.json`, 'utf8'));
  const { status, json, text } = await node.get('/v1/model-profiles', token);
  assert.equal(status, 200, text);
  const profile = (id) => json.data.find((one) => one.id === id);
  const { context_tokens: context, blockers, ...atlas } = profile(defaultModel);
  assert.deepEqual(blockers.map(({ gate }) => gate), ['fresh_heartbeat', 'public_route_ready', 'protocol_ready', 'policy_ready']);
  assert.ok(context > 0);
  assert.deepEqual(atlas, {
    id: defaultModel, object: 'model_profile', status: 'installed', runtime_kind: 'embedded', route_tier: 'unknown',
    network_eligible: false, benchmark_verified: false, paid_route_eligible: false, queue_health: 'healthy', serves: ['chat'],
  });
  assert.equal(profile(model).runtime_kind, 'openai');
  for (const secretThing of [upstream.url, '127.0.0.1', node.home, '.gguf', '"up"']) assert.ok(!text.includes(secretThing), secretThing);
});

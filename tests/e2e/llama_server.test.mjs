// The real llama-server behind the node. Runs where one is at hand: B3IQ_LLAMA_SERVER, or the one that bench/llama_server.sh has
// built; nothing here builds it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { copyWithPooling, pooling } from './gguf_copy.mjs';
import { Node, repoRoot, request, until } from './node.mjs';
import { checkB3iq, checkCompletion, checkError } from './shapes.mjs';

const built = path.join(repoRoot, 'build/llama-server/build/bin/llama-server');
const program = process.env.B3IQ_LLAMA_SERVER ?? built;
const skip = fs.existsSync(program) ? false : `no llama-server: ${program} is not there (B3IQ_LLAMA_SERVER names one; bench/llama_server.sh builds one)`;
const modelFile = path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf');
const kProbedPort = 8080;  // where a probe looks for a llama-server
const kContext = 512;
const messages = [{ role: 'user', content: 'What is the capital of France?' }];

function freePort(port = 0) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.on('error', () => resolve(0));
    server.listen(port, '127.0.0.1', () => {
      const { port: found } = server.address();
      server.close(() => resolve(found));
    });
  });
}

class LlamaServer {
  static async start(port, ...words) {
    const server = new LlamaServer();
    server.port = port;
    server.words = ['--host', '127.0.0.1', '--port', String(port), '--threads', '1', '--threads-batch', '1', '--threads-http', '2', ...words];
    await server.serve();
    return server;
  }

  async serve() {
    this.child = spawn(program, this.words, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.output = '';
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk) => { this.output = (this.output + chunk).slice(-10_000); });
    }
    this.exit = once(this.child, 'exit').then(() => { this.ended = true; });
    this.ended = false;
    await until(async () => {
      if (this.ended) assert.fail(`llama-server ended:\n${this.output}`);
      const answer = await request(this.root, { path: '/health', timeoutMs: 2_000 }).catch(() => undefined);
      return answer?.status === 200;
    }, 60_000, 'llama-server');
  }

  get root() { return `http://127.0.0.1:${this.port}`; }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    await this.exit;
  }
}

let folder;
let writer;  // the server that chats
let embedder;
let probed;
let node;
let secret;
let client;

before(async () => {
  if (skip) return;
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-llama-'));
  const vectors = path.join(folder, 'vectors.gguf');
  copyWithPooling(modelFile, vectors, pooling.mean);
  probed = await freePort(kProbedPort);
  writer = await LlamaServer.start(probed || await freePort(), '--model', modelFile, '--alias', 'atlas', '--jinja', '--metrics',
    '--parallel', '2', '--ctx-size', String(2 * kContext));
  embedder = await LlamaServer.start(await freePort(), '--model', vectors, '--alias', 'vectors', '--embeddings');
  const runtime = (id, server) => ({ id, kind: 'openai', profile: 'llama-server', base_url: `${server.root}/v1` });
  node = await Node.start({
    config: (config) => ({
      ...config,
      runtimes: [runtime('writer', writer), runtime('embedder', embedder), { id: 'own', kind: 'embedded', model: vectors, name: 'own-vectors' }],
    }),
  });
  await node.ready('atlas');
  ({ secret } = await node.key({ name: 'llama', scope: ['chat', 'models'] }));
  client = new OpenAI({ apiKey: secret, baseURL: `${node.url}/v1`, maxRetries: 0 });
});
after(async () => {
  await node?.close();
  await writer?.stop('SIGKILL');
  await embedder?.stop('SIGKILL');
  if (folder) fs.rmSync(folder, { recursive: true, force: true });
});

const runtimes = async () => (await node.cli(['runtimes', 'list', '--json'])).json.data;
const writerFacts = async () => (await runtimes()).find((one) => one.id === 'writer');

test('llama-server: a probe finds it, with version and model', { skip }, async (t) => {
  if (!probed) return t.skip(`port ${kProbedPort} is taken here`);
  const found = await node.cli(['runtimes', 'probe', '--json']);
  assert.equal(found.code, 0, found.stderr);
  const one = found.json.data.find((each) => each.base_url === `${writer.root}/v1`);
  assert.ok(one, found.stdout);
  assert.deepEqual([one.kind, one.profile, one.models], ['openai', 'llama-server', ['atlas']]);
  assert.match(one.version, /^\S+$/);
});

test('llama-server: models, context, version and load', { skip }, async () => {
  const ids = (await client.models.list()).data.map((model) => model.id);
  assert.deepEqual(ids.sort(), ['atlas', 'own-vectors', 'vectors']);
  const { operator_token: token } = JSON.parse(fs.readFileSync(`${node.home}/run/agent.json`, 'utf8'));
  const profiles = (await node.get('/v1/model-profiles', token)).json.data;
  const atlas = profiles.find((profile) => profile.id === 'atlas');
  assert.equal(atlas.context_tokens, kContext);
  assert.equal(atlas.status, 'installed');
  const facts = await writerFacts();
  assert.equal(facts.state, 'ready');
  assert.match(facts.version, /^\S+$/);
  assert.deepEqual([facts.running, facts.waiting], [0, 0]);
});

test('llama-server: a chat, whole and streamed', { skip }, async () => {
  const whole = await node.chat({ model: 'atlas', messages, temperature: 0 }, secret);
  checkCompletion(whole.json);
  assert.equal(whole.json.choices[0].message.content, 'The capital of France is Paris.');
  checkB3iq(whole.json.b3iq);
  assert.equal(whole.json.b3iq.runtime_kind, 'openai');
  const stream = await client.chat.completions.create({
    model: 'atlas', messages, temperature: 0, stream: true, stream_options: { include_usage: true },
  });
  let text = '';
  let usage;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? '';
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, 'The capital of France is Paris.');
  assert.deepEqual(
    [usage.prompt_tokens, usage.completion_tokens], [whole.json.usage.prompt_tokens, whole.json.usage.completion_tokens]);
});

test('llama-server: a schema is kept, a prompt beyond the context is refused by name', { skip }, async () => {
  const schema = { type: 'object', properties: { capital: { type: 'string', maxLength: 20 } }, required: ['capital'], additionalProperties: false };
  const answer = await node.chat({
    model: 'atlas', messages, temperature: 0, response_format: { type: 'json_schema', json_schema: { name: 'city', schema } },
  }, secret);
  assert.deepEqual(Object.keys(JSON.parse(answer.json.choices[0].message.content)), ['capital']);
  const long = await node.chat({ model: 'atlas', messages: [{ role: 'user', content: 'word '.repeat(4 * kContext) }] }, secret);
  checkError(long, 400, 'context_length_exceeded');
});

test('llama-server: what runs there is told while it runs', { skip }, async () => {
  const gone = new AbortController();
  const running = client.chat.completions.create(
    { model: 'atlas', messages: [{ role: 'user', content: 'Count from 1 to 60.' }], stream: true, logit_bias: { 2: -100, 4: -100 } }, { signal: gone.signal });
  const stream = await running;
  const chunks = stream[Symbol.asyncIterator]();
  await chunks.next();
  // Short answers may end before they are seen, so this one is asked again until it was.
  await until(async () => {
    if ((await writerFacts()).running > 0) return true;
    client.chat.completions.create({ model: 'atlas', messages, max_tokens: 400, logit_bias: { 2: -100, 4: -100 } }).catch(() => {});
    return false;
  }, 30_000, 'a running request in its metrics');
  gone.abort();
  await until(async () => (await writerFacts()).running === 0, 30_000, 'the end of it');
});

test('llama-server: embeddings, and those of the embedded runtime are the same', { skip }, async () => {
  const input = ['What is the capital of France?', 'Rome', 'Count from 1 to 20. '.repeat(20), '<|im_start|>user', 'Łódź 東京 \u{1f600}'];
  const theirs = await client.embeddings.create({ model: 'vectors', input, encoding_format: 'float' });
  const own = await client.embeddings.create({ model: 'own-vectors', input, encoding_format: 'float' });
  assert.deepEqual(own.usage, theirs.usage);
  for (const [i, item] of theirs.data.entries()) {
    const likeness = item.embedding.reduce((sum, x, k) => sum + x * own.data[i].embedding[k], 0);
    assert.ok(likeness > 0.999, `${input[i]}: ${likeness}`);
  }
  const packed = await client.embeddings.create({ model: 'vectors', input: input[0] });
  assert.equal(packed.data[0].embedding.length, 256);
  const refused = await node.request({
    method: 'POST', path: '/v1/embeddings', headers: { authorization: `Bearer ${secret}` }, body: { model: 'vectors', input: 'x', dimensions: 8 },
  });
  assert.equal(checkError(refused, 400, 'unsupported_parameter').param, 'dimensions');
});

// The text of a stream during which the server was killed, at its first words.
async function killedStream() {
  const body = { model: 'atlas', messages: [{ role: 'user', content: 'Count from 1 to 60.' }], stream: true, max_tokens: 480, logit_bias: { 2: -100, 4: -100 } };
  const answer = await fetch(`${node.url}/v1/chat/completions`, {
    method: 'POST', headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }, body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200);
  let text = '';
  for await (const chunk of answer.body) {
    if (text === '') writer.child.kill('SIGKILL');
    text += Buffer.from(chunk).toString('utf8');
  }
  await writer.exit;
  return text;
}

const answersAgain = () => until(
  async () => (await node.chat({ model: 'atlas', messages, temperature: 0 }, secret)).status === 200, 60_000, 'an answer of the new one');

test('llama-server: killed in mid-stream the caller gets an error in the stream, and its return is noticed', { skip, timeout: 240_000 }, async () => {
  let text = await killedStream();
  // It may have been done before the signal came, when this process had to wait for its turn.
  for (let again = 0; again < 3 && text.includes('[DONE]'); again += 1) {
    await writer.serve();
    await answersAgain();
    text = await killedStream();
  }
  assert.match(text, /"content":"[^"]/, 'some words came');
  assert.match(text, /"error":\{/, text.slice(-300));
  assert.doesNotMatch(text, /\[DONE\]/);
  const refused = await node.chat({ model: 'atlas', messages }, secret);
  assert.ok([502, 503].includes(refused.status), refused.text);
  assert.equal((await client.embeddings.create({ model: 'vectors', input: 'the other one goes on' })).data.length, 1);
  await writer.serve();
  await answersAgain();
  assert.equal((await writerFacts()).state, 'ready');
});

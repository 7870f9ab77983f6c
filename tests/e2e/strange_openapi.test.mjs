// A mock server nobody here wrote (@stdy/cli) behind the node. It serves OpenAI's own document, where that is at hand, with values
// that are valid and senseless; and always a document of ours with answers that other servers give.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, request, until } from './node.mjs';
import { schemaFile, schemaMissing } from './openai_schema.mjs';
import { checkB3iq, checkError } from './shapes.mjs';
import { b3iqOf } from './verify_receipt.mjs';
import { sseData } from './wire.mjs';

function steadyProgram() {
  try {
    return createRequire(import.meta.url).resolve(`@stdy/cli-${process.platform}-${process.arch}/bin/steady`);
  } catch {
    return undefined;
  }
}
const program = steadyProgram();
const skip = program ? false : `@stdy/cli has no program for ${process.platform} ${process.arch} here (npm ci)`;
const messages = [{ role: 'user', content: 'Hi' }];

const json = (example) => ({ 'application/json': { schema: {}, example } });
const completion = (message, more = {}) => ({
  id: 'x', object: 'chat.completion', created: 1, model: 'other', choices: [{ index: 0, finish_reason: 'stop', message }], ...more,
});
// name → what the server of that name answers every chat with: [status, content, headers].
const kAnswers = {
  'only-a-refusal': [200, json(completion({ role: 'assistant', content: null, refusal: 'No.' }))],
  'unknown-members': [200, json(completion({ role: 'assistant', content: 'ü\u0000\u2028"', annotations: [], odd: { deep: [1e300, -0.5] } }, { system_fingerprint: null, x: [] }))],
  'usage-of-nulls': [200, json(completion({ role: 'assistant', content: 'Hi' }, { usage: null }))],
  'no-choices': [200, json(completion(null, { choices: [] }))],
  'not-an-object': [200, json([1, 2, 3])],
  'a-page': [200, { 'text/html': { schema: { type: 'string' }, example: '<html>hello</html>' } }],
  'moved': [302, {}, { Location: { schema: { type: 'string' }, example: 'http://127.0.0.1:1/' } }],
  'no-content': [204, {}],
  'unauthorized': [401, json({ error: { message: 'no key', type: 'x', code: 'y' } })],
  'not-there': [404, json({ detail: 'Not Found' })],
  'too-many': [429, json({ error: { message: 'slow down' } })],
  'broken': [500, json({ error: 'a text, not an object' })],
  'away': [503, {}],
};

function ourDocument() {
  const paths = {};
  for (const [name, [status, content, headers]] of Object.entries(kAnswers)) {
    paths[`/${name}/v1/chat/completions`] = { post: { responses: { [status]: { description: name, content, ...(headers ? { headers } : {}) } } } };
  }
  return { openapi: '3.1.0', info: { title: 'odd', version: '1' }, paths };
}

function openaiDocument() {
  const document = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
  return { ...document, paths: Object.fromEntries(Object.entries(document.paths).map(([name, value]) => [`/openai/v1${name}`, value])) };
}

class Steady {
  static async start(folder, name, document) {
    const steady = new Steady();
    const file = path.join(folder, `${name}.json`);
    fs.writeFileSync(file, JSON.stringify(document));
    steady.port = await new Promise((resolve) => {
      const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
    });
    steady.child = spawn(program, ['--port', String(steady.port), '--host', '127.0.0.1', '--log-format', 'json', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    steady.output = '';
    for (const stream of [steady.child.stdout, steady.child.stderr]) stream.on('data', (text) => { steady.output = (steady.output + text).slice(-20_000); });
    steady.exit = once(steady.child, 'exit').then(() => { steady.ended = true; });
    steady.url = `http://127.0.0.1:${steady.port}`;
    await until(async () => {
      if (steady.ended) assert.fail(`the mock server ended:\n${steady.output}`);
      return request(steady.url, { path: '/nothing', timeoutMs: 2_000 }).then(() => true, () => false);
    }, 60_000, 'the mock server');
    return steady;
  }

  async close() {
    if (!this.ended) this.child.kill('SIGKILL');
    await this.exit;
  }
}

let folder;
let odd;
let openai;
let node;
let secret;
let model;
const post = (target, body) => node.request({ method: 'POST', path: target, headers: { authorization: `Bearer ${secret}` }, body });

before(async () => {
  if (skip) return;
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-odd-'));
  odd = await Steady.start(folder, 'odd', ourDocument());
  const runtimes = Object.keys(kAnswers).map((name) => ({ id: name, kind: 'openai', base_url: `${odd.url}/${name}/v1`, models: [name] }));
  if (!schemaMissing) {
    openai = await Steady.start(folder, 'openai', openaiDocument());
    runtimes.push({ id: 'openai', kind: 'openai', base_url: `${openai.url}/openai/v1` });
  }
  node = await Node.start({ config: { runtimes } });
  ({ secret } = await node.key({ name: 'odd', scope: ['chat', 'models', 'receipts'] }));
  if (openai) {
    const invented = async () => (await node.get('/v1/models', secret)).json.data.find(({ id }) => !(id in kAnswers))?.id;
    model = await until(invented, 30_000, 'the model that the mock server invents');
  }
});
after(async () => {
  await node?.close();
  await odd?.close();
  await openai?.close();
  if (folder) fs.rmSync(folder, { recursive: true, force: true });
});

const healthy = async () => assert.equal((await node.request({ path: '/health' })).status, 200);
const noSchema = skip || schemaMissing;

test('mock of OpenAI: what it invents for a chat goes on as it came, with a receipt under the name that was asked for', { skip: noSchema }, async () => {
  const answer = await node.chat({ model, messages }, secret);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.object, 'chat.completion');
  checkB3iq(answer.json.b3iq);
  const { data } = (await node.get('/v1/receipts', secret)).json;
  const { receipt } = data.find((entry) => entry.receipt_hash === answer.json.b3iq.receipt_hash);
  assert.equal(receipt.model_id, model);
  assert.ok(receipt.usage.total_tokens > 0, 'no usage came: an estimate is charged');
});

test('mock of OpenAI: a stream of chunks with other ids, places and reasons is relayed and ends once', { skip: noSchema }, async () => {
  const answer = await node.chat({ model, messages, stream: true }, secret);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.text.match(/^data: \[DONE\]$/gm)?.length, 1);
  assert.match(answer.text, /data: \[DONE\]\n\n$/);
  checkB3iq(b3iqOf(answer.bytes));
  for (const data of sseData(answer.text)) if (data !== '[DONE]') JSON.parse(data);
});

for (const [name, target, body] of [
  ['responses', '/v1/responses', { input: 'Hi' }], ['messages', '/v1/messages', { messages, max_tokens: 10 }],
  ['Ollama chat', '/api/chat', { messages, stream: false }], ['completions', '/v1/completions', { prompt: 'Hi' }],
]) {
  test(`mock of OpenAI: the same through ${name}`, { skip: noSchema }, async () => {
    const answer = await post(target, { model, ...body });
    assert.equal(answer.status, 200, answer.text);
    checkB3iq(answer.json.b3iq);
  });
}

test('mock of OpenAI: its refusal of a value is told as the caller\'s error', { skip: noSchema }, async () => {
  const answer = await node.chat({ model, messages, service_tier: 'nonsense' }, secret);
  checkError(answer, 400, 'invalid_request');
  assert.match(answer.json.error.message, /refused/);
});

test('mock of OpenAI: an embedding in the place of another input is not taken', { skip: noSchema }, async () => {
  checkError(await post('/v1/embeddings', { model, input: 'Hi' }), 502, 'runtime_failed');
});

const kTaken = ['only-a-refusal', 'unknown-members', 'usage-of-nulls'];
const kRefused = {
  'no-choices': [502, 'runtime_failed'], 'not-an-object': [502, 'runtime_failed'], 'a-page': [502, 'runtime_failed'],
  'moved': [502, 'runtime_failed'], 'no-content': [502, 'runtime_failed'], 'unauthorized': [502, 'runtime_failed'], 'not-there': [502, 'runtime_failed'],
  'too-many': [503, 'overloaded'], 'broken': [502, 'runtime_failed'], 'away': [502, 'runtime_failed'],
};

for (const name of kTaken) {
  test(`odd server: ${name} is an answer`, { skip }, async () => {
    const answer = await node.chat({ model: name, messages }, secret);
    assert.equal(answer.status, 200, answer.text);
    checkB3iq(answer.json.b3iq);
    const [, content] = kAnswers[name];
    assert.deepEqual(answer.json.choices[0].message, content['application/json'].example.choices[0].message);
  });
}

for (const [name, [status, code]] of Object.entries(kRefused)) {
  test(`odd server: ${name} is told as ${code}, whole or streamed`, { skip }, async () => {
    for (const stream of [false, true]) {
      const answer = await node.chat({ model: name, messages, stream }, secret);
      checkError(answer, status, code);
    }
    await healthy();
  });
}

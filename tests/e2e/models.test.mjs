// The models that a node keeps: install from a file and over HTTP, through kills and lies, offer, measure, unload, remove.
// CASES G6-80 from the outside; the transfer itself has its own tests in src/agent/downloads.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, defaultModel, repoRoot, until } from './node.mjs';

const modelFile = path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf');
const bytes = fs.readFileSync(modelFile);
const sha256 = crypto.createHash('sha256').update(bytes).digest('hex');
const kJobMs = 60_000;

// Serves the model's file, with ranges. `hold`: bytes after which an answer stands still until it is set free.
class ModelServer {
  static async start() {
    const self = new ModelServer();
    self.ranges = [];
    self.held = [];
    self.server = http.createServer((request, response) => self.answer(request, response));
    await new Promise((resolve) => self.server.listen(0, '127.0.0.1', resolve));
    self.url = `http://127.0.0.1:${self.server.address().port}`;
    return self;
  }

  answer(request, response) {
    const range = request.headers.range;
    this.ranges.push(range ?? null);
    if (request.url.includes('page')) {
      response.end('<html>not a model</html>');
      return;
    }
    const from = range ? Number(/bytes=([0-9]+)-/.exec(range)[1]) : 0;
    response.writeHead(range ? 206 : 200, {
      'content-length': bytes.length - from, etag: '"v1"', 'accept-ranges': 'bytes',
      ...(range ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    if (this.hold && !range) {
      response.write(bytes.subarray(0, this.hold));
      this.held.push(response);
    } else {
      response.end(bytes.subarray(from));
    }
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

let server;
let node;
let key;
let folder;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-models-'));
  server = await ModelServer.start();
  node = await Node.start();
  await node.ready();
  key = (await node.key({ name: 'models' })).secret;
});
after(async () => {
  await node?.close();
  await server?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const cli = (...args) => node.cli([...args, '--json']);
async function installed() {
  const listed = await cli('models', 'installed');
  assert.equal(listed.code, 0, listed.stderr);
  return listed.json;
}
async function job(id) {
  const listed = await cli('models', 'jobs');
  return listed.json.data.find((one) => one.id === id);
}
const ended = (id) => until(async () => {
  const one = await job(id);
  return ['done', 'failed', 'cancelled'].includes(one?.state) && one;
}, kJobMs, `the end of ${id}`);
const ask = (model) => node.chat({ model, messages: [{ role: 'user', content: 'What is the capital of France?' }], temperature: 0 }, key);
const partsLeft = () => fs.readdirSync(path.join(node.home, 'models')).filter((name) => name.startsWith('part-'));

test('a file is installed, answers, is measured, and is removed with its file', async () => {
  const made = await cli('models', 'install', modelFile, '--name', 'mine', '--sha256', sha256);
  assert.equal(made.code, 0, made.stderr + made.stdout);
  assert.equal(made.json.state, 'done');
  assert.equal(made.json.result.sha256, sha256);
  assert.ok(made.json.result.memory_bytes > 5_000_000);
  const answer = await ask('mine');
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.json.choices[0].message.content, /Paris/);
  assert.equal(answer.json.b3iq.runtime_kind, 'embedded');

  const list = await installed();
  const mine = list.data.find((one) => one.id === 'mine');
  assert.equal(mine.bytes, bytes.length);
  assert.equal(mine.sha256, sha256);
  assert.equal(mine.loaded, true);
  assert.ok(mine.measured_memory_bytes > 5_000_000);
  assert.equal(list.disk_used_bytes, bytes.length);
  assert.ok(list.disk_free_bytes > 0);
  const names = (await node.get('/v1/models', key)).json.data.map((one) => one.id);
  assert.ok(names.includes('mine') && names.includes(defaultModel));

  assert.equal((await cli('models', 'unload', 'mine')).json.loaded, false);
  assert.equal((await cli('models', 'load', 'mine')).json.loaded, true);
  assert.equal((await cli('models', 'remove', 'mine')).json.removed, true);
  assert.equal((await ask('mine')).status, 404);
  assert.deepEqual(fs.readdirSync(path.join(node.home, 'models')), []);
});

test('G6-80 a node killed in the middle of a download goes on from there, and serves nothing before', async () => {
  server.hold = 4_000_000;
  const begun = await cli('models', 'install', `${server.url}/big.gguf?token=secret`, '--name', 'big', '--sha256', sha256, '--detach');
  assert.equal(begun.code, 0, begun.stderr);
  await until(async () => (await job(begun.json.id)).done_bytes >= 1_000_000, kJobMs, 'the first megabyte');
  assert.equal((await ask('big')).status, 404, 'a part is no model');
  await node.crash();
  server.hold = 0;
  server.ranges.length = 0;
  await node.serve();
  const one = await ended(begun.json.id);
  assert.equal(one.state, 'done', JSON.stringify(one));
  assert.match(server.ranges[0], /^bytes=[1-9][0-9]*-$/, 'it asked for the rest only');
  assert.equal((await ask('big')).status, 200);
  assert.deepEqual(partsLeft(), []);
  const text = JSON.stringify([await installed(), await job(begun.json.id)]);
  assert.ok(!text.includes('token=secret'), 'a query may hold a secret');
});

test('a model that would hide an alias is refused', async () => {
  const other = await Node.start({ config: (config) => ({ ...config, models: { aliases: { 'gpt-4o': defaultModel } } }) });
  try {
    const made = await other.cli(['models', 'install', modelFile, '--name', 'gpt-4o']);
    assert.equal(made.code, 1);
    assert.match(made.stderr, /'gpt-4o' is an alias/);
  } finally {
    await other.close();
  }
});

test('G6-80 another checksum: nothing is offered, nothing is left, and both values are told', async () => {
  const wrong = sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  const made = await cli('models', 'install', `${server.url}/m.gguf`, '--name', 'wrong', '--sha256', wrong);
  assert.notEqual(made.code, 0);
  assert.equal(made.json.state, 'failed');
  assert.equal(made.json.error.code, 'download_mismatch');
  assert.ok(made.json.error.detail.includes(wrong) && made.json.error.detail.includes(sha256), made.json.error.detail);
  assert.equal((await ask('wrong')).status, 404);
  assert.deepEqual(partsLeft(), []);
});

test('G6-80 what is no model is refused after the transfer and before anything runs it', async () => {
  const made = await cli('models', 'install', `${server.url}/page.gguf`, '--name', 'page', '--sha256',
    crypto.createHash('sha256').update('<html>not a model</html>').digest('hex'));
  assert.equal(made.json.state, 'failed');
  assert.match(made.json.error.detail, /GGUF/);
  const cut = path.join(folder, 'cut.gguf');
  fs.writeFileSync(cut, bytes.subarray(0, 1_000_000));
  const short = await cli('models', 'install', cut);
  assert.equal(short.json.state, 'failed');
  assert.match(short.json.error.detail, /GGUF/);
  assert.deepEqual(partsLeft(), []);
});

test('a job is cancelled, its part stays, and it goes on where it stopped', async () => {
  server.hold = 4_000_000;
  const begun = await cli('models', 'install', `${server.url}/later.gguf`, '--name', 'later', '--sha256', sha256, '--detach');
  await until(async () => (await job(begun.json.id)).done_bytes >= 1_000_000, kJobMs, 'the first megabyte');
  const twice = await cli('models', 'install', `${server.url}/later.gguf`, '--name', 'later');
  assert.notEqual(twice.code, 0, 'one job for a name at a time');
  assert.match(twice.stderr, /conflict/);
  assert.equal((await cli('models', 'cancel', begun.json.id)).code, 0);
  assert.equal((await ended(begun.json.id)).state, 'cancelled');
  assert.ok(partsLeft().length > 0);
  server.hold = 0;
  server.ranges.length = 0;
  const resumed = await cli('models', 'resume', begun.json.id);
  assert.equal(resumed.json.state, 'done', resumed.stdout + resumed.stderr);
  assert.match(server.ranges[0], /^bytes=[1-9]/);
  const again = await cli('models', 'resume', begun.json.id);
  assert.notEqual(again.code, 0, 'a done job is not resumed');
});

test('names never reach a path, and bad requests name the member', async () => {
  for (const name of ['../../evil', '/etc/passwd', '.hidden', 'a b', '$(touch x)', 'x'.repeat(129), '']) {
    const answer = await node.cli(['models', 'install', modelFile, '--json', '--detach', `--name=${name}`]);
    if (name !== '') assert.notEqual(answer.code, 0, name);
  }
  const odd = await cli('models', 'install', modelFile, '--name', 'org/model:7b@q8');
  assert.equal(odd.code, 0, odd.stderr);
  assert.equal((await ask('org/model:7b@q8')).status, 200);
  for (const entry of fs.readdirSync(path.join(node.home, 'models'))) assert.match(entry, /^m-[0-9A-Z]{26}$/);
  assert.equal((await cli('models', 'remove', 'org/model:7b@q8')).code, 0);
  const none = await cli('models', 'install', 'no-such-id-of-the-catalogue');
  assert.match(none.stderr, /catalogue/);
  const missing = await cli('models', 'install', '/no/such/file.gguf');
  assert.equal(missing.json.state, 'failed');
});

test('the catalogue is told with what fits here', async () => {
  const { json } = await cli('models', 'catalogue');
  assert.ok(json.data.length >= 15);
  for (const model of json.data) {
    assert.ok(['installed', 'ready_to_install', 'not_now', 'hardware_unsupported'].includes(model.status), model.status);
    assert.ok(model.license && model.download_bytes > 0 && model.min_ram_bytes > 0);
  }
  const kinds = new Set(json.data.map((model) => model.kind));
  for (const kind of ['chat', 'code', 'vision', 'embedding']) assert.ok(kinds.has(kind), kind);
});

test('a model whose file is gone is not offered, says so, and is installed again under its name', async () => {
  const made = await cli('models', 'install', modelFile, '--name', 'lost');
  assert.equal(made.code, 0, made.stderr);
  await node.stop();
  const files = fs.readdirSync(path.join(node.home, 'models')).filter((name) => name.startsWith('m-'))
    .map((name) => path.join(node.home, 'models', name, 'model.gguf'));
  const newest = files.sort((a, b) => fs.statSync(b).ctimeMs - fs.statSync(a).ctimeMs)[0];
  fs.rmSync(newest);
  await node.serve();
  assert.equal((await installed()).data.find((one) => one.id === 'lost').state, 'file missing');
  assert.equal((await ask('lost')).status, 404);
  assert.equal((await cli('models', 'install', modelFile, '--name', 'lost')).code, 0);
  assert.equal((await ask('lost')).status, 200);
  assert.equal((await cli('models', 'remove', 'lost')).code, 0);
});

test('profiles tell what could be installed beside what is', async () => {
  const token = JSON.parse(fs.readFileSync(path.join(node.home, 'run/agent.json'), 'utf8')).operator_token;
  const { json } = await node.get('/v1/model-profiles', token);
  const of = (id) => json.data.find((profile) => profile.id === id);
  assert.equal(of(defaultModel).status, 'installed');
  assert.ok(['ready_to_install', 'hardware_unsupported'].includes(of('qwen3-0.6b').status));
});

test('a pull is a job of the runtime that keeps the model, with its progress and its words', async () => {
  const pulled = new Set();
  const ollama = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      const tell = (value) => response.write(`${JSON.stringify(value)}\n`);
      if (request.url === '/api/pull') {
        const { model, name = model } = JSON.parse(body);
        if (name === 'none') {
          tell({ error: 'pull model manifest: file does not exist' });
        } else {
          tell({ status: 'pulling manifest' });
          tell({ status: 'pulling 8eeb52dfb3bb', digest: 'sha256:8eeb', total: 100, completed: 40 });
          tell({ status: 'verifying sha256 digest' });
          tell({ status: 'success' });
          pulled.add(name);
        }
        response.end();
      } else if (request.url === '/api/tags') {
        response.end(JSON.stringify({ models: [...pulled].map((name) => ({ name: `${name}:latest`, model: `${name}:latest`, size: 100, details: {} })) }));
      } else {
        response.end(JSON.stringify({ version: '0.11.0', models: [], capabilities: ['completion'], model_info: {} }));
      }
    });
  });
  await new Promise((resolve) => ollama.listen(0, '127.0.0.1', resolve));
  const other = await Node.start({ config: { runtimes: [
    { id: 'embedded', kind: 'embedded' }, { id: 'ollama', kind: 'ollama', base_url: `http://127.0.0.1:${ollama.address().port}` }] } });
  try {
    const done = await other.cli(['models', 'install', 'ollama:llama3.2', '--json']);
    assert.equal(done.code, 0, done.stderr + done.stdout);
    assert.deepEqual(done.json.result, { model: 'llama3.2', runtime: 'ollama' });
    const none = await other.cli(['models', 'install', 'ollama:none', '--json']);
    assert.equal(none.json.state, 'failed');
    assert.match(none.json.error.detail, /does not exist|none/);
    const nowhere = await other.cli(['models', 'install', 'ollama:x', '--runtime', 'missing', '--json']);
    assert.equal(nowhere.json.error.code, 'not_found');
    const strange = await other.cli(['models', 'install', 'ollama:http://127.0.0.1:1/x', '--json']);
    assert.notEqual(strange.code, 0, 'a name must not make Ollama dial an address');
  } finally {
    await other.close();
    ollama.closeAllConnections();
    ollama.close();
  }
});

test('bench measures a model, and the figures are kept', async () => {
  const made = await cli('bench', 'later');
  assert.equal(made.code, 0, made.stderr);
  const figures = made.json.result;
  for (const name of ['load_ms', 'first_token_ms', 'prompt_tokens_per_second', 'decode_tokens_per_second',
    'parallel_tokens_per_second', 'memory_bytes', 'prompt_tokens']) {
    assert.ok(figures[name] > 0, `${name}: ${figures[name]}`);
  }
  assert.equal(figures.version, (await cli('version')).json.version);
  assert.match(figures.at, /^20[0-9-]+T/);
  await node.stop();
  await node.serve();
  const kept = await cli('bench', '--list');
  assert.equal(kept.json.data[0].model, 'later');
  assert.match((await node.cli(['bench'])).stdout, /^later +installed /m);
  const listed = await node.cli(['models', 'jobs', '--json']);
  assert.equal(listed.json.data.find((one) => one.kind === 'benchmark').result.model, 'later');
});

test('models make room for each other within the budget, and what never fits is told in numbers', async () => {
  const { data } = await installed();
  const [first, second] = data.map((model) => model.id);
  const need = Math.max(...data.map((model) => model.measured_memory_bytes));
  await node.stop();
  node.configure((config) => ({ ...config, models: { ...config.models, memory: `${Math.ceil(need * 1.5)}` } }));
  await node.serve();
  assert.equal((await ask(first)).status, 200);
  assert.equal((await ask(second)).status, 200);
  const loaded = (await installed()).data.filter((model) => model.loaded).map((model) => model.id);
  assert.deepEqual(loaded, [second]);
  await node.stop();
  node.configure((config) => ({ ...config, models: { ...config.models, memory: '1MiB' } }));
  await node.serve();
  const refused = await ask(first);
  assert.equal(refused.status, 503);
  assert.equal(refused.json.error.code, 'insufficient_memory');
  assert.match(refused.json.error.message, /MiB/);
});

test('a model whose file was away is loaded again when the file is back', async () => {
  const own = await Node.start();
  try {
    const secret = (await own.key({ name: 'away' })).secret;
    assert.equal((await own.cli(['models', 'install', modelFile, '--name', 'away'])).code, 0);
    assert.equal((await own.cli(['models', 'unload', 'away'])).code, 0);
    const [entry] = fs.readdirSync(path.join(own.home, 'models'));
    const file = path.join(own.home, 'models', entry, 'model.gguf');
    fs.renameSync(file, `${file}.aside`);
    const refused = await own.chat({ model: 'away', messages: [{ role: 'user', content: 'Hi' }] }, secret);
    assert.equal(refused.status, 503, refused.text);
    fs.renameSync(`${file}.aside`, file);
    const loaded = await own.cli(['models', 'load', 'away']);
    assert.equal(loaded.code, 0, loaded.stderr);
  } finally {
    await own.close();
  }
});

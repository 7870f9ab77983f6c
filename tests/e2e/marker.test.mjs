// CASES G12-134: a random marker stands in everything that a caller sends and that an upstream answers, over every inference route,
// well and badly ended, with logs at the level debug. Afterwards it is in nothing that the node writes or tells others.
// Not planted: X-Request-Id, which a caller sends to find it in the log.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Collector } from './collector.mjs';
import { Node, defaultModel, until } from './node.mjs';
import { EventStream } from './page.mjs';

const marker = `marker${crypto.randomBytes(12).toString('hex')}`;
const forms = [marker, Buffer.from(marker).toString('hex'),
  ...[0, 1, 2].map((shift) => Buffer.from('\0'.repeat(shift) + marker).toString('base64').slice(4, -4))];
let folder;
let echo;
let collector;
let node;
let keys;
const others = [];  // what another client was told

// Repeats what it is asked, and fails with it in every way.
class Echo {
  static async start() {
    const echo = new Echo();
    echo.mode = 'good';
    echo.server = http.createServer((req, res) => {
      const chunks = [];
      req.on('data', (chunk) => chunks.push(chunk));
      req.on('end', () => echo.answer(req, res, Buffer.concat(chunks).toString()));
    });
    await new Promise((resolve) => echo.server.listen(0, '127.0.0.1', resolve));
    echo.url = `http://127.0.0.1:${echo.server.address().port}`;
    return echo;
  }

  json(res, status, body) {
    res.writeHead(status, { 'content-type': 'application/json', 'x-marker': marker }).end(JSON.stringify(body));
  }

  answer(req, res, text) {
    if (req.url.endsWith('/models')) return this.json(res, 200, { object: 'list', data: [{ id: 'echo', object: 'model', created: 0, owned_by: 'x' }] });
    if (this.mode === 'error') return this.json(res, 500, { error: { message: text, type: marker, code: marker } });
    if (this.mode === 'refused') return this.json(res, 400, { error: { message: text, type: 'invalid_request_error', param: marker } });
    if (this.mode === 'rubbish') return res.end(`<html>${text}</html>`);
    if (this.mode === 'hang') return undefined;
    const body = JSON.parse(text);
    if (req.url.endsWith('/embeddings')) return this.json(res, 200, { object: 'list', model: marker, data: [{ index: 0, embedding: [1, 2] }] });
    return body.stream ? this.stream(res, body) : this.whole(res, body);
  }

  whole(res, body) {
    const choice = body.prompt === undefined
      ? { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: `said ${marker}`, tool_calls: [this.call()] } }
      : { index: 0, finish_reason: 'stop', text: `said ${marker}` };
    this.json(res, 200, { id: marker, object: 'chat.completion', created: 1, model: marker, system_fingerprint: marker, choices: [choice],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } });
  }

  call() {
    return { id: `call_${marker}`, type: 'function', function: { name: marker, arguments: JSON.stringify({ [marker]: marker }) } };
  }

  stream(res, body) {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = (choice, more = {}) => res.write(`data: ${JSON.stringify({ id: marker, object: 'chat.completion.chunk', created: 1, model: marker,
      choices: [{ index: 0, finish_reason: null, ...choice }], ...more })}\n\n`);
    const says = (text) => (body.prompt === undefined ? { delta: { role: 'assistant', content: text } } : { text });
    chunk(says(`said ${marker}`));
    if (this.mode === 'cut') return setImmediate(() => res.socket?.resetAndDestroy());
    if (this.mode === 'error-event') return res.end(`data: ${JSON.stringify({ error: { message: marker, code: marker } })}\n\n`);
    if (this.mode === 'endless') {
      const timer = setInterval(() => chunk(says(marker)), 5);
      return res.on('close', () => clearInterval(timer));
    }
    chunk({ ...says(marker), finish_reason: 'stop' }, { usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } });
    return res.end('data: [DONE]\n\n');
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-marker-'));
  echo = await Echo.start();
  collector = await Collector.start();
  node = await Node.start({
    env: { B3IQ_LOG_LEVEL: 'debug' },
    // Where cores are plain files they would lie here.
    wrap: ['sh', '-c', 'ulimit -c unlimited 2>/dev/null; cd "$0" && exec "$@"', folder],
    config: {
      runtimes: [{ id: 'up', kind: 'openai', base_url: echo.url, models: ['echo'] }, { id: 'embedded', kind: 'embedded' }],
      telemetry: { otlp_endpoint: collector.url, interval: '100ms', trust_traceparent: true },
    },
  });
  await node.ready();
  await node.ready('echo');
  keys = { caller: await node.key({ scope: ['chat', 'models', 'receipts', 'metrics'] }), other: await node.key({ scope: ['chat', 'models'] }) };
});
after(async () => {
  await node?.close();
  await echo?.close();
  await collector?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const message = { role: 'user', content: `say ${marker}` };
const parameters = { type: 'object', properties: { [marker]: { type: 'string', description: marker } } };
const routes = [
  ['/v1/chat/completions', (model) => ({ model, max_tokens: 4, user: marker, metadata: { [marker]: marker }, messages: [{ role: 'system', content: marker }, message,
    { role: 'assistant', content: null, tool_calls: [{ id: marker, type: 'function', function: { name: marker, arguments: `{"a":"${marker}"}` } }] },
    { role: 'tool', tool_call_id: marker, content: marker }, message], tools: [{ type: 'function', function: { name: marker, description: marker, parameters } }] })],
  ['/v1/chat/completions', (model) => ({ model, max_tokens: 4, messages: [message], stop: marker })],
  ['/v1/completions', (model) => ({ model, max_tokens: 4, prompt: message.content, user: marker })],
  ['/v1/responses', (model) => ({ model, max_output_tokens: 16, input: message.content, instructions: marker, store: false, metadata: { a: marker } })],
  ['/v1/messages', (model) => ({ model, max_tokens: 4, system: marker, messages: [message], metadata: { user_id: marker } })],
  ['/api/chat', (model) => ({ model, messages: [message], options: { num_predict: 4 } })],
  ['/api/generate', (model) => ({ model, prompt: message.content, system: marker, options: { num_predict: 4 } })],
  ['/v1/embeddings', (model) => ({ model, input: marker, user: marker })],
];
const plantedHeaders = {
  'user-agent': marker, referer: `http://127.0.0.1/${marker}`, cookie: `a=${marker}`, 'x-anything': marker, 'accept-language': marker,
  tracestate: `a=${marker}`, baggage: `a=${marker}`, traceparent: `00-${marker}`, 'openai-organization': marker,
};

const post = (target, body, secret = keys.caller.secret, headers = {}) => node.request({
  method: 'POST', path: `${target}?${marker}=${marker}`, headers: { authorization: `Bearer ${secret}`, ...plantedHeaders, ...headers }, body });

// Somebody else, whose errors must tell nothing of the first.
async function askAsOther() {
  for (const [target, body] of [['/v1/chat/completions', { model: 'nobody-has-it', messages: [] }], ['/v1/messages', '{'],
    ['/v1/embeddings', { model: 'echo' }], ['/api/chat', { model: 7 }]]) {
    const answer = await node.request({ method: 'POST', path: target, headers: { authorization: `Bearer ${keys.other.secret}` }, body });
    others.push(JSON.stringify(answer.headers) + answer.text);
  }
}

async function cutAfterFirst(target, body) {
  const gone = new AbortController();
  const answer = await fetch(`${node.url}${target}`, { method: 'POST', signal: gone.signal, body: JSON.stringify(body),
    headers: { authorization: `Bearer ${keys.caller.secret}`, 'content-type': 'application/json', ...plantedHeaders } });
  await answer.body.getReader().read();
  gone.abort();
}

// A request that no HTTP client would send.
function raw(text) {
  return new Promise((resolve) => {
    const socket = net.connect(node.port, '127.0.0.1', () => socket.write(text));
    socket.on('data', () => {});
    socket.on('close', resolve);
    socket.on('error', () => {});
    socket.setTimeout(5_000, () => socket.destroy());
  });
}

test('plant: every route, streamed and not, answered, refused, failed and cut', async () => {
  for (const mode of ['good', 'error', 'refused', 'rubbish', 'cut', 'error-event']) {
    for (const [target, make] of routes) {
      for (const stream of target === '/v1/embeddings' ? [false] : [false, true]) {
        echo.mode = mode;
        const answer = await post(target, { ...make('echo'), ...(target === '/v1/embeddings' ? {} : { stream }) });
        // So that what is not found later was there.
        if (mode === 'good') assert.equal(answer.status, 200, `${target}: ${answer.text}`);
        if (mode === 'good' && target !== '/v1/embeddings') assert.ok(answer.text.includes(marker), `${target} repeats the marker`);
      }
    }
    await askAsOther();
    echo.mode = 'good';
    await until(async () => (await post('/v1/chat/completions', routes[1][1]('echo'))).status === 200, 15_000, 'the breaker to close');
  }
  echo.mode = 'endless';
  for (const [target, make] of routes.slice(0, -1)) await cutAfterFirst(target, { ...make('echo'), stream: true });
  echo.mode = 'good';
  for (const [target, make] of routes) await post(target, { ...make(defaultModel), stream: false });
  await askAsOther();
});

test('plant: names, keys, paths and bytes that are refused', async () => {
  for (const [target, make] of routes) {
    await post(target, make(marker));
    await post(target, `{"model":"echo","${marker}":`);
    await post(target, make('echo'), `b3iq_local_${marker}`);
    await post(target, make('echo'), marker);
    await post(target, make('echo'), keys.caller.secret, { 'content-type': `text/${marker}` });
    await post(target, make('echo'), keys.caller.secret, { origin: `http://${marker}.example` });
    await post(target, make('echo'), keys.caller.secret, { host: `${marker}.example` });
    await post(target, { ...make('echo'), temperature: marker, [marker]: marker });
  }
  for (const target of [`/${marker}`, `/v1/${marker}`, `/v1/models/${marker}`, `/v1/receipts/${marker}`, `/setup/v1/${marker}`, `/api/${marker}`]) {
    await node.get(target, keys.caller.secret, plantedHeaders);
    await node.get(target, marker, plantedHeaders);
  }
  const login = { 'content-type': 'application/json', 'sec-fetch-site': 'none' };
  await node.request({ method: 'POST', path: '/setup/v1/login', headers: login, body: { name: marker, password: marker } });
  await node.request({ method: 'POST', path: '/setup/v1/setup-session', headers: login, body: { token: marker } });
  await raw(`GET /${marker} HTTP/1.1\r\nHost: ${marker}\r\n${marker}\r\n\r\n`);
  await raw(`${marker} / HTTP/9.9\r\n\r\n`);
  await raw(`POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: ${marker}\r\n\r\n`);
  await askAsOther();
});

function clean(where, bytes) {
  const text = Buffer.isBuffer(bytes) ? bytes.toString('latin1') : bytes;
  for (const form of forms) {
    const at = text.indexOf(form);
    assert.equal(at, -1, `${where} has the marker: …${text.slice(Math.max(0, at - 200), at + 60)}…`);
  }
}

function cleanFolder(root) {
  let files = 0;
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    clean(file, fs.readFileSync(file));
    files += 1;
  }
  return files;
}

test('G12_134 the marker is in no log, metric, bundle, backup, database, export, or answer to others', async () => {
  await until(() => collector.spans().some(({ status }) => status.code === 2), 10_000, 'spans of failed calls');
  await until(() => collector.metrics().length > 0, 10_000, 'metrics');
  assert.ok(node.output.includes('http.request') && node.output.includes('call.failed'), 'the log is at debug');
  clean('standard error', node.output);
  clean('/metrics', (await node.get('/metrics', keys.caller.secret)).text);
  clean('OTLP', collector.text);
  clean('an answer to another client', others.join('\n'));
  const bundle = path.join(folder, 'bundle.tar');
  const backup = path.join(folder, 'backup');
  assert.equal((await node.cli(['support', 'bundle', '--out', bundle])).code, 0);
  assert.equal((await node.cli(['backup', backup])).code, 0);
  for (const words of [['logs', '--lines', '0'], ['logs', '--json', '--level', 'debug'], ['status', '--json'], ['audit', 'list', '--json'],
    ['receipts', 'list', '--limit', '100', '--json'], ['keys', 'usage', '--json'], ['keys', 'list', '--json'], ['runtimes', 'list', '--json'], ['doctor', '--json']]) {
    const told = await node.cli(words);
    assert.ok(told.stdout.length > 0, `${words[0]}: ${told.stderr}`);
    clean(words.join(' '), told.stdout + told.stderr);
  }
  assert.ok(fs.statSync(path.join(node.home, 'logs/agent.log')).size > 1_000);
  assert.ok(cleanFolder(folder) >= 3);
  assert.ok(cleanFolder(node.home) >= 5);
});

// [soft, hard] in bytes.
const coreLimits = (pid) => /^Max core file size\s+(\S+)\s+(\S+)/m.exec(fs.readFileSync(`/proc/${pid}/limits`, 'utf8')).slice(1);
const cores = (where) => fs.readdirSync(where).filter((name) => /core/i.test(name));

const operator = () => ({ authorization: `Bearer ${JSON.parse(fs.readFileSync(path.join(node.home, 'run/agent.json'), 'utf8')).operator_token}` });
const ownerGet = (route) => node.request({ path: `/setup/v1/${route}`, headers: operator() });

// What the owner's pages are told, all pages of it.
async function cleanApi() {
  let told = 0;
  for (const route of ['request-log', 'usage', 'usage?by=model', 'usage?by=user', 'live', 'status', 'models', 'model-jobs', 'runtimes', 'audit?limit=1000']) {
    const answer = await ownerGet(route);
    assert.equal(answer.status, 200, route);
    clean(route, answer.text);
  }
  for (let before = ''; before !== null;) {
    const { json, text } = await ownerGet(`requests?limit=200${before && `&before=${before}`}`);
    clean('requests', text);
    told += json.data.length;
    before = json.next_before;
  }
  const stream = await EventStream.open(node, operator());
  await stream.next('status');
  clean('events', JSON.stringify(stream.events));
  stream.close();
  return told;
}

test('G12_134 the marker is in nothing that the request log, the events and the other pages of the owner tell', async () => {
  assert.ok(await cleanApi() > 60);
});

test('G12_134 with content kept the marker is in the owner\'s reading of it, and nowhere else', async () => {
  const changed = await node.request({ method: 'POST', path: '/setup/v1/request-log', headers: operator(), body: { content: true, for: '1h' } });
  assert.equal(changed.status, 200, changed.text);
  await post('/v1/chat/completions', routes[1][1]('echo'), keys.caller.secret, { 'x-request-id': 'kept' });
  const entry = await until(async () => (await ownerGet('requests')).json.data.find(({ request_id: id }) => id === 'kept'), 10_000, 'the entry');
  const { text } = await ownerGet(`requests/${entry.id}/content`);
  assert.ok(text.includes(`say ${marker}`) && text.includes(`said ${marker}`));
  await cleanApi();
  clean('/metrics', (await node.get('/metrics', keys.caller.secret)).text);
  clean('standard error', node.output);
  clean('OTLP', collector.text);
  assert.equal((await node.cli(['support', 'bundle', '--out', path.join(folder, 'kept.tar')])).code, 0);
  assert.equal((await node.cli(['backup', path.join(folder, 'kept')])).code, 0);
  cleanFolder(folder);
  cleanFolder(node.home);
});

// The content of the test before is still kept.
test('G12_134 a crash of the node or of its worker leaves no core file', async (t) => {
  // Whether this machine leaves cores as files at all, so that the absence of one means something.
  const control = path.join(folder, 'control');
  fs.mkdirSync(control);
  spawnSync('sh', ['-c', 'ulimit -c unlimited; cd "$0" && kill -ABRT $$', control]);
  const seen = cores(control).length > 0;
  t.diagnostic(`a process that may leave a core ${seen ? 'leaves' : 'does not leave'} one here (core_pattern: ${
    fs.readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim()})`);
  fs.rmSync(control, { recursive: true, force: true });

  const [worker] = node.workers();
  // Of 1 byte: too small for a file, and the one limit by which the kernel also keeps cores from programs that read them from a pipe.
  assert.deepEqual(coreLimits(node.pid), ['1', '1']);
  assert.deepEqual(coreLimits(worker.pid), ['1', '1']);
  // The node holds the marker as it crashes, in a call that never ends; the worker may.
  const ask = (model) => fetch(`${node.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(routes[1][1](model)),
    headers: { authorization: `Bearer ${keys.caller.secret}`, 'content-type': 'application/json' } }).catch(() => undefined);
  echo.mode = 'hang';
  const held = [ask(defaultModel), ask('echo')];
  await until(async () => (await node.cli(['top', '--once'])).stdout.includes('echo'), 10_000, 'a call that holds the marker');
  process.kill(worker.pid, 'SIGABRT');
  await until(() => node.workers().some(({ pid }) => pid !== worker.pid), 20_000, 'another worker');
  assert.deepEqual(await node.stop({ signal: 'SIGABRT' }), { code: null, signal: 'SIGABRT' });
  await Promise.all(held);
  assert.deepEqual(cores(folder), []);
  assert.deepEqual(cores(node.home), []);
  cleanFolder(folder);
  cleanFolder(node.home);
});

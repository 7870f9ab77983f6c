// Runtimes that come and go while the node serves: added, tested and removed by an operator, without a restart and without harm to
// calls that run. CASES G6-70 and G6-78 over HTTP, with real second servers.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, until } from './node.mjs';
import { openStream, operator } from './operator.mjs';
import { Upstream } from './upstream.mjs';

const question = [{ role: 'user', content: 'Hi' }];
const chat = { model: 'fake-instant', messages: question, max_tokens: 5 };
const kApiKey = 'sk-upstream-4f9c2d';
let upstream;
let other;
let node;
let key;
let api;

const configOf = (one) => JSON.parse(fs.readFileSync(path.join(one.home, 'config.json'), 'utf8'));
const server = (id, url, more = {}) => ({ id, kind: 'openai', base_url: url, ...more });

// Every file of the home that could hold a text, but for the one at `except`.
function homeText(one, except) {
  const files = fs.readdirSync(one.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name)).filter((file) => file !== except);
  return files.map((file) => fs.readFileSync(file, 'latin1')).join('\n');
}

before(async () => {
  upstream = await Upstream.start();
  other = await Upstream.start();
  node = await Node.start({ config: { runtimes: [], drain: '5s' } });
  key = (await node.key({ name: 'caller', scope: ['chat', 'models', 'metrics'] })).secret;
  api = operator(node);
});
after(async () => {
  await node?.close();
  await upstream?.close();
  await other?.close();
});

test('a server is added, answers at once, stays while a call runs, and is gone when it is removed', async () => {
  const added = await api('POST', '/setup/v1/runtimes', server('lan', upstream.url, { max_concurrent: 3 }));
  assert.equal(added.status, 201, added.text);
  assert.deepEqual([added.json.id, added.json.state, added.json.source, added.json.removable, added.json.base_url],
    ['lan', 'ready', 'config', true, upstream.url]);
  assert.ok(added.json.models.includes('fake-instant'));
  assert.deepEqual(configOf(node).runtimes, [{ id: 'lan', kind: 'openai', base_url: upstream.url, max_concurrent: 3 }]);
  assert.equal(configOf(node).drain, '5s');
  // It is at work, so nothing waits for a restart.
  await until(async () => {
    const { restart_needed, data } = (await api('GET', '/setup/v1/settings')).json;
    return !restart_needed && !data.find(({ name }) => name === 'runtimes').pending;
  }, 10_000, 'the settings to know it');
  assert.equal((await node.chat(chat, key)).status, 200);

  const stream = await openStream(node, { ...chat, model: 'fake-endless', stream: true }, key);
  await stream.until(/word3 /);
  const refused = await api('DELETE', '/setup/v1/runtimes/lan');
  assert.equal(refused.status, 409, refused.text);
  assert.equal(refused.json.error.code, 'conflict');
  assert.match(refused.json.error.detail, /runs 1 calls/);
  stream.leave();
  await until(async () => (await api('DELETE', '/setup/v1/runtimes/lan')).status === 200, 10_000, 'the removal');

  const gone = await node.chat(chat, key);
  assert.deepEqual([gone.status, gone.json.error.code], [404, 'model_not_found']);
  assert.doesNotMatch((await node.get('/metrics', key)).text, /runtime="lan"/);
  assert.deepEqual((await api('GET', '/setup/v1/runtimes')).json.data.map(({ id }) => id), ['installed']);
  assert.deepEqual(configOf(node).runtimes, []);
  assert.equal((await api('DELETE', '/setup/v1/runtimes/lan')).status, 404);
  await node.stop();
  await node.serve();
  assert.equal((await node.chat(chat, key)).status, 404);
});

test('an API key stands in a file of its own, goes on after a restart, and is removed with its runtime', async () => {
  upstream.apiKey = kApiKey;
  const file = path.join(node.home, 'secrets/runtime-keyed.key');
  try {
    const added = await api('POST', '/setup/v1/runtimes', server('keyed', upstream.url, { api_key: kApiKey }));
    assert.equal(added.status, 201, added.text);
    assert.doesNotMatch(added.text, new RegExp(kApiKey));
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.equal(fs.statSync(path.dirname(file)).mode & 0o777, 0o700);
    assert.equal(configOf(node).runtimes[0].api_key_file, fs.realpathSync(file));
    assert.equal((await node.chat(chat, key)).status, 200);
    await node.stop();
    await node.serve();
    await until(async () => (await node.chat(chat, key)).status === 200, 10_000, 'the runtime after the restart');
    assert.doesNotMatch((await api('GET', '/setup/v1/runtimes')).text, new RegExp(kApiKey));
    assert.doesNotMatch(homeText(node, file), new RegExp(kApiKey));
    assert.doesNotMatch(node.output, new RegExp(kApiKey));
    assert.equal((await api('DELETE', '/setup/v1/runtimes/keyed')).status, 200);
    assert.ok(!fs.existsSync(file));
  } finally {
    upstream.apiKey = undefined;
  }
});

test('what cannot be is refused, and nothing of it is kept', async () => {
  const before = fs.readFileSync(path.join(node.home, 'config.json'), 'utf8');
  const refused = async (body, status, code, param) => {
    const answer = await api('POST', '/setup/v1/runtimes', body);
    assert.deepEqual([answer.status, answer.json.error.code, answer.json.error.param], [status, code, param], answer.text);
  };
  await refused(server('No Id', upstream.url), 400, 'invalid_request', 'id');
  await refused({ ...server('x', upstream.url), kind: 'embedded' }, 400, 'invalid_request', 'kind');
  await refused({ ...server('x', upstream.url), surprise: 1 }, 400, 'invalid_request', 'surprise');
  await refused(server('x', upstream.url, { max_concurrent: -1 }), 400, 'invalid_request', 'max_concurrent');
  await refused(server('x', upstream.url, { profile: 'other' }), 400, 'invalid_request', 'profile');
  await refused(server('x', upstream.url, { api_key: 'two words' }), 400, 'invalid_request', 'api_key');
  await refused(server('installed', upstream.url), 409, 'conflict', 'id');
  assert.equal((await api('POST', '/setup/v1/runtimes', '{"id":')).json.error.code, 'invalid_json');
  assert.equal(fs.readFileSync(path.join(node.home, 'config.json'), 'utf8'), before);
  assert.ok(!fs.existsSync(path.join(node.home, 'secrets/runtime-x.key')));
});

test('G6-70 addresses that are never dialled cannot be added or tested', async () => {
  const bad = ['http://169.254.169.254/v1', 'http://100.100.100.200', 'http://[fe80::1]:8080', `http://127.0.0.1:${node.port}`,
    `http://localhost:${node.port}/v1`, `http://[::1]:${node.port}`, 'http://0.0.0.0:80', 'file:///etc/passwd', 'ftp://h', 'http://me:secret@127.0.0.1:1'];
  for (const url of bad) {
    for (const route of ['/setup/v1/runtimes', '/setup/v1/runtimes/test']) {
      const body = route.endsWith('test') ? { kind: 'openai', base_url: url } : server('x', url);
      const answer = await api('POST', route, body);
      assert.deepEqual([answer.status, answer.json?.error?.code, answer.json?.error?.param], [400, 'invalid_request', 'base_url'], `${route} ${url}: ${answer.text}`);
      assert.doesNotMatch(answer.text, /secret/);
    }
  }
});

test('a second runtime of the same id or of the same server is a conflict', async () => {
  assert.equal((await api('POST', '/setup/v1/runtimes', server('one', upstream.url))).status, 201);
  const same = await api('POST', '/setup/v1/runtimes', server('one', other.url));
  assert.deepEqual([same.status, same.json.error.code], [409, 'conflict']);
  for (const url of [upstream.url, `${upstream.url}/v1/`, upstream.url.replace('127.0.0.1', 'localhost')]) {
    const answer = await api('POST', '/setup/v1/runtimes', server('two', url));
    assert.deepEqual([answer.status, answer.json.error.code], [409, 'conflict'], url);
    assert.match(answer.json.error.detail, /'one'/);
  }
  assert.equal((await api('DELETE', '/setup/v1/runtimes/one')).status, 200);
});

test('runtimes come and go under load; no call fails, and streams that began before go on', async () => {
  assert.equal((await api('POST', '/setup/v1/runtimes', server('steady', upstream.url))).status, 201);
  const stream = await openStream(node, { ...chat, model: 'fake-endless', stream: true }, key);
  let stop = false;
  let calls = 0;
  const caller = async () => {
    while (!stop) {
      const answer = await node.chat(chat, key);
      assert.equal(answer.status, 200, answer.text);
      calls += 1;
    }
  };
  const load = Promise.all(Array.from({ length: 4 }, caller));
  try {
    for (let round = 0; round < 15; round += 1) {
      assert.equal((await api('POST', '/setup/v1/runtimes', server('passing', other.url))).status, 201);
      const seen = calls;
      await until(() => calls > seen + 2, 10_000, 'calls while it is there');
      await until(async () => (await api('DELETE', '/setup/v1/runtimes/passing')).status === 200, 10_000, 'the removal');
    }
  } finally {
    stop = true;
    await load;
  }
  const words = stream.text.length;
  await until(() => stream.text.length > words, 10_000, 'the stream to go on');
  stream.leave();
  await until(async () => (await api('DELETE', '/setup/v1/runtimes/steady')).status === 200, 10_000, 'the removal');
  assert.ok(calls > 30, `${calls} calls`);
});

test('a call that had the removed runtime in reserve moves on without it', async () => {
  assert.equal((await api('POST', '/setup/v1/runtimes', server('first', upstream.url))).status, 201);
  assert.equal((await api('POST', '/setup/v1/runtimes', server('second', other.url))).status, 201);
  upstream.fault = 'hang';
  upstream.requests.length = 0;
  try {
    const waiting = node.chat(chat, key);
    await until(() => upstream.requests.length === 1, 10_000, 'the call at the first runtime');
    assert.equal((await api('DELETE', '/setup/v1/runtimes/second')).status, 200);
    upstream.server.closeAllConnections();
    const answer = await waiting;
    assert.equal(answer.status, 503, answer.text);
    assert.match(answer.json.error.message, /removed/);
  } finally {
    upstream.fault = undefined;
    assert.equal((await api('DELETE', '/setup/v1/runtimes/first')).status, 200);
  }
});

test('a server that hangs is added all the same, harms nobody, and can be removed while it is asked', async () => {
  assert.equal((await api('POST', '/setup/v1/runtimes', server('well', upstream.url))).status, 201);
  other.mute = true;
  other.asked = 0;
  try {
    const adding = api('POST', '/setup/v1/runtimes', server('stuck', other.url));
    await until(() => other.asked > 0, 10_000, 'the question');
    assert.equal((await node.chat(chat, key)).status, 200);
    assert.equal((await api('DELETE', '/setup/v1/runtimes/stuck')).status, 200);
    other.server.closeAllConnections();
    assert.equal((await adding).status, 201);
    const stuck = await api('POST', '/setup/v1/runtimes', server('stuck', other.url));
    assert.deepEqual([stuck.status, stuck.json.state, stuck.json.models.length], [201, 'unreachable', 0], stuck.text);
    assert.equal((await node.chat(chat, key)).status, 200);
  } finally {
    other.mute = false;
  }
  await until(async () => (await api('GET', '/setup/v1/runtimes')).json.data.find(({ id }) => id === 'stuck').state === 'ready', 20_000, 'it to be found well');
  for (const id of ['stuck', 'well']) assert.equal((await api('DELETE', `/setup/v1/runtimes/${id}`)).status, 200);
});

test('the test of a server tells what it is, or what is wrong, and keeps nothing', async () => {
  const before = fs.readFileSync(path.join(node.home, 'config.json'), 'utf8');
  const tried = async (body) => {
    const answer = await api('POST', '/setup/v1/runtimes/test', body);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.object, 'runtime_test');
    return answer.json;
  };
  const good = await tried({ kind: 'openai', base_url: upstream.url });
  assert.deepEqual([good.reachable, good.version, good.error], [true, null, null]);
  assert.ok(good.models.includes('fake-instant'));
  upstream.apiKey = kApiKey;
  try {
    const wrong = await tried({ kind: 'openai', base_url: upstream.url, api_key: 'sk-wrong' });
    assert.deepEqual([wrong.reachable, wrong.error.code], [true, 'runtime_failed']);
    assert.match(wrong.error.detail, /credential.*API key/s);
    assert.doesNotMatch(JSON.stringify(wrong), /sk-wrong/);
    assert.equal((await tried({ kind: 'openai', base_url: upstream.url, api_key: kApiKey })).error, null);
  } finally {
    upstream.apiKey = undefined;
  }
  const closed = await Upstream.start();
  await closed.close();
  const nobody = await tried({ kind: 'openai', base_url: closed.url });
  assert.deepEqual([nobody.reachable, nobody.error.code], [false, 'runtime_unreachable']);
  other.mute = true;
  const silent = await tried({ kind: 'openai', base_url: other.url });
  other.mute = false;
  assert.deepEqual([silent.reachable, silent.error.code], [false, 'deadline_exceeded']);
  assert.equal(fs.readFileSync(path.join(node.home, 'config.json'), 'utf8'), before);
  assert.deepEqual(fs.readdirSync(path.join(node.home, 'secrets')).filter((name) => name.startsWith('runtime-')), []);
});

test('G6-78 a stranger\'s HTTP service is not taken for a runtime', async () => {
  const strangers = [
    (request, response) => response.end('<html>a printer</html>'),
    (request, response) => { response.setHeader('content-type', 'application/json'); response.end('{"data":"none","ok":true}'); },
    (request, response) => { response.writeHead(404); response.end(); },
    (request, response) => { response.writeHead(302, { location: upstream.url + request.url }); response.end(); },
    (request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
  ];
  for (const [index, answer] of strangers.entries()) {
    const stranger = http.createServer(answer);
    await new Promise((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${stranger.address().port}`;
    for (const kind of ['openai', 'vllm', 'sglang', 'ollama']) {
      const { json } = await api('POST', '/setup/v1/runtimes/test', { kind, base_url: url });
      assert.ok(json.error, `${kind} took stranger ${index}: ${JSON.stringify(json)}`);
      assert.deepEqual(json.models, []);
    }
    stranger.closeAllConnections();
    await new Promise((resolve) => stranger.close(resolve));
  }
  const { json } = await api('POST', '/setup/v1/runtimes/test', { kind: 'vllm', base_url: upstream.url });
  assert.match(json.error.detail, /does not tell its version as vllm does/);
});

test('a runtime that models.prefer names, and the node\'s own, are not removed', async () => {
  const own = await Node.start({ config: { runtimes: [{ id: 'embedded', kind: 'embedded' }, server('up', upstream.url)], models: { prefer: { 'fake-slow': 'up' } } } });
  try {
    const ownApi = operator(own);
    const preferred = await ownApi('DELETE', '/setup/v1/runtimes/up');
    assert.deepEqual([preferred.status, preferred.json.error.code], [409, 'conflict']);
    assert.match(preferred.json.error.detail, /models\.prefer.*fake-slow/);
    for (const id of ['embedded', 'installed']) assert.equal((await ownApi('DELETE', `/setup/v1/runtimes/${id}`)).status, 409);
    assert.deepEqual((await ownApi('GET', '/setup/v1/runtimes')).json.data.map(({ id, source, removable }) => [id, source, removable]),
      [['embedded', 'config', false], ['up', 'config', true], ['installed', 'built_in', false]]);
  } finally {
    await own.close();
  }
});

test('without a section the built-in model is written out before the first that is added', async () => {
  const own = await Node.start({ config: ({ runtimes, ...rest }) => rest });
  try {
    const ownApi = operator(own);
    assert.equal((await ownApi('GET', '/setup/v1/runtimes')).json.data[0].source, 'built_in');
    assert.equal((await ownApi('POST', '/setup/v1/runtimes', server('up', upstream.url))).status, 201);
    assert.deepEqual(configOf(own).runtimes.map(({ id, kind }) => [id, kind]), [['embedded', 'embedded'], ['up', 'openai']]);
    assert.deepEqual((await ownApi('GET', '/setup/v1/runtimes')).json.data.map(({ id }) => id), ['embedded', 'up', 'installed']);
  } finally {
    await own.close();
  }
});

// What the command line says when something is not as it should be: no node, a node that drains, a wrong value, a wrong name.
// Each message must name what to do next, and no exit code may claim what did not happen.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, defaultModel, hostBin, repoRoot, run, until, upstreamConfig } from './node.mjs';
import { Upstream } from './upstream.mjs';

const modelFile = path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf');
const kJobMs = 60_000;
let node;
let secret;

before(async () => {
  node = await Node.start();
  await node.ready();
  ({ secret } = await node.key({ name: 'errors' }));
});
after(() => node?.close());

const job = async (of, id) => (await of.cli(['models', 'jobs', '--json'])).json.data.find((one) => one.id === id);

async function listening(handler) {
  const server = http.createServer(handler);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); server.close(); } };
}

test('cli errors: without a node an install waits and says so, and what needs a node ends with 3', async () => {
  const own = await Node.start();
  try {
    await own.stop();
    const told = await own.cli(['models', 'install', modelFile, '--name', 'waits']);
    assert.equal(told.code, 0, told.stderr);
    assert.match(told.stdout, /^job_[0-9A-Z]{26}\n$/);
    assert.doesNotMatch(told.stdout + told.stderr, /Installed|Ask it/);
    assert.match(told.stderr, /Queued.*b3iq-host serve/);
    const { code, json } = await own.cli(['models', 'install', modelFile, '--name', 'waits-too', '--json']);
    assert.deepEqual([code, json.state, json.model], [0, 'queued', 'waits-too']);
    for (const words of [['bench', 'waits'], ['bench', 'waits', '--json'], ['models', 'load', 'waits'], ['models', 'unload', 'waits']]) {
      const refused = await own.cli(words);
      assert.equal(refused.code, 3, `${words.join(' ')}: ${refused.stdout}${refused.stderr}`);
      assert.equal(refused.stdout, '');
      assert.match(refused.stderr, /No node serves .*b3iq-host serve/s);
    }
    const stopped = await own.cli(['status', '--json']);
    assert.deepEqual(stopped.json.runtimes.map(({ id, state }) => [id, state]), [['embedded', 'not_running'], ['installed', 'not_running']]);
    assert.match((await own.cli(['status'])).stdout, /^runtime +embedded .*: not running$/m);
    assert.match((await own.cli(['runtimes', 'list'])).stdout, /No node serves this home.*b3iq-host serve/);
    assert.match((await own.cli(['bench'])).stdout, /Nothing was measured/);
    await own.serve();
    const done = await until(async () => {
      const one = await job(own, told.stdout.trim());
      return ['done', 'failed'].includes(one.state) && one;
    }, kJobMs, 'the job to begin with the node');
    assert.equal(done.state, 'done', JSON.stringify(done));
  } finally {
    await own.close();
  }
});

test('cli errors: ollama:NAME takes the only runtime that can pull; of several one must be named', async () => {
  const ollama = await listening((request, response) => {
    request.resume().on('end', () => {
      if (request.url === '/api/pull') response.end(`${JSON.stringify({ status: 'success' })}\n`);
      else if (request.url === '/api/tags') response.end(JSON.stringify({ models: [{ name: 'small:latest', model: 'small:latest', size: 1, details: {} }] }));
      else response.end(JSON.stringify({ version: '0.11.0', models: [], capabilities: ['completion'], model_info: {} }));
    });
  });
  const embedded = { id: 'embedded', kind: 'embedded' };
  const lama = (id) => ({ id, kind: 'ollama', base_url: ollama.url });
  const own = await Node.start({ config: { runtimes: [embedded, lama('lama')] } });
  try {
    const begun = await own.cli(['models', 'install', 'ollama:small', '--json']);
    assert.equal(begun.code, 0, begun.stdout + begun.stderr);
    assert.equal(begun.json.result.runtime, 'lama');
    const told = await own.cli(['models', 'install', 'ollama:small']);
    assert.ok(told.stdout.includes(`chat --model ${begun.json.result.model} `), told.stdout);
    await own.stop();
    own.configure({ runtimes: [embedded, lama('lama'), lama('other')] });
    const several = await own.cli(['models', 'install', 'ollama:small']);
    assert.equal(several.code, 1);
    assert.match(several.stderr, /lama, other.*--runtime/s);
    own.configure({ runtimes: [embedded] });
    assert.match((await own.cli(['models', 'install', 'ollama:small'])).stderr, /no runtime of kind ollama.*runtimes probe/s);
  } finally {
    await own.close();
    ollama.close();
  }
});

test('cli errors: resume is advised only where it can help', async () => {
  const held = [];
  const server = await listening((request, response) => {
    if (!request.url.includes('held')) return response.writeHead(404).end();
    response.writeHead(200, { 'content-length': 9_000_000, etag: '"v1"' });
    response.write(Buffer.alloc(100_000));
    return held.push(response);
  });
  try {
    const page = path.join(node.home, 'page.gguf');
    fs.writeFileSync(page, '<html>');
    for (const source of ['/no/such/file.gguf', page, `${server.url}/gone.gguf`, server.url.replace('//', '//me:pw@') + '/x.gguf']) {
      const failed = await node.cli(['models', 'install', source]);
      assert.equal(failed.code, 1, `${source}: ${failed.stdout}${failed.stderr}`);
      assert.doesNotMatch(failed.stderr, /resume/, source);
    }
    const watching = node.cli(['models', 'install', `${server.url}/held.gguf`]);
    const running = await until(async () => (await node.cli(['models', 'jobs', '--json'])).json.data.find((one) => one.model === 'held' && one.state === 'running'),
      kJobMs, 'the job to run');
    assert.equal((await node.cli(['models', 'cancel', running.id])).code, 0);
    const cancelled = await watching;
    assert.equal(cancelled.code, 1);
    assert.ok(cancelled.stderr.includes(`models resume ${running.id}`), cancelled.stderr);
  } finally {
    server.close();
  }
  const form = await node.cli(['models', 'install', 'file:///etc/passwd']);
  assert.equal(form.code, 1);
  assert.match(form.stderr, /file:\/\/ is no form that is taken.* \/etc\/passwd/);
  assert.match((await node.cli(['models', 'install', 'hf://org/model'])).stderr, /hf:\/\/ is no form/);
});

test('cli errors: a model that is not installed, and one whose file is missing', async () => {
  for (const what of ['load', 'unload', 'remove']) {
    const refused = await node.cli(['models', what, defaultModel]);
    assert.equal(refused.code, 1, refused.stdout);
    assert.match(refused.stderr, /models installed/, what);
    assert.match(refused.stderr, /built-in model.*"runtimes"/, what);
  }
  assert.equal((await node.cli(['models', 'install', modelFile, '--name', 'astray'])).code, 0);
  await node.stop();
  const folder = path.join(node.home, 'models');
  const [file] = fs.readdirSync(folder).map((name) => path.join(folder, name, 'model.gguf')).filter((name) => fs.existsSync(name));
  const aside = path.join(node.home, 'aside.gguf');
  fs.renameSync(file, aside);
  await node.serve();
  const missing = await node.cli(['models', 'load', 'astray']);
  assert.equal(missing.code, 1);
  assert.ok(missing.stderr.includes(file), missing.stderr);
  assert.match(missing.stderr, /missing.*models install .*--name astray.*models remove astray/s);
  fs.renameSync(aside, file);
  const back = await node.cli(['models', 'load', 'astray']);
  assert.equal(back.code, 0, back.stderr);
  assert.equal((await node.cli(['models', 'remove', 'astray'])).code, 0);
});

test('cli errors: --version, no command, an unknown command', async () => {
  assert.equal((await node.cli(['--version'])).stdout, (await node.cli(['version'])).stdout);
  const bare = await node.cli([]);
  assert.equal(bare.code, 2);
  assert.match(bare.stderr, /Usage: b3iq-host/);
  const group = await node.cli(['keys']);
  assert.equal(group.code, 2);
  assert.match(group.stderr, /revoke/);
  const near = await node.cli(['modles', 'list']);
  assert.equal(near.code, 2);
  assert.match(near.stderr, /no command 'modles'.*'models'/);
  const below = await node.cli(['keys', 'lst']);
  assert.equal(below.code, 2);
  assert.match(below.stderr, /keys has no command 'lst'.*'list'/);
  const far = await node.cli(['keys', 'sesame']);
  assert.equal(far.code, 2);
  assert.match(far.stderr, /keys has no command 'sesame'\. It has: .*create.*revoke/);
  const pasted = await node.cli([secret]);
  assert.equal(pasted.code, 2);
  assert.ok(!(pasted.stdout + pasted.stderr).includes(secret));
});

test('cli errors: help and manual speak of values in plain words, and bounds are told', async () => {
  const page = (await node.cli(['completion', 'man'])).stdout;
  const help = [];
  for (const words of [['chat'], ['keys', 'create'], ['models', 'install'], ['logs'], ['top'], ['receipts', 'list']]) {
    help.push((await node.cli([...words, '--help'])).stdout);
  }
  for (const text of [page, ...help]) assert.doesNotMatch(text, /\b(FLOAT|INT|UINT|POSITIVE)\b|SIZE \[|TEXT:/);
  const wrong = [
    [['chat', '--max-tokens', '0', 'x'], /--max-tokens: must be a whole number from 1 to 100000000$/m],
    [['chat', '--temperature', '3', 'x'], /--temperature: must be a number from 0 to 2$/m],
    [['models', 'install', 'x', '--limit-rate', 'fast'], /--limit-rate: must be a number of bytes/],
    [['keys', 'create', '--name', 'x', '--rpm', '-1'], /--rpm: must be a whole number from 0/],
    [['keys', 'create', '--name', 'x', '--rpm', '99999999999999999999'], /--rpm: must be a whole number from 0/],
    [['keys', 'create', '--name', 'x', '--budget-tokens', '1e9'], /--budget-tokens: must be/],
    [['keys', 'create', '--name', 'x', '--scope', 'foo'], /--scope: 'foo' is none of chat, models, receipts and metrics/],
    [['keys', 'create', '--name', 'x', '--budget-period', 'week'], /--budget-period: 'week' is none of total, day and month/],
  ];
  for (const [words, message] of wrong) {
    const refused = await node.cli(words);
    assert.equal(refused.code, 2, `${words.join(' ')}: ${refused.stdout}${refused.stderr}`);
    assert.match(refused.stderr, message);
    assert.doesNotMatch(refused.stderr, /_/, 'no name of the wire');
  }
});

test('cli errors: chat takes the address with and without /v1, and sends no other node the operator\'s token', async () => {
  const keyFile = path.join(node.home, 'errors.key');
  fs.writeFileSync(keyFile, `${secret}\n`, { mode: 0o600 });
  for (const end of ['', '/', '/v1', '/v1/']) {
    const words = ['chat', '--api-key-file', keyFile, '--max-tokens', '3', 'Hi'];
    const named = await node.cli([...words, '--url', `${node.url}${end}`]);
    assert.equal(named.code, 0, `${end}: ${named.stderr}`);
    const set = await node.cli(words, { env: { B3IQ_LOCAL_BASE_URL: `${node.url}${end}` } });
    assert.equal(set.code, 0, `${end}: ${set.stderr}`);
  }
  const seen = [];
  const other = await listening((request, response) => {
    seen.push(request.headers.authorization);
    response.end('{}');
  });
  try {
    const refused = await node.cli(['chat', 'Hi'], { env: { B3IQ_LOCAL_BASE_URL: other.url } });
    assert.equal(refused.code, 4, refused.stderr);
    assert.deepEqual(seen, []);
  } finally {
    other.close();
  }
});

test('cli errors: keys usage names the keys', async () => {
  const named = await node.key({ name: 'a-name-to-be-seen' });
  assert.equal((await node.chat({ model: defaultModel, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 }, named.secret)).status, 200);
  await until(async () => {
    const { stdout } = await node.cli(['keys', 'usage']);
    return stdout.split('\n').some((line) => line.includes(named.id) && line.includes(named.name));
  }, 20_000, 'the use of the key by its name');
});

test('cli errors: a node that drains says so, and nobody is advised to end it', async () => {
  const upstream = await Upstream.start();
  const own = await Node.start({ config: upstreamConfig(upstream.url) });
  try {
    await own.ready('fake-instant');
    const key = (await own.key({ name: 'long' })).secret;
    const body = { model: 'fake-endless', messages: [{ role: 'user', content: 'Hi' }], stream: true };
    const call = http.request(`${own.url}/v1/chat/completions`, { method: 'POST', agent: false, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } });
    call.on('error', () => {});
    call.end(JSON.stringify(body));
    await new Promise((resolve) => call.on('response', (response) => {
      response.on('error', () => {});
      response.once('data', resolve);
      response.resume();
    }));
    process.kill(own.pid, 'SIGTERM');
    const status = await until(async () => {
      const { code, json } = await own.cli(['status', '--json']);
      return json?.status === 'draining' && { code, json };
    }, 20_000, 'the drain to be told');
    assert.equal(status.code, 3);
    assert.match((await own.cli(['status'])).stdout, /^state +draining: the calls that run are finished first$/m);
    const { code, json, stderr } = await own.cli(['doctor', '--json']);
    assert.ok(json, stderr);
    const about = json.checks.filter(({ check }) => check.startsWith('node.')).map(({ check, verdict }) => [check, verdict]);
    assert.deepEqual(about, [['node.running', 'good'], ['node.draining', 'warning']]);
    assert.doesNotMatch(JSON.stringify(json), /kill -TERM/);
    assert.ok([0, 5].includes(code));
    for (const words of [['models', 'list'], ['keys', 'list'], ['chat', 'Hi'], ['serve', '--listen', '127.0.0.1:0']]) {
      const refused = await own.cli(words);
      assert.equal(refused.code, 3, `${words}: ${refused.stdout}`);
      assert.match(refused.stderr, /drains/);
    }
    assert.equal(own.ended, undefined, 'it finishes the call first');
    call.destroy();
  } finally {
    await own.close();
    await upstream.close();
  }
});

test('cli errors: status tells of a runtime that is left out after failures', async () => {
  const upstream = await Upstream.start();
  const own = await Node.start({ config: upstreamConfig(upstream.url) });
  try {
    await own.ready('fake-instant');
    const key = (await own.key({ name: 'fails' })).secret;
    assert.equal((await own.cli(['status', '--json'])).json.runtimes[0].breaker, 'closed');
    upstream.fault = 'status-500';
    for (let i = 0; i < 3; i += 1) await own.chat({ model: 'fake-instant', messages: [{ role: 'user', content: 'Hi' }] }, key);
    const { json } = await own.cli(['status', '--json']);
    assert.equal(json.runtimes[0].breaker, 'open');
    assert.ok(json.runtimes[0].retry_ms >= 0);
    assert.match((await own.cli(['status'])).stdout, /^runtime +up .*left out after failures/m);
  } finally {
    await own.close();
    await upstream.close();
  }
});

test('cli errors: a port that is taken, and a backup of nothing', async () => {
  const taken = net.createServer();
  await new Promise((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-cli-errors-'));
  const env = { B3IQ_HOME: path.join(folder, 'home') };
  try {
    const nothing = await run(hostBin, ['backup', path.join(folder, 'copy')], { env });
    assert.equal(nothing.code, 1);
    assert.match(nothing.stderr, /Run: b3iq-host init/);
    assert.equal((await run(hostBin, ['init'], { env })).code, 0);
    const refused = await run(hostBin, ['serve', '--listen', `127.0.0.1:${taken.address().port}`], { env });
    assert.equal(refused.code, 1, refused.stdout);
    assert.match(refused.stderr, /Address already in use\. `ss -ltnp` names the program.*--listen/);
    assert.doesNotMatch(refused.stderr, /cannot be used/);
  } finally {
    taken.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

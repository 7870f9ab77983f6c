// CASES G1 (what needs no browser): a web page, another host name or another user of the machine gets nothing from the node.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { checkAnyError, checkError } from './shapes.mjs';
import { descendants, visibleText } from './processes.mjs';
import { exchange } from './wire.mjs';
import { Node, defaultModel, hostBin, run } from './node.mjs';

let node;
let secret;
const kPlantedMarker = 'planted-environment-marker-5f1d';
const kChat = { model: defaultModel, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 };
const kRoutes = [
  ['GET', '/health'], ['GET', '/v1/models'], ['POST', '/v1/chat/completions'], ['GET', '/v1/receipts'], ['GET', '/metrics'],
  ['POST', '/v1/messages'], ['POST', '/api/chat'], ['GET', '/api/tags'],
];

before(async () => {
  node = await Node.start({ env: { PLANTED_SECRET: kPlantedMarker } });
  await node.ready();
  ({ secret } = await node.key({ name: 'guard', scope: ['chat', 'models', 'receipts', 'metrics'] }));
});
after(() => node?.close());

// Every route with a right key and the given headers.
async function everywhere(headers, check) {
  for (const [method, target] of kRoutes) {
    const answer = await node.request({
      method, path: target, headers: { authorization: `Bearer ${secret}`, ...headers }, body: method === 'POST' ? kChat : undefined,
    });
    check(answer, `${method} ${target} with ${JSON.stringify(headers)}`);
  }
}

function noCors(answer, what) {
  const granted = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
  assert.deepEqual(granted, [], `${what} grants ${granted}`);
}

async function chatsSoFar() {
  const metrics = await node.get('/metrics', secret);
  return Number(/^b3iq_receipts_total(?:\{[^}]*\})? ([0-9.e+]+)/m.exec(metrics.text)?.[1]);
}

test('G1-1 a Host header that is no name of this node is refused on every route', async () => {
  const hosts = [
    'evil.example', `evil.example:${node.port}`, `127.0.0.1.evil.example:${node.port}`, `localhost.evil.example:${node.port}`,
    `169.254.169.254:${node.port}`, `0.0.0.0:${node.port}`, `[::]:${node.port}`, `127.1:${node.port}`, `2130706433:${node.port}`,
    `localhost:${node.port}@evil.example`, `evil.example#localhost:${node.port}`,
  ];
  for (const host of hosts) {
    await everywhere({ host }, (answer, what) => {
      assert.ok([400, 403].includes(answer.status), `${what}: ${answer.status}`);
      noCors(answer, what);
      if (answer.status === 403) checkAnyError(answer, 403, 'host_not_allowed');
    });
  }
  const noHost = await exchange(node.port, 'GET /health HTTP/1.1\r\n\r\n');
  assert.equal(noHost.answers[0]?.status, 400, 'no Host at all');
  const twoHosts = await exchange(node.port, `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${node.port}\r\nHost: evil.example\r\n\r\n`);
  assert.equal(twoHosts.answers[0]?.status, 400, 'two Hosts');
  const absolute = await exchange(
    node.port, `GET http://evil.example/health HTTP/1.1\r\nHost: 127.0.0.1:${node.port}\r\nConnection: close\r\n\r\n`);
  assert.ok([400, 403].includes(absolute.answers[0]?.status), `absolute target of another host: ${absolute.text.slice(0, 100)}`);
});

test('G1-1 the loopback names of this node are served', async () => {
  for (const host of [`127.0.0.1:${node.port}`, `localhost:${node.port}`, `LOCALHOST:${node.port}`, `[::1]:${node.port}`]) {
    const answer = await node.request({ path: '/health', headers: { host } });
    assert.equal(answer.status, 200, `${host}: ${answer.text}`);
  }
});

test('G1-2 a simple cross-site POST changes nothing, even with a right key', async () => {
  const before = await chatsSoFar();
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json']) {
    const answer = await node.chat(kChat, secret, { 'content-type': type, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' });
    checkError(answer, 403, 'origin_not_allowed');
    noCors(answer, type);
  }
  assert.equal(await chatsSoFar(), before, 'no completion was made');
});

test('G1-3 null, file, extension and other-port origins get nothing on every route', async () => {
  const origins = [
    'null', 'file://', 'chrome-extension://abcdefghijklmnopabcdefghijklmnop', 'moz-extension://1', 'https://evil.example',
    `http://127.0.0.1:${node.port + 1}`, `http://localhost:${node.port + 1}`, 'http://127.0.0.1', `https://127.0.0.1:${node.port}`,
    `http://127.0.0.1:${node.port}.evil.example`, `http://evil.example:${node.port}`, '',
  ];
  for (const origin of origins) {
    await everywhere({ origin }, (answer, what) => {
      checkAnyError(answer, 403, 'origin_not_allowed');
      noCors(answer, what);
    });
  }
});

test('G1-3 Sec-Fetch-Site cross-site and same-site are refused without an Origin too', async () => {
  for (const site of ['cross-site', 'same-site']) {
    await everywhere({ 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }, (answer, what) => {
      assert.equal(answer.status, 403, what);
      noCors(answer, what);
    });
  }
  const own = await node.get('/v1/models', secret, { origin: node.url, 'sec-fetch-site': 'same-origin' });
  assert.equal(own.status, 200, own.text);
});

test('G1-4 a preflight with private- or local-network headers grants nothing', async () => {
  for (const [, target] of kRoutes) {
    for (const network of ['private', 'local']) {
      const answer = await node.request({
        method: 'OPTIONS', path: target,
        headers: {
          origin: 'https://evil.example', 'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
          [`access-control-request-${network}-network`]: 'true',
        },
      });
      assert.ok(answer.status >= 400, `${target}: ${answer.status}`);
      noCors(answer, target);
    }
  }
});

test('G1-6 every answer denies framing and sniffing', async () => {
  await everywhere({}, (answer, what) => {
    const frames = `${answer.headers['x-frame-options'] ?? ''} ${answer.headers['content-security-policy'] ?? ''}`;
    assert.match(frames, /DENY|frame-ancestors 'none'/, what);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff', what);
  });
});

test('G1-9 no set-up or key-making route answers a stranger or an ordinary key', async () => {
  for (const target of ['/setup/v1/keys', '/setup/v1/status', '/setup/v1/usage', '/v1/setup', '/v1/keys', '/admin']) {
    for (const method of ['GET', 'POST']) {
      for (const credential of [undefined, secret]) {
        const answer = await node.request({
          method, path: target, headers: credential ? { authorization: `Bearer ${credential}` } : {}, body: method === 'POST' ? {} : undefined,
        });
        assert.ok([401, 403, 404, 405].includes(answer.status), `${method} ${target}: ${answer.status}`);
      }
    }
  }
});

test('G1-9 the setup page is the same for everybody: it tells nothing of the node and takes nothing', async () => {
  const page = await node.get('/setup/');
  assert.equal(page.status, 200);
  const status = (await node.cli(['status', '--json'])).json;
  for (const part of [status.node_id, status.public_key_ed25519, node.home, defaultModel, status.version, 'b3iq_setup_']) {
    assert.ok(part && !page.text.includes(part), `the page tells ${part}`);
  }
  assert.equal((await node.get('/setup/', secret)).text, page.text);
  const policy = page.headers['content-security-policy'];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.match(policy, /frame-ancestors 'none'/);
  for (const method of ['POST', 'PUT', 'DELETE']) {
    assert.equal((await node.request({ method, path: '/setup/', body: {} })).status, 405, method);
  }
});

test('G1-10 EventSource and WebSocket from a foreign origin are refused', async () => {
  const events = await node.get('/v1/models', secret, { origin: 'https://evil.example', accept: 'text/event-stream' });
  checkError(events, 403, 'origin_not_allowed');
  for (const [, target] of kRoutes) {
    const answer = await exchange(node.port, [
      `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${node.port}\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\n` +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ], { stopWhen: (text) => text.includes('\r\n\r\n'), timeoutMs: 5_000 });
    assert.equal(answer.answers[0]?.status ?? Number(answer.text.split(' ')[1]), 403, `${target}: ${answer.text.slice(0, 80)}`);
  }
});

test('G1-1 a node that listens on another loopback address answers to that name, and to no foreign one', async () => {
  const other = await Node.start({ listen: '127.0.0.2:0' });  // asks /health by its own URL
  try {
    assert.equal(new URL(other.url).hostname, '127.0.0.2');
    const named = (host) => other.request({ path: '/health', headers: { host } });
    assert.equal((await named(`127.0.0.2:${other.port}`)).status, 200);
    checkAnyError(await named(`127.0.0.3:${other.port}`), 403, 'host_not_allowed');
    checkAnyError(await named(`evil.example:${other.port}`), 403, 'host_not_allowed');
  } finally {
    await other.close();
  }
});

test('G1-11 a bind beyond loopback without TLS and explicit config refuses to start and says why', async () => {
  const addresses = ['0.0.0.0:0', '[::]:0'];
  const lan = Object.values(os.networkInterfaces()).flat().find((one) => !one.internal && one.family === 'IPv4');
  if (lan) addresses.push(`${lan.address}:0`);
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-e2e-bind-'));
  try {
    const env = { B3IQ_HOME: home };
    assert.equal((await run(hostBin, ['init', '--json'], { env })).code, 0);
    const refused = (ended, what) => {
      assert.ok(ended.code !== 0 && ended.signal === null, `${what}: ${JSON.stringify(ended)}`);
      assert.match(ended.stderr + ended.stdout, /loopback|127\.0\.0\.1|TLS/i, what);
      assert.doesNotMatch(ended.stdout, /listening on/, what);
    };
    for (const address of addresses) {
      refused(await run(hostBin, ['serve', '--listen', address], { env, timeoutMs: 10_000 }), `--listen ${address}`);
      refused(await run(hostBin, ['serve'], { env: { ...env, B3IQ_LISTEN: address }, timeoutMs: 10_000 }), `B3IQ_LISTEN=${address}`);
    }
    const file = path.join(home, 'config.json');
    const config = JSON.parse(fs.readFileSync(file, 'utf8'));
    fs.writeFileSync(file, JSON.stringify({ ...config, listen: '0.0.0.0:0' }));
    refused(await run(hostBin, ['serve'], { env, timeoutMs: 10_000 }), 'config.json listen');
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
});

test('G1-13 everything under B3IQ_HOME is closed to other users', async () => {
  const fresh = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-e2e-modes-')), 'home');
  const made = await run('sh', ['-c', 'umask 000; exec "$0" init --json', hostBin], { env: { B3IQ_HOME: fresh } });
  assert.equal(made.code, 0, made.stderr);
  const walk = (folder) => {
    assert.equal(fs.statSync(folder).mode & 0o777, 0o700, folder);
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) walk(file);
      else assert.equal(fs.lstatSync(file).mode & 0o177, 0, `${file} ${(fs.lstatSync(file).mode & 0o777).toString(8)}`);
    }
  };
  walk(fresh);
  fs.rmSync(path.dirname(fresh), { recursive: true });
  walk(node.home);
});

test('G1-13 no secret is in a command line, in the worker\'s environment or in what init and serve print', async () => {
  const url = await node.cli(['wizard', 'url', '--with-token']);
  assert.equal(url.code, 0, url.stderr);
  const token = /b3iq_setup_[0-9A-Za-z]+/.exec(url.stdout)?.[0];
  assert.ok(token, url.stdout);
  assert.doesNotMatch((await node.cli(['wizard', 'url'])).stdout, /b3iq_setup_/);
  await node.chat(kChat, secret);
  const secrets = [secret, token, secret.slice('b3iq_local_'.length)];
  const family = [{ pid: node.pid, comm: 'b3iq-host' }, ...descendants(node.pid)];
  assert.ok(family.length >= 2, 'the embedded runtime has a worker process');
  for (const process of family) {
    const text = visibleText(process.pid);
    for (const one of secrets) assert.ok(!text.includes(one), `${process.comm} shows a secret`);
    if (process.pid !== node.pid) assert.ok(!text.includes(kPlantedMarker), `${process.comm} inherited the environment`);
  }
  for (const one of secrets) assert.ok(!node.output.includes(one), 'serve printed a secret');
  assert.doesNotMatch(node.output, /b3iq_(local|setup|invite)_[0-9A-Za-z]{10}/);
});

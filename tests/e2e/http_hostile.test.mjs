// CASES G2: bytes that no honest client sends, on raw sockets to the real binary. After every case the node must be the
// same process and still answer.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import zlib from 'node:zlib';
import { checkError } from './shapes.mjs';
import { cpuSeconds, openDescriptors, residentKiB } from './processes.mjs';
import { RawConnection, exchange } from './wire.mjs';
import { Node, longChat, until, upstreamConfig } from './node.mjs';
import { Upstream } from './upstream.mjs';

let node;
let upstream;
let secret;
let pid;
const question = [{ role: 'user', content: 'Hi' }];
const kGoneMs = 1_000;  // a lost client ends the work behind it within this time

before(async () => {
  upstream = await Upstream.start();
  node = await Node.start({ config: upstreamConfig(upstream.url) });
  await node.ready('fake-instant');
  ({ secret } = await node.key({ name: 'hostile', scope: ['chat', 'models', 'receipts', 'metrics'] }));
  pid = node.pid;
});
after(async () => {
  await node?.close();
  await upstream?.close();
});
afterEach(async () => {
  assert.equal(node.ended, undefined, `the node ended: ${node.output.slice(-2_000)}`);
  const health = await node.request({ path: '/health', timeoutMs: 5_000 });
  assert.equal(health.status, 200);
  assert.equal(node.pid, pid);
});

const head = (lines, method = 'POST', target = '/v1/chat/completions') =>
  [`${method} ${target} HTTP/1.1`, `Host: 127.0.0.1:${node.port}`, `Authorization: Bearer ${secret}`, 'Content-Type: application/json', ...lines]
    .join('\r\n') + '\r\n\r\n';
const kSmuggled = () => `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${node.port}\r\nX-Smuggled: yes\r\n\r\n`;

// Exactly one answer, of one of `statuses`, and the connection closed by the node.
async function refused(bytes, what, statuses = [400]) {
  const result = await exchange(node.port, bytes, { timeoutMs: 5_000 });
  const seen = `${what}: ${JSON.stringify(result.text.slice(0, 160))} closed by ${result.closedBy}`;
  assert.equal(result.answers.length, 1, seen);
  assert.ok(statuses.includes(result.answers[0].status), seen);
  assert.notEqual(result.closedBy, 'timeout', `not closed: ${seen}`);
  return result.answers[0];
}

async function running() {
  const metrics = await node.get('/metrics', secret);
  return Number(/^b3iq_chats_running(?:\{[^}]*\})? ([0-9.e+-]+)/m.exec(metrics.text)?.[1]);
}

test('G2-14 lengths that disagree and doubtful transfer codings are 400 and close: nothing is smuggled', async () => {
  const blocks = [
    ['Content-Length: 4', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Content-Length: 4'],
    ['Content-Length: 4', 'Content-Length: 5'],
    ['Content-Length: 4', 'Content-Length: 4'],
    ['Content-Length: 4, 4'],
    ['Content-Length: +4'], ['Content-Length: -4'], ['Content-Length: 0x4'], ['Content-Length: 4 4'], ['Content-Length:'],
    ['Content-Length: 4e0'], ['Content-Length: 18446744073709551620'],
    ['Transfer-Encoding: chunked, chunked'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    ['Transfer-Encoding : chunked'],
    ['Transfer-Encoding:\tchunked', 'Content-Length: 4'],
    ['Transfer-Encoding: \tchunked\x0b'],
    ['Transfer-Encoding: "chunked"'],
    ['Transfer-Encoding: xchunked'], ['Transfer-Encoding: chunked;q=1'], ['Transfer-Encoding: identity'], ['Transfer-Encoding: gzip, chunked'],
    [' Transfer-Encoding: chunked'],
  ];
  for (const block of blocks) {
    await refused(`${head(block)}0\r\n\r\n${kSmuggled()}`, JSON.stringify(block), [400, 501]);
  }
  const old = `POST /v1/chat/completions HTTP/1.0\r\nHost: 127.0.0.1:${node.port}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${kSmuggled()}`;
  await refused(old, 'Transfer-Encoding on HTTP/1.0', [400, 505]);
});

test('G2-14 broken chunk framing is 400 and close', async () => {
  const bodies = [
    'g\r\n', '-1\r\n', '0x5\r\nhello\r\n0\r\n\r\n', ' 5\r\nhello\r\n0\r\n\r\n', '5 \r\nhello\r\n0\r\n\r\n', 'ffffffffffffffff1\r\n',
    '5\nhello\n0\n\n', '5\r\nhelloXX0\r\n\r\n', '5\r\nhello0\r\n\r\n', `5;${'x'.repeat(100_000)}\r\nhello\r\n0\r\n\r\n`,
    `0\r\n${'X-Trailer: 1\r\n'.repeat(10_000)}\r\n`, '\r\n',
  ];
  for (const body of bodies) {
    await refused(`${head(['Transfer-Encoding: chunked'])}${body}${kSmuggled()}`, JSON.stringify(body.slice(0, 40)), [400, 413, 431]);
  }
});

test('G2-14 honest pipelining and chunked bodies are served in order', async () => {
  const body = JSON.stringify({ model: 'fake-instant', messages: question });
  const chunked = `${body.length.toString(16)};name=value\r\n${body}\r\n0\r\n\r\n`;
  const result = await exchange(node.port, [
    `${head(['Transfer-Encoding: chunked'])}${chunked}${kSmuggled()}${head(['Connection: close'], 'GET', '/v1/models')}`,
  ]);
  assert.deepEqual(result.answers.map((answer) => answer.status), [200, 200, 200], result.text.slice(0, 400));
  assert.match(result.answers[0].body, /Hello from upstream/);
  assert.match(result.answers[2].body, /fake-instant/);
});

test('G2-15 bare LF, folding, NUL, space before the colon and bad request lines are 400', async () => {
  const host = `Host: 127.0.0.1:${node.port}`;
  const requests = [
    `GET /health HTTP/1.1\n${host}\n\n`,
    `GET /health HTTP/1.1\r\n${host}\nX: y\r\n\r\n`,
    `GET /health HTTP/1.1\r\n${host}\r\nX: a\r\n b\r\n\r\n`,
    `GET /health HTTP/1.1\r\n${host}\r\nX: a\0b\r\n\r\n`,
    `GET /health HTTP/1.1\r\n${host}\r\nX\0: a\r\n\r\n`,
    `GET /health HTTP/1.1\r\n${host}\r\nX : a\r\n\r\n`,
    `GET /health HTTP/1.1\r\n${host}\r\nX: a\rb\r\n\r\n`,
    `GET /health HTTP/1.1\r\n${host}\r\nX: a\x01\r\n\r\n`,
    `GET /health HTTP/1.1\r\n${host}\r\n: a\r\n\r\n`,
    `GET /health HTTP/1.1\r\n${host}\r\nno colon here\r\n\r\n`,
    `GET /health HTTP/1.1\r\n${host}\r\nX(y): a\r\n\r\n`,
    `GET  /health HTTP/1.1\r\n${host}\r\n\r\n`,
    `GET /health  HTTP/1.1\r\n${host}\r\n\r\n`,
    `GET /health HTTP/1.1 \r\n${host}\r\n\r\n`,
    `GET /hea\0lth HTTP/1.1\r\n${host}\r\n\r\n`,
    `GET /health http/1.1\r\n${host}\r\n\r\n`,
    `GET /health HTTP/1.10\r\n${host}\r\n\r\n`,
    `GET /health HTTP/2.0\r\n${host}\r\n\r\n`,
    `GET health HTTP/1.1\r\n${host}\r\n\r\n`,
    `GET /health#fragment HTTP/1.1\r\n${host}\r\n\r\n`,
    `G\tT /health HTTP/1.1\r\n${host}\r\n\r\n`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ];
  for (const bytes of requests) await refused(bytes.startsWith('\x16') ? `${bytes}\r\n\r\n` : bytes, JSON.stringify(bytes.slice(0, 60)), [400, 505]);
  await refused(`GET /${'a'.repeat(70_000)} HTTP/1.1\r\n${host}\r\n\r\n`, 'request line of 70 KB', [414, 431, 400]);
  const simple = await exchange(node.port, 'GET /health\r\n\r\n', { timeoutMs: 5_000 });
  assert.ok(simple.closedBy !== 'timeout' && !/"status"/.test(simple.answers[0]?.status === 200 ? simple.text : ''), 'HTTP/0.9');
});

test('G2-17, G2-19 slow headers, slow bodies and a promised body that never comes are ended; others do not notice', { timeout: 90_000 }, async () => {
  const started = Date.now();
  const slow = [];
  const open = async (name, bytes, drip) => {
    const raw = await RawConnection.open(node.port);
    raw.send(bytes);
    slow.push({ name, raw, timer: drip && setInterval(() => raw.closed || raw.send(drip), 1_000) });
  };
  for (let i = 0; i < 20; i += 1) {
    await open('header that stops', `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${node.port}\r\nX-Slow: `);
    await open('header of one byte a second', `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${node.port}\r\nX-Slow: `, 'a');
    await open('body that stops', `${head(['Content-Length: 100'])}{`);
    await open('100-continue', head(['Content-Length: 100', 'Expect: 100-continue']));
  }
  let slowest = 0;
  while (Date.now() - started < 60_000 && slow.some(({ raw }) => !raw.closed)) {
    const begin = Date.now();
    assert.equal((await node.get('/v1/models', secret)).status, 200);
    slowest = Math.max(slowest, Date.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for (const { raw, timer } of slow) { clearInterval(timer); raw.close(); }
  const left = slow.filter(({ raw }) => !raw.closed).map(({ name }) => name);
  assert.deepEqual(left, [], 'connections still open after 60 s');
  assert.ok(slowest < 1_000, `another client waited ${slowest} ms`);
  for (const { name, raw } of slow) {
    if (raw.text !== '') assert.match(raw.text, /^HTTP\/1\.1 (408|100)/, `${name}: ${raw.text.slice(0, 80)}`);
  }
});

test('G2-17 two thousand idle keep-alive connections do not disturb another client', { timeout: 60_000 }, async () => {
  const idle = [];
  try {
    for (let i = 0; i < 2_000; i += 1) {
      const raw = await RawConnection.open(node.port);
      idle.push(raw);
    }
    const begin = Date.now();
    for (let i = 0; i < 20; i += 1) assert.equal((await node.get('/v1/models', secret)).status, 200);
    assert.ok(Date.now() - begin < 4_000, `20 calls took ${Date.now() - begin} ms`);
  } finally {
    for (const raw of idle) raw.close();
  }
});

test('G2-18 ten thousand headers are 431, a declared gigabyte and an endless body are 413 before they are read', async () => {
  const many = Array.from({ length: 10_000 }, (_, i) => `X-${i}: ${i}`);
  await refused(head(many), '10,000 headers', [431]);
  await refused(head([`X-Big: ${'a'.repeat(200_000)}`]), 'a header of 200 KB', [431]);
  const before = residentKiB(node.pid);
  const declared = await refused(head(['Content-Length: 1073741824']), '1 GB declared', [413]);
  checkError({ ...declared, text: declared.body }, 413, 'payload_too_large');

  // A body that outgrows the limit is told so, whether it stops then or goes on.
  const piece = `10000\r\n${'a'.repeat(65_536)}\r\n`;
  const enough = 9 * 1024 * 1024;
  let sent = 0;
  for (const flood of [false, true]) {
    const raw = await RawConnection.open(node.port);
    raw.socket.on('error', () => {});
    raw.send(head(['Transfer-Encoding: chunked']));
    sent = 0;
    while (!raw.closed && !raw.text.includes('\r\n\r\n') && sent < (flood ? 256 * 1024 * 1024 : enough)) {
      if (!raw.socket.write(piece)) await Promise.race([new Promise((resolve) => raw.socket.once('drain', resolve)), new Promise((resolve) => setTimeout(resolve, 100))]);
      sent += 65_536;
      await new Promise(setImmediate); // drain comes without a poll: a client that only writes would never read the answer
    }
    await until(() => raw.text.includes('\r\n\r\n') || raw.closed, 5_000, 'the 413');
    assert.match(raw.text, /^HTTP\/1\.1 413/, `after ${sent} bytes: ${raw.text.slice(0, 80)}`);
    raw.close();
  }
  assert.ok(sent < 64 * 1024 * 1024, `took ${sent} bytes`);
  assert.ok(residentKiB(node.pid) - before < 64 * 1024, 'memory grew');
});

test('G2-21 hostile JSON is a 400 that says so, and no crash', async () => {
  const body = (inner) => `{"model":"fake-instant","messages":[{"role":"user","content":"Hi"}]${inner}}`;
  const cases = [
    ['nested 100,000 deep', body(`,"x":${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
    ['objects 100,000 deep', body(`,"x":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)],
    ['unclosed', '['.repeat(50_000)],
    ['duplicate key', body(',"model":"fake-slow"')],
    ['duplicate key by escape', body(',"mod\\u0065l":"fake-slow"')],
    ['duplicate key in a message', '{"model":"fake-instant","messages":[{"role":"user","role":"system","content":"Hi"}]}'],
    ['NaN', body(',"temperature":NaN')], ['Infinity', body(',"temperature":Infinity')],
    ['a huge exponent', body(',"temperature":1e999999999')],
    ['leading zero', body(',"max_tokens":01')], ['a plus sign', body(',"max_tokens":+1')], ['hex', body(',"max_tokens":0x1')],
    ['lone high surrogate', body(',"user":"\\ud800"')], ['lone low surrogate', body(',"user":"\\udc00x"')],
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"model":"fake-instant","messages":[{"role":"user","content":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}]}')])],
    ['overlong UTF-8', Buffer.concat([Buffer.from('{"model":"fake-instant","user":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('","messages":[]}')])],
    ['a raw control character', body(',"user":"a\u0001b"')],
    ['a comment', body('/* x */')], ['a trailing comma', body(',')], ['two texts', `${body('')}${body('')}`],
    ['empty', ''], ['only spaces', '   '], ['an array', '[]'], ['null', 'null'], ['a BOM', `\ufeff${body('')}`],
  ];
  for (const [name, bytes] of cases) {
    const answer = await node.chat(bytes, secret);
    assert.equal(answer.status, 400, `${name}: ${answer.status} ${answer.text.slice(0, 200)}`);
    checkError(answer, 400);
  }
  const before = residentKiB(node.pid);
  const long = await node.chat(body(`,"user":"${'u'.repeat(10 * 1024 * 1024)}"`), secret);
  assert.ok([400, 413].includes(long.status), `10 MB string: ${long.status}`);
  assert.ok(residentKiB(node.pid) - before < 64 * 1024, 'memory grew');
});

test('G2-22 numbers out of range name the member', async () => {
  const cases = [
    ['max_tokens', ['-1', '0', '9223372036854775808', '1e400', '0.5', '"5"', 'true']],
    ['max_completion_tokens', ['-1', '9223372036854775808', '0.5']],
    ['n', ['-1', '0', '2', '9223372036854775808', '1e400', '0.5']],
    ['seed', ['9223372036854775808', '-9223372036854775809', '1e400', '0.5', '"1"']],
    ['temperature', ['-0.1', '2.1', '1e400', '"1"']],
    ['top_p', ['-0.1', '1.1', '1e400']],
    ['top_logprobs', ['-1', '21', '0.5']],
    ['presence_penalty', ['-2.1', '2.1']], ['frequency_penalty', ['-2.1', '2.1']],
    ['stream', ['1', '"true"']], ['stop', ['1', '["a","b","c","d","e"]']],
  ];
  for (const [member, values] of cases) {
    for (const value of values) {
      const extra = member === 'top_logprobs' ? ',"logprobs":true' : '';
      const answer = await node.chat(
        `{"model":"fake-instant","messages":[{"role":"user","content":"Hi"}]${extra},"${member}":${value}}`, secret);
      const error = checkError(answer, 400);
      if (error.code !== 'invalid_json') assert.equal(error.param, member, `${member}: ${value} → ${answer.text}`);
    }
  }
});

test('G2-23 a gzip bomb is not opened', async () => {
  const bomb = zlib.gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20), { level: 9 });
  const before = residentKiB(node.pid);
  for (const coding of ['gzip', 'deflate', 'br', 'gzip, gzip']) {
    const answer = await node.chat(bomb, secret, { 'content-encoding': coding });
    assert.ok([400, 413, 415].includes(answer.status), `${coding}: ${answer.status}`);
  }
  assert.ok(residentKiB(node.pid) - before < 32 * 1024, 'memory grew');
});

test('G2-25 no spelling of a path gets round the key', async () => {
  const spellings = [
    '/v1/models', '//v1/models', '/v1//models', '/v1/./models', '/./v1/models', '/x/../v1/models', '/v1/%2e/models', '/%2e%2e/v1/models',
    '/health/../v1/models', '/health/%2e%2e/v1/models', '/health/..%2fv1/models', '/health;/../v1/models', '/v1/models;a=b',
    '/v1%2fmodels', '/v1%2Fmodels', '/%76%31/models', '/v1/%6dodels', '/v1/models%00', '/v1/models%2500', '/v1/models/', '/v1/models?x',
    '/v1/models%3fx', '/V1/MODELS', '/v1/models%20', '/v1\\models', '/v1/models%', '/v1/models%zz', '/v1/models%c0%af', '/v1/receipts',
    '/v1/receipts/%2e%2e/models', '/metrics', '/metrics/', '/%2fmetrics', '/health/../metrics', '*', `http://127.0.0.1:${node.port}/v1/models`,
  ];
  for (const target of spellings) {
    const result = await exchange(node.port, `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${node.port}\r\nConnection: close\r\n\r\n`);
    const [answer] = result.answers;
    assert.ok(answer && [400, 401, 404].includes(answer.status), `${target}: ${result.text.slice(0, 120)}`);
    assert.doesNotMatch(answer.body, /fake-instant|b3iq_chats/, target);
  }
  const decoded = await exchange(node.port, head(['Connection: close'], 'GET', '/v1/%6dodels'));
  assert.ok([200, 404].includes(decoded.answers[0].status), 'decoded once at most');
  const twice = await exchange(node.port, head(['Connection: close'], 'GET', '/v1/%256dodels'));
  assert.equal(twice.answers[0].status, 404, 'never decoded twice');
});

test('G2-26 every other method on every route has a documented answer', async () => {
  const routes = [['/health', 'GET'], ['/v1/models', 'GET'], ['/v1/chat/completions', 'POST'], ['/v1/receipts', 'GET'], ['/metrics', 'GET']];
  for (const [target, own] of routes) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'get', 'X'.repeat(40)]) {
      if (method === own) continue;
      const result = await exchange(node.port, head(['Content-Length: 0', 'Connection: close'], method, target), { timeoutMs: 5_000 });
      const status = result.answers[0]?.status ?? Number(result.text.split(' ')[1]);
      const what = `${method} ${target}: ${result.text.slice(0, 120)}`;
      if (method === 'HEAD' && own === 'GET' && status === 200) {
        assert.ok(result.text.endsWith('\r\n\r\n'), `HEAD has no body: ${what}`);
        continue;
      }
      assert.ok([400, 403, 405, 501].includes(status), what);
      assert.ok(!result.text.includes(secret), `TRACE echoes: ${what}`);
      if (status === 405) assert.match(result.text, new RegExp(`\r\nallow: [^\r]*${own}`, 'i'), what);
    }
  }
});

for (const [how, act] of [
  ['resets', (raw) => raw.reset()], ['closes', (raw) => raw.close()], ['half-closes', (raw) => raw.socket.end()],
]) {
  test(`G2-27 a client that ${how} mid-stream ends the upstream's work within a second`, async () => {
    const raw = await RawConnection.open(node.port);
    raw.socket.on('error', () => {});
    const body = JSON.stringify({ model: 'fake-endless', messages: question, stream: true });
    raw.send(`${head([`Content-Length: ${body.length}`])}${body}`);
    await until(() => raw.text.includes('word5'), 10_000, 'the stream');
    const at = Date.now();
    act(raw);
    const record = upstream.last('fake-endless');
    await until(() => record.closedAt, kGoneMs + 500, 'the end of the upstream call');
    assert.ok(record.closedAt - at < kGoneMs, `${record.closedAt - at} ms`);
    await until(async () => (await running()) === 0, 2_000, 'b3iq_chats_running 0');
    raw.close();
  });
  for (const stream of [false, true]) {
    test(`G2-27 a client that ${how} in prefill (stream ${stream}) ends the upstream's work within a second`, async () => {
      const before = upstream.requests.length;
      const raw = await RawConnection.open(node.port);
      raw.socket.on('error', () => {});
      const body = JSON.stringify({ model: 'fake-silent', messages: question, stream });
      raw.send(`${head([`Content-Length: ${body.length}`])}${body}`);
      await until(() => upstream.requests.length > before, 5_000, 'the upstream call');
      const at = Date.now();
      act(raw);
      const record = upstream.last('fake-silent');
      await until(() => record.closedAt, kGoneMs + 500, 'the end of the upstream call');
      assert.ok(record.closedAt - at < kGoneMs, `${record.closedAt - at} ms`);
      raw.close();
    });
  }
}

test('G2-27 clients that stop reading hold the upstream back; memory stays bounded', { timeout: 60_000 }, async () => {
  const before = residentKiB(node.pid);
  const first = upstream.requests.length;
  const readers = [];
  for (let i = 0; i < 8; i += 1) {
    const raw = await RawConnection.open(node.port);
    raw.socket.on('error', () => {});
    raw.socket.pause();
    const body = JSON.stringify({ model: 'fake-flood', messages: question, stream: true });
    raw.send(`${head([`Content-Length: ${body.length}`])}${body}`);
    readers.push(raw);
  }
  await until(() => upstream.requests.length === first + 8, 5_000, 'eight upstream calls');
  const sent = () => upstream.requests.slice(first).reduce((sum, record) => sum + record.bytesOut, 0);
  let last = -1;
  await until(async () => {
    const now = sent();
    const same = now === last;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return same;
  }, 20_000, 'the upstream to be held back');
  const growth = residentKiB(node.pid) - before;
  assert.ok(growth < 16 * 1024, `the node grew by ${growth} KiB`);
  for (const raw of readers) raw.close();
  await until(async () => (await running()) === 0, 3_000, 'b3iq_chats_running 0');
});

test('G2-28 out of file descriptors the node sheds load and recovers without a restart', { timeout: 60_000 }, async () => {
  const tight = await Node.start({ config: upstreamConfig(upstream.url), wrap: ['prlimit', '--nofile=96:96'] });
  try {
    const key = (await tight.key({ name: 'tight' })).secret;
    await tight.ready('fake-instant');
    const idle = [];
    for (let i = 0; i < 300; i += 1) {
      const raw = await RawConnection.open(tight.port).catch(() => undefined);
      if (raw) {
        raw.socket.on('error', () => {});
        idle.push(raw);
      }
    }
    const ask = () => tight.chat({ model: 'fake-instant', messages: question }, key).then((answer) => answer.status, () => 'none');
    await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, 2_000))]);
    assert.equal(tight.ended, undefined, tight.output.slice(-2_000));
    for (const raw of idle) raw.close();
    await until(async () => (await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, 1_000))])) === 200, 10_000, 'an answer again');
    assert.ok(openDescriptors(tight.pid) <= 96);
  } finally {
    await tight.close();
  }
});

test('the table of descriptors has its full size before the first caller comes', async () => {
  // A table that grows while threads run stalls every stream for 10 ms and more.
  const shell = await Node.start({ config: upstreamConfig(upstream.url), wrap: ['prlimit', '--nofile=256:4096'] });
  try {
    const status = fs.readFileSync(`/proc/${shell.pid}/status`, 'utf8');
    const limits = fs.readFileSync(`/proc/${shell.pid}/limits`, 'utf8');
    assert.match(limits, /^Max open files\s+4096\s+4096\s/m, 'a low soft limit is raised as far as the hard one lets');
    assert.ok(Number(/^FDSize:\s+([0-9]+)/m.exec(status)[1]) >= 4096, status);
  } finally {
    await shell.close();
  }
});

test('G2-27 with the embedded runtime: a lost client ends generation within a second', { timeout: 120_000 }, async () => {
  const embedded = await Node.start();
  try {
    await embedded.ready();
    const key = (await embedded.key({ name: 'gone', scope: ['chat', 'metrics'] })).secret;
    const runningNow = async () =>
      Number(/^b3iq_chats_running(?:\{[^}]*\})? ([0-9.e+-]+)/m.exec((await embedded.get('/metrics', key)).text)?.[1]);
    const ask = (raw, body) => {
      const text = JSON.stringify(body);
      raw.send(`POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:${embedded.port}\r\nAuthorization: Bearer ${key}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    };
    const prefill = { ...longChat(), messages: [{ role: 'user', content: 'word '.repeat(350) }] };
    for (const [when, body] of [['mid-stream', longChat()], ['in prefill', prefill]]) {
      const raws = [];
      for (let i = 0; i < 8; i += 1) {
        const raw = await RawConnection.open(embedded.port);
        raw.socket.on('error', () => {});
        ask(raw, { ...body, seed: i, messages: [{ role: 'user', content: `${i} ${body.messages[0].content}` }] });
        raws.push(raw);
      }
      await until(async () => (await runningNow()) > 0, 5_000, `generations ${when}`);
      if (when === 'mid-stream') await until(() => raws.every((raw) => raw.text.includes('"content":"')), 10_000, 'first chunks');
      assert.ok((await runningNow()) > 0, 'all ended before the test could act');
      for (const raw of raws) raw.reset();
      const at = Date.now();
      await until(async () => (await runningNow()) === 0, kGoneMs, `no generation ${when}`);
      const [worker] = embedded.workers();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, at + kGoneMs - Date.now())));
      const used = cpuSeconds(worker.pid);
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.ok(cpuSeconds(worker.pid) - used < 0.1, `the worker still works a second after ${when}`);
    }
  } finally {
    await embedded.close();
  }
});

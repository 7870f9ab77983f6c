// An upstream that writes bytes which are no HTTP, no JSON or no event stream, and some without end. The node must tell a stable
// code, keep its memory, let the upstream go and answer the next call.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Node, until } from './node.mjs';
import { residentKiB } from './processes.mjs';
import { Upstream } from './upstream.mjs';

const messages = [{ role: 'user', content: 'Hi' }];
const kMostGrowthKiB = 400 * 1024;  // AddressSanitizer alone keeps 256 MiB of what was freed
const head = (type, more = '') => `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${more}`;
const sse = (more = '') => `${head('text/event-stream', 'transfer-encoding: chunked\r\n')}\r\n${more}`;
const event = 'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n';
const chunked = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const filler = 'x'.repeat(65_536);

// name → [what is written at once, what is written again and again until the node lets go (none: the connection is closed)].
const kStrange = {
  'no HTTP': ['SSH-2.0-OpenSSH_9.2\r\n'],
  'zeros': ['\0'.repeat(4_096)],
  'HTTP 9': ['HTTP/9.9 200 OK\r\n\r\n'],
  'a head that stops': ['HTTP/1.1 200 OK\r\ncontent-type: appl'],
  'a status line without end': ['HTTP/1.1 200 ', filler],
  'a header without end': ['HTTP/1.1 200 OK\r\nx: ', filler],
  'headers without end': ['HTTP/1.1 200 OK\r\n', 'x-more: 1\r\n'.repeat(4_096)],
  'interim answers without end': ['', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(1_024)],
  'two lengths': [`${head('application/json', 'content-length: 2\r\ncontent-length: 3\r\n')}\r\n{}`],
  'less than its length': [`${head('application/json', 'content-length: 500\r\n')}\r\n{"id":"x"`],
  'a JSON text without end': [`${head('application/json')}\r\n{"id":"`, filler],
  'JSON in JSON without end': [`${head('application/json')}\r\n`, '{"a":'.repeat(10_000)],
  'bytes that are no UTF-8': [Buffer.concat([Buffer.from(`${head('application/json', 'content-length: 12\r\n')}\r\n{"id":"`), Buffer.from([0xff, 0xfe, 0x22, 0x7d, 0x20])])],
  'a chunk size without end': [sse(), '1'.repeat(65_536)],
  'a chunk extension without end': [sse('5;x='), filler],
  'a chunk larger than a number': [sse('fffffffffffffffff\r\n')],
  'an event without end': [sse(), chunked(`${filler}`)],
  'an event without end after the first token': [sse(chunked(event)), chunked(filler)],
  'comments, then nothing': [sse(chunked(': ping\n\n'.repeat(100)))],
  'events of rubbish': [sse(chunked('data: {"choices":[{\n\n'))],
  'a stream that stops after the first token': [sse(chunked(event))],
  'trailers without end': [sse(`${chunked(event)}0\r\n`), 'x-more: 1\r\n'.repeat(4_096)],
};

class Strange {
  static async start() {
    const strange = new Strange();
    strange.open = new Set();
    strange.server = net.createServer((socket) => strange.serve(socket));
    await new Promise((resolve) => strange.server.listen(0, '127.0.0.1', resolve));
    strange.url = `http://127.0.0.1:${strange.server.address().port}`;
    return strange;
  }

  serve(socket) {
    this.open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.open.delete(socket));
    socket.once('data', () => {
      const [once, again] = kStrange[this.name] ?? [''];  // the node's own questions may come before the first test
      socket.resume();
      socket.write(Buffer.isBuffer(once) ? once : Buffer.from(once, 'latin1'));
      if (again === undefined) {
        socket.end();
        return;
      }
      const pump = () => { while (!socket.destroyed && socket.write(again)); };
      socket.on('drain', pump);
      pump();
    });
  }

  close() {
    for (const socket of this.open) socket.destroy();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

let strange;
let upstream;
let node;
let secret;
const nameOf = (name) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

before(async () => {
  strange = await Strange.start();
  upstream = await Upstream.start();
  node = await Node.start({
    config: {
      runtimes: [
        { id: 'up', kind: 'openai', base_url: upstream.url },
        ...Object.keys(kStrange).map((name) => ({ id: nameOf(name), kind: 'openai', base_url: strange.url, models: [nameOf(name)] })),
      ],
    },
  });
  await node.ready('fake-instant');
  ({ secret } = await node.key({ name: 'strange', scope: ['chat', 'models', 'receipts'] }));
});
after(async () => {
  await node?.close();
  await strange?.close();
  await upstream?.close();
});

for (const name of Object.keys(kStrange)) {
  for (const stream of [false, true]) {
    test(`strange upstream: ${name}, ${stream ? 'streamed' : 'whole'}`, { timeout: 60_000 }, async () => {
      strange.name = name;
      const memory = residentKiB(node.pid);
      const answer = await node.chat({ model: nameOf(name), messages, stream }, secret);
      assert.doesNotMatch(answer.text, /receipt_hash|\[DONE\]/, 'it looks like an answer');
      if (answer.status === 200) assert.match(answer.text, /"code":"runtime_failed"/);
      else assert.ok(['runtime_failed', 'runtime_unreachable'].includes(answer.json?.error?.code), answer.text.slice(0, 500));
      await until(() => strange.open.size === 0, 10_000, 'the end of the connection to the upstream');
      const grown = residentKiB(node.pid) - memory;
      assert.ok(grown < kMostGrowthKiB, `the node grew by ${grown} KiB`);
      const next = await node.chat({ model: 'fake-instant', messages, stream }, secret);
      assert.equal(next.status, 200, next.text);
    });
  }
}

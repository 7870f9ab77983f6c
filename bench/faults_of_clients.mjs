// Clients that mean harm or know no better, beside some that are well: what is measured is the time until a good call is answered, from
// the first of the bad ones on, while they go on.
import http from 'node:http';
import net from 'node:net';
import { chatOf, target, underLight } from './fault_node.mjs';
import { withScripted } from './faults_of_runtimes.mjs';
import { sleep } from './parties.mjs';

const kFloodMs = 1_500;
const kBadKeys = 32;
const kHalfOpen = 1_000;
const kHuge = 16;
const kSlowReaders = 8;  // each takes some MB into the buffers of its sockets before it stands
const kCutters = 128;
const now = () => performance.now();

// The flood is begun, and must end with what it gives. All good calls during it must be answered.
const beside = (flood) => () => withScripted((upstream) => underLight(
  { config: { runtimes: [{ id: 'up', kind: 'openai', base_url: upstream.url }] }, light: { model: 'fake-instant', timeoutMs: 10_000 } },
  async (node, light) => {
    const begun = now();
    const end = await flood(node);
    const ms = await light.recovered(begun);
    await sleep(Math.max(0, kFloodMs - (now() - begun)));
    await end();
    const bad = light.records.find((one) => one.begun >= begun && !one.ok);
    if (bad) throw new Error(`a good call got ${bad.what}: ${bad.text}`);
    return Math.max(ms, light.worst(begun));
  }));

function badKeys(node) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: kBadKeys });
  const body = JSON.stringify(chatOf('fake-instant'));
  let stopping = false;
  let wrong;
  const one = () => new Promise((resolve) => {
    const request = http.request({
      host: '127.0.0.1', port: node.port, path: target, method: 'POST', agent,
      headers: { 'content-type': 'application/json', 'content-length': body.length, authorization: `Bearer b3iq_local_${'x'.repeat(49)}` },
    }, (response) => {
      if (![401, 429].includes(response.statusCode)) wrong = response.statusCode;
      response.resume().on('end', resolve).on('error', resolve);
    });
    request.on('error', resolve).end(body);
  });
  const loops = Promise.all(Array.from({ length: kBadKeys }, async () => { while (!stopping) await one(); }));
  return async () => {
    stopping = true;
    await loops;
    agent.destroy();
    if (wrong) throw new Error(`a bad key got ${wrong}`);
  };
}

// Sockets that are opened with `head`, and then as `act` says.
async function sockets(node, count, head, act) {
  const open = Array.from({ length: count }, () => {
    const socket = net.connect(node.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(head);
    act?.(socket);
    return socket;
  });
  return () => { for (const socket of open) socket.destroy(); };
}

const headOf = (node, more) => `POST ${target} HTTP/1.1\r\nhost: 127.0.0.1:${node.port}\r\nauthorization: Bearer ${node.key.secret}\r\ncontent-type: application/json\r\n${more}`;
const whole = (node, body) => `${headOf(node, `content-length: ${JSON.stringify(body).length}\r\n`)}\r\n${JSON.stringify(body)}`;
const block = 'x'.repeat(65_536);

function pump(piece) {
  return (socket) => {
    const more = () => { while (!socket.destroyed && socket.write(piece)); };
    socket.on('drain', more).on('connect', more);
    socket.resume();
  };
}

// Streams that are left as soon as they begin, again and again.
function cutters(node) {
  let stopping = false;
  const one = () => new Promise((resolve) => {
    const socket = net.connect(node.port, '127.0.0.1', () => socket.write(whole(node, chatOf('fake-endless', { stream: true }))));
    socket.on('error', () => {});
    socket.on('close', resolve);
    socket.once('data', () => socket.resetAndDestroy());
    setTimeout(() => socket.destroy(), kFloodMs).unref();
  });
  const loops = Promise.all(Array.from({ length: kCutters }, async () => { while (!stopping) { await one(); await sleep(100); } }));
  return async () => {
    stopping = true;
    await loops;
  };
}

const row = (name, flood) => ({ name: `${name}: slowest good call meanwhile`, inject: beside(flood) });
export const clientFaults = [
  row('clients with bad keys', badKeys),
  row(`${kHalfOpen} half-open requests`, (node) => sockets(node, kHalfOpen, headOf(node, ''))),
  row(`${kHalfOpen} connections that say nothing`, (node) => sockets(node, kHalfOpen, '')),
  row(`${kHuge} bodies of a gigabyte that are announced`, (node) => sockets(node, kHuge, headOf(node, 'content-length: 1073741824\r\n\r\n'), pump(block))),
  row(`${kHuge} bodies without end`, (node) => sockets(node, kHuge, headOf(node, 'transfer-encoding: chunked\r\n\r\n'), pump(`${block.length.toString(16)}\r\n${block}\r\n`))),
  row(`${kSlowReaders} clients that read no stream`, (node) => sockets(node, kSlowReaders, whole(node, chatOf('fake-flood', { stream: true })), (socket) => socket.pause())),
  row(`${kCutters} clients that leave their streams at once`, cutters),
];

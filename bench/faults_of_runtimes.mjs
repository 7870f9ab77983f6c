// Faults of what stands behind the node: a runtime that dies, lies, resets or hangs, its name, and the collector of its telemetry.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Upstream } from '../tests/e2e/upstream.mjs';
import { Light, underLight } from './fault_node.mjs';
import { has } from './machine.mjs';
import { Party, binDir, freePort, get, loadCore, nginxFailover, nginxPlain, sleep, waitFor, workDir } from './parties.mjs';

const kOutageMs = 500;
const kModel = 'fake-instant';
const now = () => performance.now();
const runtime = (id, url, models) => ({ id, kind: 'openai', base_url: url, ...(models ? { models } : {}) });

async function instantUpstream(port) {
  const party = new Party('upstream', [path.join(binDir, 'instant_upstream'), '--port', String(port), '--pace-ms', '0'], { core: loadCore, port });
  await party.up(async () => (await get(port, '/v1/models')).status === 200);
  party.model = JSON.parse((await get(port, '/v1/models')).text).data[0].id;
  return party;
}

export async function withScripted(act) {
  const upstream = await Upstream.start();
  try {
    return await act(upstream);
  } finally {
    await upstream.close();
  }
}

// The scripted upstream fails every call in this way, then is well again.
const scripted = (fault, light = {}) => () => withScripted((upstream) => underLight(
  { config: { runtimes: [runtime('up', upstream.url)] }, light: { model: kModel, ...light } },
  async (node, one) => {
    const begun = now();
    upstream.fault = fault;
    await one.hurt(begun);
    await sleep(kOutageMs);
    upstream.fault = undefined;
    return one.recovered(now());
  }));

// A runtime's process, the load on whoever stands before it, and what is done to it.
const withProcess = (act) => async () => {
  const port = await freePort();
  const upstream = await instantUpstream(port);
  const around = { port, model: upstream.model, upstream, url: `http://127.0.0.1:${port}` };
  try {
    return await underLight({ config: { runtimes: [runtime('up', around.url, [around.model])] }, light: { model: around.model } },
      (node, light) => act(around, light));
  } finally {
    await around.upstream.stop('SIGKILL');
  }
};

async function killedAndBack(around, light) {
  const begun = now();
  await around.upstream.stop('SIGKILL');
  await light.hurt(begun);
  await sleep(kOutageMs);
  around.upstream = await instantUpstream(around.port);
  return light.recovered(now());
}

async function stoppedAndBack(around, light) {
  around.upstream.child.kill('SIGSTOP');
  await sleep(kOutageMs);
  around.upstream.child.kill('SIGCONT');
  return light.recovered(now());
}

const nginxBefore = (act) => async () => {
  const port = await freePort();
  const upstream = await instantUpstream(port);
  const around = { port, model: upstream.model, upstream };
  const nginx = await nginxPlain(port);
  const light = new Light(nginx.port, 'none', { model: around.model, receipts: false });
  try {
    await waitFor(() => light.records.some((one) => one.ok), 'nginx');
    return await act(around, light);
  } finally {
    await light.stop();
    await nginx.stop();
    await around.upstream.stop('SIGKILL');
  }
};

// Two runtimes of one model; the first dies and stays dead. No call may fail at the node.
async function failsOver() {
  const [first, second] = [await instantUpstream(await freePort()), await instantUpstream(await freePort())];
  try {
    const runtimes = [first, second].map((one, i) => runtime(`r${i}`, `http://127.0.0.1:${one.port}`, [one.model]));
    return await underLight({ config: { runtimes }, light: { model: first.model } }, async (node, light) => {
      const begun = now();
      await first.stop('SIGKILL');
      return light.recovered(begun);
    });
  } finally {
    await Promise.all([first.stop('SIGKILL'), second.stop('SIGKILL')]);
  }
}

async function nginxFailsOver() {
  const [first, second] = [await instantUpstream(await freePort()), await instantUpstream(await freePort())];
  const nginx = await nginxFailover('nginx-fault', first.port, second.port, { everyCall: false, connectMs: 5_000 });
  const light = new Light(nginx.port, 'none', { model: first.model, receipts: false });
  try {
    await waitFor(() => light.records.some((one) => one.ok), 'nginx');
    const begun = now();
    await first.stop('SIGKILL');
    return await light.recovered(begun);
  } finally {
    await light.stop();
    await Promise.all([nginx.stop(), first.stop('SIGKILL'), second.stop('SIGKILL')]);
  }
}

// The node has a hosts file of its own, from which the runtime's name goes and to which it comes back.
async function nameGone() {
  return withScripted((upstream) => {
    upstream.server.maxRequestsPerSocket = 1;  // a kept connection would not ask for the name
    const hosts = path.join(workDir, 'hosts');
    const resolv = path.join(workDir, 'resolv.conf');
    const with_ = '127.0.0.1 localhost b3iqfault\n';
    fs.writeFileSync(hosts, with_);
    fs.writeFileSync(resolv, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
    const wrap = ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"', hosts, resolv];
    const url = upstream.url.replace('127.0.0.1', 'b3iqfault');
    return underLight({ config: { runtimes: [runtime('up', url)] }, wrap, light: { model: kModel } }, async (node, light) => {
      const begun = now();
      fs.writeFileSync(hosts, '127.0.0.1 localhost\n');
      await light.hurt(begun);
      await sleep(kOutageMs);
      fs.writeFileSync(hosts, with_);
      return light.recovered(now());
    });
  });
}

// An OTLP collector whose `mode` may be 'well', 'dead' (the port is closed) or 'hangs'.
class Collector {
  async open(port = 0) {
    this.taken = this.taken ?? 0;
    this.server = http.createServer((request, response) => {
      request.resume();
      if (this.hangs) return;
      request.on('end', () => {
        this.taken += 1;
        response.end('{}');
      });
    });
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

const withCollector = (act) => () => withScripted(async (upstream) => {
  const collector = new Collector();
  await collector.open();
  const telemetry = { otlp_endpoint: `http://127.0.0.1:${collector.port}`, interval: '100ms' };
  try {
    return await underLight({ config: { runtimes: [runtime('up', upstream.url)], telemetry }, light: { model: kModel } }, async (node, light) => {
      await waitFor(() => collector.taken > 0, 'an export');
      return act({ collector, node, light });
    });
  } finally {
    await collector.close();
  }
});

// Calls must not notice; what is measured is the time until the collector is told again.
async function collectorDead({ collector, light }) {
  const begun = now();
  await collector.close();
  await sleep(kOutageMs);
  if (light.records.some((one) => one.begun >= begun && !one.ok)) throw new Error('calls fail with the collector');
  const { taken } = collector;
  await collector.open(collector.port);
  const back = now();
  await waitFor(() => collector.taken > taken, 'an export', 90_000);
  return now() - back;
}

async function collectorHangs({ collector, light }) {
  const begun = now();
  collector.hangs = true;
  const ms = await light.recovered(begun);
  await sleep(kOutageMs);
  if (light.records.some((one) => one.begun >= begun && !one.ok)) throw new Error('calls fail with the collector');
  return ms;
}

const kMoreThanTheQueue = 4_500;
async function queueFull({ collector, node, light }) {
  await collector.close();
  const begun = now();
  let asked = 0;
  const model = kModel;
  await Promise.all(Array.from({ length: 32 }, async () => {
    while ((asked += 1) <= kMoreThanTheQueue) await node.ask(model);
  }));
  const dropped = async () => Number(/^b3iq_telemetry_dropped_total\{what="span"\} ([0-9]+)/m.exec(
    (await get(node.port, '/metrics', { authorization: `Bearer ${node.key.secret}` })).text)?.[1] ?? 0);
  await waitFor(async () => (await dropped()) > 0, 'dropped spans');
  const ms = await light.recovered(now());
  await collector.open(collector.port);
  if (light.records.some((one) => one.begun >= begun && !one.ok)) throw new Error('calls fail when the queue is full');
  return ms;
}

const rootOnly = process.getuid() === 0 && has('unshare') ? undefined : 'needs root and unshare';
export const runtimeFaults = [
  { name: 'runtime killed, and back', inject: withProcess(killedAndBack), opponent: nginxBefore(killedAndBack), opponentName: 'nginx, one server', note: 'since it is back; the node leaves a dead runtime alone for two seconds at first' },
  { name: 'runtime stopped (SIGSTOP), and goes on', inject: withProcess(stoppedAndBack), opponent: nginxBefore(stoppedAndBack), opponentName: 'nginx, one server' },
  { name: 'first of two runtimes killed', inject: failsOver, opponent: nginxFailsOver, opponentName: 'nginx, backup server', note: 'since the kill; no call fails at the node unless its first byte had come' },
  { name: 'runtime answers 500, then well', inject: scripted('status-500') },
  { name: 'runtime answers 503, then well', inject: scripted('status-503') },
  { name: 'runtime resets before an answer, then well', inject: scripted('reset') },
  { name: 'runtime resets in mid-stream, then well', inject: scripted('cut', { stream: true }) },
  { name: 'runtime answers rubbish, then well', inject: scripted('rubbish') },
  { name: 'runtime ends streams without a word, then well', inject: scripted('empty-stream', { stream: true }) },
  { name: 'runtime never answers, then well', inject: scripted('hang'), note: 'the clients give up after 3 s' },
  { name: 'runtime\'s name gone, and back', inject: nameGone, needs: rootOnly },
  { name: 'OTLP collector dead, and back: until it is told again', inject: withCollector(collectorDead) },
  { name: 'OTLP collector hangs: until a call is answered', inject: withCollector(collectorHangs) },
  { name: 'telemetry queue full: until a call is answered', inject: withCollector(queueFull) },
];

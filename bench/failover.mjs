// (h) What it costs that a model may stand behind several runtimes: calls/s with one and with three, and the time of a call whose first
// runtime is dead until the second has answered. The opponent is nginx with the same servers.
import { spawn } from 'node:child_process';
import net from 'node:net';
import { Caller } from './caller.mjs';
import { wrk, writeBody } from './load.mjs';
import { b3iq, freePort, nginxFailover, nginxOfMany, nginxPlain, sleep, startUpstream, waitFor } from './parties.mjs';
import { median } from './stats.mjs';

const kConnections = 64;
const kConnectMs = 5_000;        // the node's own connect timeout; nginx gets the same
const kCallsToBreaker = 3;       // so many calls try the dead runtime before the node leaves it alone
const kWarmModel = 'warm';        // offered by the live runtime alone: its calls do not meet the dead one
const kNoConnectMs = 300;
const kRefusedPerRound = 5;      // restarts of the node per round, each with kCallsToBreaker calls
const body = (model) => ({ model, messages: [{ role: 'user', content: 'What is the capital of France?' }], temperature: 0, max_tokens: 64 });
const target = '/v1/chat/completions';

const runtime = (id, port, ...models) => ({ id, kind: 'openai', base_url: `http://127.0.0.1:${port}`, models });

async function severalRuntimes(rows, { rounds, seconds, say }, live) {
  const more = [live, await startUpstream(), await startUpstream()];
  const { model } = live;
  const file = writeBody('failover.json', body(model));
  const all = more.map((one, i) => runtime(`r${i}`, one.port, model));
  const one = await b3iq({ folder: 'b3iq-one', runtimes: all.slice(0, 1) });
  const three = await b3iq({ folder: 'b3iq-three', runtimes: all });
  const plain = await nginxPlain(live.port);
  const many = await nginxOfMany(more.map((each) => each.port));
  const cells = new Map([one, three, plain, many].map((party) => [party, []]));
  for (const party of cells.keys()) await wrk(party, { connections: kConnections, seconds: 1, body: file, keyFile: party.keyFile ?? one.keyFile });
  for (let round = 0; round < rounds; round += 1) {
    say(`(h) several runtimes, round ${round + 1} of ${rounds}`);
    for (const [party, list] of cells) list.push(await wrk(party, { connections: kConnections, seconds, body: file, keyFile: party.keyFile ?? one.keyFile }));
  }
  const rate = (party) => cells.get(party).map((cell) => cell.rate);
  const errors = [...cells.values()].flat().reduce((sum, cell) => sum + cell.errors, 0);
  const note = errors ? `${errors} failed requests` : '';
  rows.add({
    name: 'h: calls/s, three runtimes of one model', ours: rate(three), opponent: rate(one), opponentName: 'the node with one', unit: 'req/s', goal: '>= 0.95',
    met: (_, __, ratio) => errors === 0 && ratio >= 0.95, note,
  });
  rows.add({ name: 'h: calls/s, three runtimes of one model', ours: rate(three), opponent: rate(many), opponentName: 'nginx, three servers', unit: 'req/s' });
  rows.add({ name: 'h: calls/s, one runtime', ours: rate(one), opponent: rate(plain), opponentName: 'nginx, one server', unit: 'req/s' });
  await Promise.all([one, three, plain, many, ...more.slice(1)].map((party) => party.stop()));
}

// The milliseconds of `count` calls, one after the other, on a connection that stands.
async function times(party, count, model) {
  const caller = new Caller(party, target, { secret: party.secret ?? 'none' });
  const out = [];
  for (let i = 0; i < count; i += 1) out.push((await caller.call(body(model))).ms);
  caller.close();
  return out;
}

// A node that offers the model at both, the dead one first, and whose calls have not met that one yet.
async function freshNode(deadPort, live, keep) {
  const node = await b3iq({ folder: 'b3iq-failover', keep, runtimes: [runtime('dead', deadPort, live.model), runtime('live', live.port, live.model, kWarmModel)] });
  const offered = () => JSON.parse(node.cli('models', 'list', '--json')).data.find(({ id }) => id === live.model)?.runtimes;
  await waitFor(() => offered()?.join() === 'dead,live', 'the model at both runtimes');
  await times(node, kCallsToBreaker, kWarmModel);
  return node;
}

async function deadFirst(rows, options, live, { name, deadPort, perRound, calls }) {
  const { rounds, say } = options;
  const nginx = await nginxFailover('nginx-failover', deadPort, live.port, { everyCall: true, connectMs: kConnectMs });
  const plain = await nginxPlain(live.port);
  const ours = { dead: [], alone: [] };
  const theirs = { dead: [], alone: [] };
  for (let round = 0; round < rounds; round += 1) {
    say(`(h) ${name}, round ${round + 1} of ${rounds}`);
    for (let i = 0; i < perRound; i += 1) {
      const node = await freshNode(deadPort, live, round + i > 0);
      ours.dead.push(...await times(node, calls, live.model));
      theirs.dead.push(...await times(nginx, calls, live.model));
      // The node's own time without a dead one: it leaves that alone by now.
      if (calls === kCallsToBreaker) ours.alone.push(...await times(node, calls, live.model));
      theirs.alone.push(...await times(plain, calls, live.model));
      await node.stop();
    }
  }
  const title = `h: call whose first runtime is dead, ${name}`;
  rows.add({ name: title, ours: ours.dead, opponent: theirs.dead, opponentName: 'nginx, proxy_next_upstream', unit: 'ms' });
  if (ours.alone.length > 0) {
    const added = (one) => one.dead.map((ms) => Math.max(0.01, ms - median(one.alone)));
    rows.add({
      name: `${title}: added`, ours: added(ours), opponent: added(theirs), opponentName: 'nginx, proxy_next_upstream', unit: 'ms', goal: '<= +1 ms',
      met: (mine, other) => mine <= other + 1, note: `beside ${median(ours.alone).toFixed(2)} ms with the receipt, and nginx's ${median(theirs.alone).toFixed(2)} ms`,
    });
  }
  await Promise.all([nginx.stop(), plain.stop()]);
  await leftAlone(rows, options, live, { name, deadPort });
}

// Once the dead runtime is known for dead.
async function leftAlone(rows, { rounds, seconds, say }, live, { name, deadPort }) {
  const nginx = await nginxFailover('nginx-left-alone', deadPort, live.port, { everyCall: false, connectMs: kConnectMs });
  const node = await freshNode(deadPort, live, true);
  const file = writeBody('failover.json', body(live.model));
  await times(node, kCallsToBreaker, live.model);
  await times(nginx, 1, live.model);
  const ours = [];
  const theirs = [];
  let errors = 0;
  for (let round = 0; round < rounds; round += 1) {
    say(`(h) ${name}, left alone, round ${round + 1} of ${rounds}`);
    for (const [party, list] of [[node, ours], [nginx, theirs]]) {
      const cell = await wrk(party, { connections: kConnections, seconds, body: file, keyFile: node.keyFile });
      list.push(cell.rate);
      errors += cell.errors;
    }
  }
  rows.add({
    name: `h: calls/s with a dead first runtime, ${name}`, ours, opponent: theirs, opponentName: 'nginx, fail_timeout 10 s', unit: 'req/s', goal: 'no failed call',
    met: () => errors === 0, note: errors ? `${errors} failed requests` : 'the dead one is tried again now and then by one call, at both',
  });
  await Promise.all([node.stop(), nginx.stop()]);
}

// An address where nobody answers a SYN: a stopped process whose queue of connections is full.
class BlackHole {
  static async open() {
    const hole = new BlackHole();
    hole.port = await freePort();
    const script = `require('net').createServer().listen({ port: ${hole.port}, host: '127.0.0.1', backlog: 1 }, () => console.log('up'))`;
    hole.child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let up = false;
    hole.child.stdout.once('data', () => { up = true; });
    await waitFor(() => up, 'the black hole');
    hole.child.kill('SIGSTOP');
    hole.sockets = [];
    for (let i = 0; i < 16; i += 1) {
      if (!(await hole.connects())) return hole;
    }
    hole.close();
    throw new Error('its queue of connections does not fill on this system');
  }

  connects() {
    const socket = net.connect(this.port, '127.0.0.1');
    socket.on('error', () => {});
    this.sockets.push(socket);
    return Promise.race([
      new Promise((resolve) => socket.once('connect', () => resolve(true))), sleep(kNoConnectMs).then(() => false),
    ]);
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
    this.child.kill('SIGKILL');
  }
}

export async function failover(rows, options) {
  const live = await startUpstream();
  await severalRuntimes(rows, options, live);
  const refused = await freePort();
  await deadFirst(rows, options, live, { name: 'connection refused', deadPort: refused, perRound: kRefusedPerRound, calls: kCallsToBreaker });
  const hole = await BlackHole.open();
  try {
    // Five seconds a call: one a round.
    await deadFirst(rows, options, live, { name: `no answer to a connection (timeout ${kConnectMs / 1000} s at both)`, deadPort: hole.port, perRound: 1, calls: 1 });
  } finally {
    hole.close();
  }
  await live.stop();
}

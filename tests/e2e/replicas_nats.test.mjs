// Three control planes on one real PostgreSQL and one real nats-server: what is queued at one wakes the poll that waits at another, and
// without NATS it comes all the same, later.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LiveControl, noLimits, quickBeats } from './live_control.mjs';
import { request, until } from './node.mjs';
import { NatsServer, noNats } from './nats_server.mjs';
import { PaperNode } from './paper_node.mjs';
import { PostgresServer, noPostgres } from './postgres_server.mjs';

const skip = noPostgres() || noNats();
// While replicas hear each other they look into the database once in 5 s (docs/operating/nats.md). Three polls, one at each in turn, that
// only a look ends take such a time together, so three times three take far longer than the bound.
const kLookWhileHeardMs = 5_000;
const kRounds = 9;
const kPollSeconds = 25;
let postgres;
let nats;
let replicas = [];
let node;
let cursor = 0;

before(async () => {
  if (skip) return;
  postgres = await PostgresServer.start();
  nats = await NatsServer.start();
  const config = { ...quickBeats, ...noLimits, database: postgres.uri, nats: { servers: [nats.url] } };
  const first = await LiveControl.launch({ config });
  replicas = [first];
  for (let i = 0; i < 2; i += 1) replicas.push(await LiveControl.launch({ copyOf: first }));
  node = await new PaperNode(first.url).enroll(await first.token());
});
after(async () => {
  for (const one of replicas) await one.close();
  await nats?.crash();
  await postgres?.close();
});

const metric = async (one, name) => Number(new RegExp(`^${name} ([0-9.]+)$`, 'm').exec(await one.metrics())?.[1]);
const degraded = async (one) => {
  const { status, json } = await request(one.url, { path: '/health/ready' });
  assert.equal(status, 200, 'ready with NATS and without');
  return json.degraded;
};
const allAre = (codes, what) => until(async () => {
  const told = await Promise.all(replicas.map(degraded));
  return told.every((one) => String(one) === String(codes));
}, 60_000, what);

// Queues at one replica while the node waits at another; milliseconds until the node has the command.
async function delay(round) {
  const from = replicas[round % 3];
  const at = replicas[(round + 1) % 3];
  const poll = node.poll({ url: at.url, wait: kPollSeconds, cursor, timeoutMs: 60_000 });
  await until(async () => await metric(at, 'b3iq_control_polls_waiting') === 1, 20_000, 'the poll to wait');
  const began = performance.now();
  const { id } = await from.queue(node.id, 'refresh_inventory');
  const { status, json } = await poll;
  const took = performance.now() - began;
  assert.equal(status, 200);
  assert.deepEqual(json.commands.map((command) => command.command_id), [id], `after ${Math.round(took)} ms`);
  cursor = json.cursor;
  const brought = await node.bring(json.commands[0], undefined, { url: at.url });
  assert.equal(brought.status, 200, brought.text);
  return took;
}
async function delays() {
  const all = [];
  for (let round = 0; round < kRounds; round += 1) all.push(await delay(round));
  return all.sort((a, b) => a - b);
}
const sum = (all) => all.reduce((total, one) => total + one, 0);
const told = (sorted) => `${Math.round(sorted[sorted.length >> 1])} ms (median), ${Math.round(sorted.at(-1))} ms (longest) of ${sorted.length}`;

test('a command that is queued at one replica wakes the poll at another, long before it would look', { skip, timeout: 180_000 }, async (t) => {
  await allAre([], 'every replica to hear the others');
  for (const one of replicas) assert.equal(await metric(one, 'b3iq_wake_connected'), 1);
  const before = await Promise.all(replicas.map((one) => metric(one, 'b3iq_wakes_received_total')));
  const all = await delays();
  t.diagnostic(told(all));
  assert.ok(sum(all) < kLookWhileHeardMs, told(all));
  for (const [i, one] of replicas.entries()) assert.ok(await metric(one, 'b3iq_wakes_received_total') > before[i], `replica ${i} heard something`);
});

test('kill -9 of nats-server: replicas stay ready and say so, commands come by looking, and afterwards they hear again', { skip, timeout: 240_000 }, async (t) => {
  await nats.crash();
  await allAre(['nats_unreachable'], 'every replica to miss NATS');
  for (const one of replicas) assert.equal(await metric(one, 'b3iq_wake_connected'), 0);
  t.diagnostic(`without: ${told(await delays())}`);
  await nats.serve();
  await allAre([], 'every replica to hear the others again');
  const all = await delays();
  t.diagnostic(`again: ${told(all)}`);
  assert.ok(sum(all) < kLookWhileHeardMs, told(all));
});

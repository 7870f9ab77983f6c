// Three control planes on one real PostgreSQL, behind one address that gives each connection to the next of them: one is killed, the
// database is killed, and nothing that was acknowledged is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apiSchema } from './api_schema.mjs';
import { ControlLoad } from './control_load.mjs';
import { LiveControl, enroll, linked, noLimits, quickBeats } from './live_control.mjs';
import { Node, defaultModel, request, until } from './node.mjs';
import { PaperNode } from './paper_node.mjs';
import { PostgresServer, noPostgres } from './postgres_server.mjs';
import { Gate } from './tcp_gate.mjs';

const skip = noPostgres();
let postgres;
let replicas = [];
let gate;
let node;
let load;

before(async () => {
  if (skip) return;
  postgres = await PostgresServer.start();
  const first = await LiveControl.launch({ config: { ...quickBeats, ...noLimits, database: postgres.uri } });
  replicas = [first];
  for (let i = 0; i < 2; i += 1) replicas.push(await LiveControl.launch({ copyOf: first }));
  gate = await Gate.open(...replicas.map((one) => one.port));
  node = await Node.start();
  await node.ready();
  await enroll(node, first, { url: gate.url });
  await linked(node);
  load = await new ControlLoad({ url: gate.url, secret: await first.credential() }).enroll();
});
after(async () => {
  await node?.close();
  for (const one of replicas) await one.close();
  await gate?.close();
  await postgres?.close();
});

async function underLoad(during) {
  load.start();
  const { beats } = load;
  const results = load.results.size;
  try {
    await until(() => load.beats > beats + 20 && load.results.size > results, 60_000, 'load');
    await during();
    const after = load.beats;
    await until(() => load.beats > after + 20, 90_000, 'heartbeats afterwards');
  } finally {
    await load.stop();
  }
  await load.check();
}

test('what one replica is told, every other knows: one id, one list, one audit log', { skip }, async () => {
  const ids = new Set();
  for (const one of replicas) {
    ids.add((await one.public('network')).json.control_plane_id);
    const listed = await one.ask('GET', 'nodes');
    assert.equal(listed.data.length, 7);
    assert.equal(listed.data.find((row) => row.node_id === node.id).liveness, 'online');
  }
  assert.equal(ids.size, 1);
  const logs = await Promise.all(replicas.map((one) => one.audit()));
  assert.deepEqual(logs[1], logs[0]);
  assert.deepEqual(logs[2], logs[0]);
});

test('a command that is queued at one replica reaches a node that waits at another', { skip, timeout: 120_000 }, async (t) => {
  for (const one of replicas) {
    const began = performance.now();
    const command = await one.endOf((await one.queue(node.id, 'benchmark_smoke', { model_id: defaultModel, max_tokens: 8 })).id);
    assert.equal(command.state, 'succeeded', JSON.stringify(command));
    t.diagnostic(`${Math.round(performance.now() - began)} ms from the queue to the result`);
  }
});

test('G9-109 one token used at three replicas at once enrolls one node', { skip }, async () => {
  const token = await replicas[0].token();
  const nodes = replicas.map((one) => new PaperNode(one.url));
  const challenges = await Promise.all(nodes.map((one) => one.challenge(token)));
  const answers = await Promise.all(nodes.map((one, i) => one.answer(challenges[i].json)));
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 401, 401], answers.map((answer) => answer.text).join('\n'));
});

test('G4-43 one signed heartbeat sent to three replicas at once has one effect', { skip }, async () => {
  const one = await new PaperNode(replicas[0].url).enroll(await replicas[0].token());
  for (let round = 0; round < 5; round += 1) {
    const body = JSON.stringify(one.heartbeatBody());
    const sent = { method: 'POST', path: one.path('heartbeats'), body, headers: one.signedHeaders('POST', one.path('heartbeats'), body, 'b3iq-heartbeat-v1') };
    const answers = await Promise.all(replicas.map(({ url }) => request(url, sent)));
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409, 409], answers.map((answer) => answer.text).join('\n'));
  }
});

test('G9-112 a command is leased once, however many replicas are asked at once', { skip }, async () => {
  const one = await new PaperNode(replicas[0].url).enroll(await replicas[0].token());
  for (let i = 0; i < 6; i += 1) await replicas[i % 3].queue(one.id, 'refresh_inventory');
  const polls = await Promise.all(Array.from({ length: 9 }, (_, i) => one.poll({ url: replicas[i % 3].url })));
  const leased = polls.flatMap((poll) => (poll.status === 200 ? poll.json.commands : [])).map((command) => command.command_id);
  assert.equal(new Set(leased).size, leased.length, 'no command twice');
});

test('G10-119 kill -9 of one of three replicas under load: nothing acknowledged is lost, nodes go on at the others', { skip, timeout: 180_000 }, async (t) => {
  const [, , victim] = replicas;
  await underLoad(async () => {
    await victim.crash();
    const cut = load.beats;
    await until(() => load.beats > cut + 20, 60_000, 'heartbeats at the other two');
  });
  await linked(node);
  await victim.again();
  await underLoad(async () => {});
  assert.equal((await victim.ask('GET', `nodes/${node.id}`)).liveness, 'online');
  t.diagnostic(load.summary());
});

test('G10-119 kill -9 of PostgreSQL under load: replicas say so, come back by themselves, and nothing acknowledged is lost', { skip, timeout: 240_000 }, async (t) => {
  await underLoad(async () => {
    await postgres.crash();
    for (const one of replicas) {
      const unready = await until(async () => {
        const answer = await request(one.url, { path: '/health/ready', timeoutMs: 30_000 });
        return answer.status === 503 && answer;
      }, 60_000, 'a replica to be unready');
      assert.deepEqual(unready.json.reasons, ['database_unreachable']);
      assert.equal(apiSchema('managed').faultOf('GET', '/health/ready', 503, unready.json), '');
      assert.ok(unready.headers['retry-after']);
      assert.equal((await request(one.url, { path: '/health/live' })).status, 200);
    }
    const refused = await load.nodes[0].heartbeat();
    assert.equal(refused.status, 503, refused.text);
    assert.ok(refused.headers['retry-after']);
    await postgres.serve();
    for (const one of replicas) await until(() => one.ready(), 60_000, 'a replica to be ready again');
  });
  await linked(node, 'connected', 120_000);
  t.diagnostic(load.summary());
});

test('SIGTERM of one replica under load: it drains, and nobody is told anything strange', { skip, timeout: 120_000 }, async () => {
  await underLoad(async () => {
    const ended = await replicas[1].stop();
    assert.deepEqual(ended, { code: 0, signal: null });
  });
  await replicas[1].again();
});

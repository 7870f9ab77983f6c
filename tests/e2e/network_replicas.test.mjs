// The scenario of network.test.mjs with three replicas of the control plane on one real PostgreSQL: each node's gate leads to another
// replica, operators and the public ask any of them, and one of them is killed under load.
import { after, before, test } from 'node:test';
import { ControlLoad } from './control_load.mjs';
import { LiveControl, linked, noLimits, quickBeats } from './live_control.mjs';
import { Network, chatMs } from './network_bench.mjs';
import { faultTests, standingTests } from './network_faults.mjs';
import { commandTests, nothingIsLostOver, readinessAndKeyTests } from './network_scenario.mjs';
import { until } from './node.mjs';
import { PostgresServer, noPostgres } from './postgres_server.mjs';
import { Gate } from './tcp_gate.mjs';

const skip = noPostgres();
const network = new Network();
let postgres;
let gate;  // to all of them, for the load

async function launch() {
  postgres = await PostgresServer.start();
  const first = await LiveControl.launch({ config: { ...quickBeats, ...noLimits, database: postgres.uri } });
  network.controls.push(first);
  for (let i = 0; i < 2; i += 1) network.controls.push(await LiveControl.launch({ copyOf: first }));
  gate = await Gate.open(...network.controls.map((control) => control.port));
  await network.start();
}
async function close() {
  await network.close();
  await gate?.close();
  await postgres?.close();
}

// The replica of the second node dies, and is back at the end.
async function killOne(load) {
  const [first, node, third] = network.nodes;
  const [, victim, other] = network.controls;
  const cut = load.beats;
  await victim.crash();
  await linked(node, 'unreachable');
  await chatMs(node);
  for (const one of [first, third]) {
    await network.beats(one);
    await linked(one);
  }
  await until(() => load.beats > cut + 20, 60_000, 'load at the other two');
  node.gate.targets = [other.port];
  await linked(node);
  await network.beats(node);
  await victim.again();
  node.gate.targets = [victim.port];
  node.gate.cut();
  await network.beats(node);
  await linked(node);
}

async function underLoad(t, during) {
  const load = await new ControlLoad({ url: gate.url, secret: await network.any().credential() }).enroll();
  load.start();
  try {
    await until(() => load.beats > 20 && load.results.size > 0, 60_000, 'load');
    await during(load);
  } finally {
    await load.stop();
  }
  t.diagnostic(load.summary());
  return load;
}

if (skip) {
  test('the network over three replicas on PostgreSQL', { skip }, () => {});
} else {
  before(launch);
  after(close);

  commandTests(network);

  test('G10-119 kill -9 of one of three replicas under load, in the middle of commands: nothing accepted is lost, its node goes on at another, and at it again', { timeout: 300_000 }, async (t) => {
    const [, victim] = network.controls;
    const load = await underLoad(t, (running) => nothingIsLostOver(network, () => killOne(running)));
    load.url = victim.url;  // which was dead meanwhile
    await load.check();
  });

  faultTests(network);
  readinessAndKeyTests(network);
  standingTests(network);
}

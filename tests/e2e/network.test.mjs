// One control plane on SQLite and three enrolled nodes, all real programs on loopback (network_bench.mjs): the network's scenario.
// The same over three replicas on PostgreSQL: network_replicas.test.mjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LiveControl, enroll, enrollmentOf, linked, noLimits, quickBeats } from './live_control.mjs';
import { Network, chatMs } from './network_bench.mjs';
import { faultTests, standingTests } from './network_faults.mjs';
import { commandTests, nothingIsLostOver, readinessAndKeyTests } from './network_scenario.mjs';
import { Node, until } from './node.mjs';
import { WrongClock, noWrongClock } from './wrong_clock.mjs';

const network = new Network();

before(async () => {
  network.controls.push(await LiveControl.launch({ config: { ...quickBeats, ...noLimits } }));
  await network.start();
});
after(() => network.close());

commandTests(network);

test('G10-119 kill -9 of the control plane in the middle of commands: nothing accepted is lost, and nodes come back by themselves', { timeout: 300_000 }, () =>
  nothingIsLostOver(network, async () => {
    const [control] = network.controls;
    await control.crash();
    await Promise.all(network.nodes.map((node) => linked(node, 'unreachable')));
    for (const node of network.nodes) await chatMs(node);
    await control.again();
  }));

faultTests(network);
readinessAndKeyTests(network);

// Only here: a node learns its offset from any one answer, and replicas on one machine have one clock.
test('G4-46 a node whose clock is off by 10 min, and then jumps back by 20, corrects itself', { skip: noWrongClock, timeout: 120_000 }, async (t) => {
  const clock = new WrongClock(600);
  const node = await Node.start({ wrap: clock.wrap });
  try {
    await enroll(node, network.any());
    const ahead = await linked(node);
    assert.ok(Math.abs(ahead.clock_offset_ms + 600_000) < 15_000, `${ahead.clock_offset_ms} ms`);
    await network.beats(node);
    clock.set(-600);
    const behind = await until(async () => {
      const now = await enrollmentOf(node);
      return now.clock_offset_ms > 0 && now.state === 'connected' && now;
    }, 60_000, 'the offset to follow');
    assert.ok(Math.abs(behind.clock_offset_ms - 600_000) < 15_000, `${behind.clock_offset_ms} ms`);
    await network.beats(node);
    assert.equal((await network.run(node, 'refresh_inventory')).state, 'succeeded');
    t.diagnostic(`offsets ${ahead.clock_offset_ms} and ${behind.clock_offset_ms} ms`);
  } finally {
    await node.close();
    clock.remove();
  }
});

standingTests(network);

// Faults between nodes and their control plane, nodes with one identity, and the ways out of a network. The same tests for one control
// plane and for replicas (`Network` of network_bench.mjs).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { enroll, enrollmentOf, linked } from './live_control.mjs';
import { chatMs, codes } from './network_bench.mjs';
import { Node, defaultModel, request, until } from './node.mjs';

// Each mode on a node of its own, all at once: a black hole takes a node its whole deadline to notice.
const faults = [
  { name: 'refused, half-closed and garbage', modes: ['refuse', 'half_close', 'garbage'], state: 'unreachable' },
  { name: 'a black hole', modes: ['black_hole'], state: 'unreachable' },
  { name: 'slow', modes: ['slow'], state: 'connected' },
];

export function faultTests(network) {
  const { nodes } = network;

  test('the network cut in five ways and healed: the node serves its owner as fast as before, and comes back by itself', { timeout: 240_000 }, async (t) => {
    await Promise.all(faults.map(async ({ name, modes, state }, i) => {
      const node = nodes[i];
      for (const mode of modes) {
        await node.gate.set(mode);
        const told = await linked(node, state, 90_000);
        if (state === 'unreachable') {
          assert.equal(told.error.code, 'control_plane_unreachable', JSON.stringify(told.error));
          assert.ok(codes(told.blockers).includes('heartbeat_stale'), 'the owner sees what it means');
        } else {
          await network.beats(node);
        }
        await chatMs(node);
        await node.gate.set('pass');
        await linked(node, 'connected', 90_000);
        await network.beats(node);
        t.diagnostic(`${name}: ${mode} is over`);
      }
    }));
    // Alone, so that the three do not measure each other.
    const [node] = nodes;
    const calm = await chatMs(node);
    for (const mode of ['refuse', 'black_hole', 'garbage']) {
      await node.gate.set(mode);
      const away = await chatMs(node);
      t.diagnostic(`an answer takes ${calm.toFixed(1)} ms with the control plane, ${away.toFixed(1)} ms with ${mode}`);
      assert.ok(away < 3 * calm + 200, `${away} ms with ${mode}, ${calm} ms without`);
      await node.gate.set('pass', { cut: true });
    }
    await linked(node, 'connected', 90_000);
  });

  test('G4-43, G4-44, G9-110 a heartbeat caught on the wire is worth nothing: again, elsewhere, for another node', async () => {
    const [node, other] = nodes;
    node.gate.keeps = true;
    node.gate.requests = [];
    node.gate.cut();
    const caught = await until(() => node.gate.requests.find((one) => one.path.endsWith('/heartbeats')), 60_000, 'a heartbeat on the wire');
    await network.beats(node);
    node.gate.keeps = false;
    const { id } = await network.queue(other, 'refresh_inventory');
    const attack = async (patch, status, code) => {
      const answer = await request(network.any().url, { ...caught, ...patch });
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.json.error.code, code);
    };
    await attack({}, 409, 'request_replayed');
    await attack({ path: caught.path.replace('heartbeats', `commands/${id}/result`) }, 401, 'invalid_signature');
    await attack({ path: caught.path.replace('heartbeats', 'commands/poll') }, 401, 'invalid_signature');
    await attack({ path: caught.path.replace('heartbeats', 'unenroll') }, 401, 'invalid_signature');
    await attack({ path: caught.path.replace(node.id, other.id) }, 403, 'not_enrolled');
    await attack({ body: Buffer.from(caught.body.toString().replace('"ready"', '"draining"')) }, 401, 'invalid_signature');
    await attack({ path: `${caught.path}?x=1` }, 401, 'invalid_signature');
    await attack({ method: 'PUT', path: caught.path.replace('heartbeats', 'inventory') }, 401, 'invalid_signature');
    assert.equal((await network.stateOf(node)).status, 'ready');
    await network.beats(node);
  });
}

export function standingTests(network) {
  const { nodes } = network;

  test('suspended: the node is told, serves its owner, gets no work; resumed, it is back', { timeout: 120_000 }, async () => {
    const node = nodes[1];
    await network.any().admin('nodes', 'suspend', node.id, '--reason', 'a test');
    const told = await linked(node, 'suspended');
    assert.equal(told.error.code, 'node_suspended');
    assert.ok(codes(told.blockers).includes('node_suspended'));
    await chatMs(node);
    const refused = await network.any().asAdmin('POST', 'commands', { node_id: node.id, kind: 'refresh_inventory' });
    assert.ok([403, 409].includes(refused.status), refused.text);
    await until(async () => {
      const { json } = await network.any().public(`nodes/${node.id}/route-readiness?model=${defaultModel}`);
      return codes(json.blockers).includes('node_suspended');
    }, 30_000, 'the blocker in the public API');
    await network.any().admin('nodes', 'resume', node.id);
    // It asks again after minutes; a start asks at once.
    await node.stop();
    await node.serve();
    await linked(node);
    assert.equal((await network.run(node, 'refresh_inventory')).state, 'succeeded');
    const acts = (await network.any().audit()).filter((entry) => entry.subject === node.id).map((entry) => entry.act);
    assert.deepEqual(acts.filter((act) => /suspended|resumed/.test(act)), ['node.suspended', 'node.resumed']);
  });

  test('two machines with one identity: the newest start wins, both are told, and the log has it', { timeout: 120_000 }, async () => {
    const node = nodes[1];
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-clone-'));
    // Where there are replicas, the two machines are at different ones.
    node.gate.targets = network.controls.map((control) => control.port);
    await node.stop();
    execFileSync('cp', ['-a', `${node.home}/.`, home]);
    await node.serve();
    await linked(node);
    const clone = await Node.start({ home });
    try {
      await linked(clone);
      const told = await linked(node, 'superseded');
      assert.equal(told.error.code, 'identity_superseded');
      await chatMs(node);
      const warned = await until(async () => {
        const enrollment = await enrollmentOf(clone);
        return enrollment.notices.includes('other_start_superseded') && enrollment;
      }, 60_000, 'the newer one to be told of the older');
      assert.equal(warned.state, 'connected');
      const acts = (await network.any().audit()).filter((entry) => entry.subject === node.id && entry.act === 'node.identity_superseded');
      assert.equal(acts.length, 1);
      await clone.stop();
      await node.stop();
      await node.serve();
      await linked(node);
    } finally {
      await clone.close();
      fs.rmSync(home, { recursive: true, force: true });
    }
  });

  test('removed: the node is told; unenrolled, it is a clean local node, and a new token brings it back', { timeout: 120_000 }, async () => {
    const node = nodes[0];
    const open = await network.queue(node, 'benchmark_smoke', { model_id: defaultModel, max_tokens: 8 });
    await network.endOf(open.id);
    await network.any().admin('nodes', 'remove', node.id, '--reason', 'a test');
    const told = await linked(node, 'removed');
    assert.ok(codes(told.blockers).includes('not_enrolled'));
    await chatMs(node);
    const left = await node.cli(['unenroll', '--json']);
    assert.equal(left.code, 0, left.stderr);
    await isLocal(node);
    await until(async () => (await network.any().public(`nodes/${node.id}`)).status === 404, 30_000, 'the public to be told: its answers may be 5 s old');
    const used = await enrollmentOf(node);
    assert.equal(used.mode, 'local');
    await enroll(node, network.any(), { url: node.gate.url });
    await linked(node);
    await network.beats(node);
    assert.equal((await network.stateOf(node)).standing, 'enrolled');
  });

  test('unenrolled while connected: the control plane is told, the node is local; unreachable, it leaves all the same', { timeout: 120_000 }, async () => {
    const node = nodes[1];
    const left = await node.cli(['unenroll', '--json']);
    assert.equal(left.code, 0, left.stderr);
    assert.equal(left.json.told, true);
    assert.equal((await network.stateOf(node)).standing, 'removed');
    await isLocal(node);
    const other = nodes[2];
    await other.gate.set('refuse');
    const alone = await other.cli(['unenroll', '--json']);
    assert.equal(alone.code, 0, alone.stderr);
    assert.equal(alone.json.told, false);
    await other.gate.set('pass');
    await isLocal(other);
    assert.equal((await network.stateOf(other)).standing, 'enrolled', 'nobody told it; an operator can remove the node');
    const acts = (await network.any().audit()).map((entry) => `${entry.act} ${entry.subject}`);
    assert.ok(acts.includes(`node.unenrolled ${node.id}`));
  });

  test('at the end, each control plane knows every command and result that any of them acknowledged, and one audit log', { timeout: 120_000 }, async () => {
    for (const control of network.controls) await network.isKeptBy(control);
    const [log, ...others] = await Promise.all(network.controls.map((control) => control.audit()));
    for (const other of others) assert.deepEqual(other, log);
  });
}

async function isLocal(node) {
  const enrollment = await enrollmentOf(node);
  assert.deepEqual([enrollment.mode, enrollment.state, enrollment.control_plane], ['local', 'not_enrolled', null]);
  const managed = path.join(node.home, 'managed');
  assert.deepEqual(fs.existsSync(managed) ? fs.readdirSync(managed) : [], [], 'nothing is left of the enrollment');
  const { connections } = node.gate;
  await chatMs(node);
  await node.stop();
  await node.serve();
  await node.ready();
  await chatMs(node);
  assert.equal(node.gate.connections, connections, 'it speaks to nobody');
}

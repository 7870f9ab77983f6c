// What a control plane and its nodes do while all is well, and when one of them is killed: heartbeats in both APIs, commands, an
// installed model, blockers, keys. The same tests for one control plane and for replicas (`Network` of network_bench.mjs).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { enrollmentOf, linked } from './live_control.mjs';
import { codes, kCatalogueId } from './network_bench.mjs';
import { defaultModel, until } from './node.mjs';
import { hashText, idOfTransportKey, signatureHolds } from './paper_node.mjs';
import { nodeId } from './verify_receipt.mjs';

// Beyond a lease (90 s), so that a command which only comes back by its lease is told apart from one that is lost.
const kInterruptedMs = 150_000;

export function commandTests(network) {
  const { nodes } = network;

  test('three nodes enroll, and both APIs and the command lines see them live', async () => {
    const listed = await network.any().admin('nodes', 'list');
    assert.deepEqual(listed.data.map((node) => node.node_id).sort(), nodes.map((node) => node.id).sort());
    for (const node of nodes) {
      await network.beats(node);
      const state = await network.stateOf(node);
      assert.deepEqual([state.standing, state.liveness, state.status], ['enrolled', 'online', 'ready']);
      await until(async () => (await network.stateOf(node)).inventory?.memory.total_bytes > 0, 20_000, 'the inventory');
      const status = await node.cli(['status', '--json']);
      assert.equal(status.code, 0, status.stderr);
      assert.match(status.stdout, /"connected"/);
      assert.match(status.stdout, new RegExp(network.any().url.replace(/:[0-9]+$/, '')));
    }
    // Each control plane's public answers may be 5 s old, so what one of them tells another may not yet.
    const summary = await until(async () => {
      const { json } = await network.any().public('network');
      return json.nodes_online === 3 && json;
    }, 30_000, 'three nodes in the public API');
    assert.equal(summary.nodes_enrolled, 3);
    const cards = await until(async () => {
      const { data } = (await network.any().public('nodes')).json;
      return data.length === 3 && data;
    }, 30_000, 'three cards in the public API');
    assert.deepEqual(cards.map((card) => card.node_id).sort(), nodes.map((node) => node.id).sort());
    for (const node of nodes) {
      const { transport_key: binding } = (await network.any().public(`nodes/${node.id}/transport-key`)).json;
      assert.ok(signatureHolds(binding, binding.public_key_ed25519));
      assert.equal(nodeId(Buffer.from(binding.public_key_ed25519, 'base64url')), node.id, 'a client needs to trust the node id alone');
      assert.equal(idOfTransportKey(binding.public_key_x25519), binding.key_id);
    }
    const models = await until(async () => {
      const { json } = await network.any().public('models');
      return json.data[0]?.nodes_online === 3 && json.data;
    }, 30_000, 'a model of three nodes in the public API');
    assert.deepEqual(models.map((model) => [model.model_id, model.nodes_online]), [[defaultModel, 3]]);
  });

  test('a benchmark_smoke and each harmless command come back with a signed result', { timeout: 120_000 }, async () => {
    const [smoke, ...others] = await Promise.all([
      network.run(nodes[0], 'benchmark_smoke', { model_id: defaultModel, max_tokens: 16 }),
      network.run(nodes[0], 'runtime_probe'), network.run(nodes[1], 'refresh_inventory'), network.run(nodes[1], 'route_health_check'),
      network.run(nodes[2], 'agent_update_check'), network.run(nodes[2], 'support_bundle'),
    ]);
    assert.equal(smoke.state, 'succeeded', JSON.stringify(smoke));
    assert.ok(smoke.result.result.completion_tokens > 0);
    for (const command of others) assert.equal(command.state, 'succeeded', JSON.stringify(command));
    assert.ok(others[0].result.result.runtimes.some((runtime) => runtime.state === 'ready'));
    assert.equal(others[2].result.result.health, 'not_configured', 'no route is built: the honest answer');
    assert.equal((await network.stateOf(nodes[1])).inventory_hash, hashText((await network.stateOf(nodes[1])).inventory), 'what was announced is what is kept');
    const failed = await network.run(nodes[0], 'benchmark_smoke', { model_id: 'no-such-model', max_tokens: 8 });
    assert.deepEqual([failed.state, failed.result.error.code], ['failed', 'model_not_found']);
    const acts = (await network.any().audit()).filter((entry) => entry.subject === smoke.id).map((entry) => entry.act);
    assert.deepEqual(acts, ['command.queued', 'command.succeeded']);
  });

  test('a model_install is refused where the owner did not allow it, and done and offered where the owner did', { timeout: 120_000 }, async (t) => {
    const refused = await network.run(nodes[0], 'model_install', { catalogue_id: kCatalogueId });
    assert.deepEqual([refused.state, refused.result.error.code], ['failed', 'role_denied']);
    if (network.prefix.missing) {
      t.skip(network.prefix.missing);
      return;
    }
    const done = await network.run(nodes[2], 'model_install', { catalogue_id: kCatalogueId });
    assert.equal(done.state, 'succeeded', JSON.stringify(done));
    const { result } = done.result;
    assert.deepEqual([result.model_id, result.size_bytes, result.was_installed], [kCatalogueId, network.prefix.bytes.length, false]);
    assert.ok([network.prefix.sha256, Buffer.from(network.prefix.sha256, 'hex').toString('base64url')].includes(result.sha256), result.sha256);
    const again = await network.run(nodes[2], 'model_install', { catalogue_id: kCatalogueId });
    assert.equal(again.result.result.was_installed, true);
    const answer = await nodes[2].chat({ model: kCatalogueId, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 2 }, nodes[2].secret);
    assert.equal(answer.status, 200, answer.text);
    await until(async () => (await network.any().public('models')).json.data.some((model) => model.model_id === kCatalogueId), 30_000, 'the new model in the public API');
  });

  test('kill -9 of a node in the middle of a command: the command ends once, after the node is back', { timeout: 120_000 }, async () => {
    const node = nodes[1];
    const { id } = await network.queue(node, 'benchmark_smoke', { model_id: defaultModel, max_tokens: 512 });
    await until(async () => (await network.command(id)).state !== 'queued', 30_000, 'the command to be taken');
    await node.crash();
    await node.serve();
    const command = await network.endOf(id, 110_000);
    assert.ok(['succeeded', 'failed'].includes(command.state), JSON.stringify(command));
    if (command.state === 'failed') assert.match(command.result.error.detail, /interrupted/);
    const ends = (await network.any().audit()).filter((entry) => entry.subject === id && /succeeded|failed/.test(entry.act));
    assert.equal(ends.length, 1);
    await node.ready();
    await linked(node);
  });
}

// Runs `kill` in the middle of commands for every node: nothing accepted is lost, each command ends once, and all nodes are connected
// afterwards.
export async function nothingIsLostOver(network, kill) {
  const { nodes } = network;
  const token = await network.any().ask('POST', 'enrollment-tokens', { note: 'before the crash' });
  const queued = [];
  for (const node of nodes) {
    for (let i = 0; i < 3; i += 1) queued.push(await network.queue(node, 'benchmark_smoke', { model_id: defaultModel, max_tokens: 64 }));
  }
  await until(async () => {
    const states = await Promise.all(queued.map(async ({ id }) => (await network.command(id)).state));
    return states.includes('succeeded');
  }, 60_000, 'a first result');
  const before = new Map((await Promise.all(nodes.map((node) => network.stateOf(node)))).map((node) => [node.node_id, node]));
  const results = new Map();
  for (const { id } of queued) results.set(id, (await network.command(id)).result);
  await kill();
  const kept = await network.tokenOf(token.token.id);
  assert.equal(kept?.status, 'usable');
  for (const node of nodes) {
    const now = await network.stateOf(node);
    assert.ok(now.last_heartbeat_at >= before.get(node.id).last_heartbeat_at, 'an acknowledged heartbeat is lost');
    assert.equal(now.boot_epoch, before.get(node.id).boot_epoch, 'the node was not started again');
  }
  for (const { id } of queued) {
    // What a poll took whose answer was cut is handed out again 5 s later, to a node that polls again: nobody has to cancel and retry.
    const command = await network.endOf(id, kInterruptedMs);
    assert.equal(command.state, 'succeeded', JSON.stringify(command));
    if (results.get(id)) assert.deepEqual(command.result, results.get(id), 'a result that was taken is another one now');
  }
  const ends = (await network.any().audit()).filter((entry) => entry.act === 'command.succeeded').map((entry) => entry.subject);
  for (const { id } of queued) assert.equal(ends.filter((one) => one === id).length, 1, `${id} has one end`);
  await Promise.all(nodes.map((node) => linked(node)));
  assert.equal((await network.any().ask('GET', 'audit/verification')).holds, true);
}

export function readinessAndKeyTests(network) {
  const { nodes } = network;

  test('every blocker is named, alike in the public API and by the node itself', { timeout: 60_000 }, async () => {
    const [node] = nodes;
    const target = `nodes/${node.id}/route-readiness?model=${defaultModel}`;
    const verdict = (await network.any().public(target)).json;
    assert.equal(verdict.ready, false);
    const wanted = [
      'route_missing', 'route_unhealthy', 'public_inference_disabled', 'protocol_unregistered', 'protocol_inactive',
      'protocol_stake_unsatisfied', 'model_not_network_eligible', 'observed_benchmark_missing', 'paid_route_disabled',
    ];
    for (const code of wanted) assert.ok(codes(verdict.blockers).includes(code), `${code} is missing in ${codes(verdict.blockers)}`);
    for (const blocker of verdict.blockers) assert.ok(blocker.message && blocker.next_action && blocker.gate);
    for (const absent of ['not_enrolled', 'heartbeat_stale', 'node_suspended', 'model_not_installed', 'runtime_unreachable', 'queue_blocked'])
      assert.ok(!codes(verdict.blockers).includes(absent), absent);
    const mine = await enrollmentOf(node);
    const model = mine.models.find((one) => one.id === defaultModel);
    const order = (list) => [...list].sort();
    assert.deepEqual(order([...codes(mine.blockers), ...codes(model.blockers)]), order(codes(verdict.blockers)));
    const status = await node.cli(['status']);
    for (const code of codes(verdict.blockers)) assert.ok(status.stdout.includes(code), `${code} in ${status.stdout}`);
    const none = (await network.any().public(`nodes/${node.id}/route-readiness?model=no-such-model`)).json;
    for (const code of ['model_not_installed', 'runtime_unreachable', 'queue_blocked']) assert.ok(codes(none.blockers).includes(code), code);
    const stranger = (await network.any().public(`nodes/b3n_${'a'.repeat(32)}/route-readiness?model=${defaultModel}`)).json;
    assert.deepEqual(codes(stranger.blockers).slice(0, 2), ['not_enrolled', 'heartbeat_stale']);
  });

  test('a transport key is rotated by command: the public binding is the new one, signed by the node', { timeout: 60_000 }, async () => {
    const [node] = nodes;
    const target = `nodes/${node.id}/transport-key`;
    const { transport_key: old } = (await network.any().public(target)).json;
    const rotated = await network.run(node, 'rotate_transport_key', { grace_seconds: 60 });
    assert.equal(rotated.state, 'succeeded', JSON.stringify(rotated));
    const bound = rotated.result.result.transport_key;
    assert.notEqual(bound.key_id, old.key_id);
    assert.ok(signatureHolds(bound, old.public_key_ed25519), 'by the same identity');
    const now = await until(async () => {
      const { transport_key: key } = (await network.any().public(target)).json;
      return key.key_id === bound.key_id && key;
    }, 30_000, 'the new key in the public API');
    // A heartbeat before the result came may have bound the key once more, from a later moment on.
    assert.ok(signatureHolds(now, old.public_key_ed25519));
    assert.equal(now.public_key_x25519, bound.public_key_x25519);
    assert.ok(now.not_before >= bound.not_before, `${now.not_before} and ${bound.not_before}`);
    assert.deepEqual((await network.stateOf(node)).transport_keys.map((key) => key.key_id).slice(0, 2), [bound.key_id, old.key_id], 'the old one is still known');
    assert.deepEqual(fs.readdirSync(path.join(node.home, 'managed')).filter((name) => name.endsWith('.key')).sort(), ['transport-old.key', 'transport.key']);
  });
}

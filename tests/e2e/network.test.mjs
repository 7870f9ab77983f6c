// A control plane and three enrolled nodes with the embedded model, all real programs on loopback: heartbeats, commands, faults of the
// network and of the control plane, a cloned identity, keys, and the way out. Each node reaches its control plane through a gate of
// its own that the tests break.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { CataloguePrefix } from './catalogue_prefix.mjs';
import { LiveControl, enroll, enrollmentOf, linked, noLimits, quickBeats } from './live_control.mjs';
import { Node, defaultModel, request, until } from './node.mjs';
import { hashText, idOfTransportKey, signatureHolds } from './paper_node.mjs';
import { Gate } from './tcp_gate.mjs';
import { nodeId } from './verify_receipt.mjs';
import { WrongClock, noWrongClock } from './wrong_clock.mjs';

const kCatalogueId = 'tiny-e2e';
// Beyond a lease (90 s), so that a command which only comes back by its lease is told apart from one that is lost.
const kInterruptedMs = 150_000;
let control;
let prefix;
const nodes = [];

before(async () => {
  prefix = await CataloguePrefix.make(kCatalogueId);
  control = await LiveControl.launch({ config: { ...quickBeats, ...noLimits } });
  const started = await Promise.allSettled([0, 1, 2].map((i) => Node.start(i === 2 ? { bin: prefix.bin, env: prefix.env } : {})));
  nodes.push(...started.filter(({ value }) => value).map(({ value }) => value));
  assert.equal(nodes.length, 3, String(started.find(({ reason }) => reason)?.reason));
  for (const [i, node] of nodes.entries()) {
    await node.ready();
    node.secret = (await node.key({ name: 'local' })).secret;
    node.gate = await Gate.open(control.port);
    node.answer = await enroll(node, control, { url: node.gate.url, allow: i === 2 ? ['model_install'] : [], tags: [`n${i}`] });
  }
  for (const node of nodes) await linked(node);
});
after(async () => {
  for (const node of nodes) {
    await node.close();
    await node.gate?.close();
  }
  await control?.close();
  await prefix?.close();
});

const stateOf = (node) => control.ask('GET', `nodes/${node.id}`);
// A heartbeat that was taken after now.
async function beats(node, ms = 60_000) {
  const { last_heartbeat_at: before } = await stateOf(node);
  return until(async () => (await stateOf(node)).last_heartbeat_at > (before ?? ''), ms, `a heartbeat of ${node.id}`);
}
async function run(node, kind, args = {}) {
  const command = await control.endOf((await control.queue(node.id, kind, args)).id);
  if (command.result) {
    const key = (await stateOf(node)).public_key_ed25519;
    assert.equal(nodeId(Buffer.from(key, 'base64url')), node.id);
    assert.ok(signatureHolds(command.result, key), 'the result is signed by the node');
    assert.ok(!signatureHolds({ ...command.result, completed_at: '2020-01-01T00:00:00.000Z' }, key), 'and nothing else is');
    assert.equal(command.result.command_id, command.id);
  }
  return command;
}
// Milliseconds of a short answer to the node's owner: the median of a few.
async function chatMs(node) {
  const times = [];
  for (let i = 0; i < 7; i += 1) {
    const began = performance.now();
    const answer = await node.chat({ model: defaultModel, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 4 }, node.secret);
    assert.equal(answer.status, 200, answer.text);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[3];
}
const codes = (blockers) => blockers.map((blocker) => blocker.code);

test('three nodes enroll, and both APIs and the command lines see them live', async () => {
  const listed = await control.admin('nodes', 'list');
  assert.deepEqual(listed.data.map((node) => node.node_id).sort(), nodes.map((node) => node.id).sort());
  for (const node of nodes) {
    await beats(node);
    const state = await stateOf(node);
    assert.deepEqual([state.standing, state.liveness, state.status], ['enrolled', 'online', 'ready']);
    await until(async () => (await stateOf(node)).inventory?.memory.total_bytes > 0, 20_000, 'the inventory');
    const status = await node.cli(['status', '--json']);
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout, /"connected"/);
    assert.match(status.stdout, new RegExp(control.url.replace(/:[0-9]+$/, '')));
  }
  const network = await until(async () => {
    const { json } = await control.public('network');
    return json.nodes_online === 3 && json;
  }, 30_000, 'three nodes in the public API');
  assert.equal(network.nodes_enrolled, 3);
  const cards = (await control.public('nodes')).json.data;
  assert.deepEqual(cards.map((card) => card.node_id).sort(), nodes.map((node) => node.id).sort());
  for (const node of nodes) {
    const { transport_key: binding } = (await control.public(`nodes/${node.id}/transport-key`)).json;
    assert.ok(signatureHolds(binding, binding.public_key_ed25519));
    assert.equal(nodeId(Buffer.from(binding.public_key_ed25519, 'base64url')), node.id, 'a client needs to trust the node id alone');
    assert.equal(idOfTransportKey(binding.public_key_x25519), binding.key_id);
  }
  const models = await until(async () => {
    const { json } = await control.public('models');
    return json.data.length > 0 && json.data;
  }, 30_000, 'a model in the public API');
  assert.deepEqual(models.map((model) => [model.model_id, model.nodes_online]), [[defaultModel, 3]]);
});

test('a benchmark_smoke and each harmless command come back with a signed result', { timeout: 120_000 }, async () => {
  const [smoke, ...others] = await Promise.all([
    run(nodes[0], 'benchmark_smoke', { model_id: defaultModel, max_tokens: 16 }),
    run(nodes[0], 'runtime_probe'), run(nodes[1], 'refresh_inventory'), run(nodes[1], 'route_health_check'),
    run(nodes[2], 'agent_update_check'), run(nodes[2], 'support_bundle'),
  ]);
  assert.equal(smoke.state, 'succeeded', JSON.stringify(smoke));
  assert.ok(smoke.result.result.completion_tokens > 0);
  for (const command of others) assert.equal(command.state, 'succeeded', JSON.stringify(command));
  assert.ok(others[0].result.result.runtimes.some((runtime) => runtime.state === 'ready'));
  assert.equal(others[2].result.result.health, 'not_configured', 'no route is built: the honest answer');
  assert.equal((await stateOf(nodes[1])).inventory_hash, hashText((await stateOf(nodes[1])).inventory), 'what was announced is what is kept');
  const failed = await run(nodes[0], 'benchmark_smoke', { model_id: 'no-such-model', max_tokens: 8 });
  assert.deepEqual([failed.state, failed.result.error.code], ['failed', 'model_not_found']);
  const acts = (await control.audit()).filter((entry) => entry.subject === smoke.id).map((entry) => entry.act);
  assert.deepEqual(acts, ['command.queued', 'command.succeeded']);
});

test('a model_install is refused where the owner did not allow it, and done and offered where the owner did', { timeout: 120_000 }, async (t) => {
  const refused = await run(nodes[0], 'model_install', { catalogue_id: kCatalogueId });
  assert.deepEqual([refused.state, refused.result.error.code], ['failed', 'role_denied']);
  if (prefix.missing) {
    t.skip(prefix.missing);
    return;
  }
  const done = await run(nodes[2], 'model_install', { catalogue_id: kCatalogueId });
  assert.equal(done.state, 'succeeded', JSON.stringify(done));
  const { result } = done.result;
  assert.deepEqual([result.model_id, result.size_bytes, result.was_installed], [kCatalogueId, prefix.bytes.length, false]);
  assert.ok([prefix.sha256, Buffer.from(prefix.sha256, 'hex').toString('base64url')].includes(result.sha256), result.sha256);
  const again = await run(nodes[2], 'model_install', { catalogue_id: kCatalogueId });
  assert.equal(again.result.result.was_installed, true);
  const answer = await nodes[2].chat({ model: kCatalogueId, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 2 }, nodes[2].secret);
  assert.equal(answer.status, 200, answer.text);
  await until(async () => (await control.public('models')).json.data.some((model) => model.model_id === kCatalogueId), 30_000, 'the new model in the public API');
});

test('G10-119 kill -9 of the control plane in the middle of commands: nothing accepted is lost, and nodes come back by themselves', { timeout: 300_000 }, async () => {
  const token = await control.ask('POST', 'enrollment-tokens', { note: 'before the crash' });
  const queued = [];
  for (const node of nodes) {
    for (let i = 0; i < 3; i += 1) queued.push(await control.queue(node.id, 'benchmark_smoke', { model_id: defaultModel, max_tokens: 64 }));
  }
  await until(async () => {
    const states = await Promise.all(queued.map(async ({ id }) => (await control.command(id)).state));
    return states.includes('succeeded');
  }, 60_000, 'a first result');
  const before = new Map((await Promise.all(nodes.map(stateOf))).map((node) => [node.node_id, node]));
  const results = new Map();
  for (const { id } of queued) results.set(id, (await control.command(id)).result);
  await control.crash();
  await Promise.all(nodes.map((node) => linked(node, 'unreachable')));
  for (const node of nodes) await chatMs(node);
  await control.again();
  const kept = (await control.ask('GET', 'enrollment-tokens')).data.find((one) => one.id === token.token.id);
  assert.equal(kept?.status, 'usable');
  for (const node of nodes) {
    const now = await stateOf(node);
    assert.ok(now.last_heartbeat_at >= before.get(node.id).last_heartbeat_at, 'an acknowledged heartbeat is lost');
    assert.equal(now.boot_epoch, before.get(node.id).boot_epoch, 'the node was not started again');
  }
  for (const { id } of queued) {
    // What a poll took whose answer was cut is handed out again 5 s later, to a node that polls again: nobody has to cancel and retry.
    const command = await control.endOf(id, kInterruptedMs);
    assert.equal(command.state, 'succeeded', JSON.stringify(command));
    if (results.get(id)) assert.deepEqual(command.result, results.get(id), 'a result that was taken is another one now');
  }
  const ends = (await control.audit()).filter((entry) => entry.act === 'command.succeeded').map((entry) => entry.subject);
  for (const { id } of queued) assert.equal(ends.filter((one) => one === id).length, 1, `${id} has one end`);
  await Promise.all(nodes.map((node) => linked(node)));
  assert.equal((await control.ask('GET', 'audit/verification')).holds, true);
});

test('kill -9 of a node in the middle of a command: the command ends once, after the node is back', { timeout: 120_000 }, async () => {
  const node = nodes[1];
  const { id } = await control.queue(node.id, 'benchmark_smoke', { model_id: defaultModel, max_tokens: 512 });
  await until(async () => (await control.command(id)).state !== 'queued', 30_000, 'the command to be taken');
  await node.crash();
  await node.serve();
  const command = await control.endOf(id, 110_000);
  assert.ok(['succeeded', 'failed'].includes(command.state), JSON.stringify(command));
  if (command.state === 'failed') assert.match(command.result.error.detail, /interrupted/);
  const ends = (await control.audit()).filter((entry) => entry.subject === id && /succeeded|failed/.test(entry.act));
  assert.equal(ends.length, 1);
  await node.ready();
  await linked(node);
});

// Each mode on a node of its own, all at once: a black hole takes a node its whole deadline to notice.
const faults = [
  { name: 'refused, half-closed and garbage', modes: ['refuse', 'half_close', 'garbage'], state: 'unreachable' },
  { name: 'a black hole', modes: ['black_hole'], state: 'unreachable' },
  { name: 'slow', modes: ['slow'], state: 'connected' },
];
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
        await beats(node);
      }
      await chatMs(node);
      await node.gate.set('pass');
      await linked(node, 'connected', 90_000);
      await beats(node);
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
  await beats(node);
  node.gate.keeps = false;
  const { id } = await control.queue(other.id, 'refresh_inventory');
  const attack = async (patch, status, code) => {
    const answer = await request(control.url, { ...caught, ...patch });
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
  assert.equal((await stateOf(node)).status, 'ready');
  await beats(node);
});

test('every blocker is named, alike in the public API and by the node itself', { timeout: 60_000 }, async () => {
  const [node] = nodes;
  const target = `nodes/${node.id}/route-readiness?model=${defaultModel}`;
  const verdict = (await control.public(target)).json;
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
  const none = (await control.public(`nodes/${node.id}/route-readiness?model=no-such-model`)).json;
  for (const code of ['model_not_installed', 'runtime_unreachable', 'queue_blocked']) assert.ok(codes(none.blockers).includes(code), code);
  const stranger = (await control.public(`nodes/b3n_${'a'.repeat(32)}/route-readiness?model=${defaultModel}`)).json;
  assert.deepEqual(codes(stranger.blockers).slice(0, 2), ['not_enrolled', 'heartbeat_stale']);
});

test('a transport key is rotated by command: the public binding is the new one, signed by the node', { timeout: 60_000 }, async () => {
  const [node] = nodes;
  const target = `nodes/${node.id}/transport-key`;
  const { transport_key: old } = (await control.public(target)).json;
  const rotated = await run(node, 'rotate_transport_key', { grace_seconds: 60 });
  assert.equal(rotated.state, 'succeeded', JSON.stringify(rotated));
  const bound = rotated.result.result.transport_key;
  assert.notEqual(bound.key_id, old.key_id);
  assert.ok(signatureHolds(bound, old.public_key_ed25519), 'by the same identity');
  const now = await until(async () => {
    const { transport_key: key } = (await control.public(target)).json;
    return key.key_id === bound.key_id && key;
  }, 30_000, 'the new key in the public API');
  assert.deepEqual(now, bound);
  assert.deepEqual((await stateOf(node)).transport_keys.map((key) => key.key_id).slice(0, 2), [bound.key_id, old.key_id], 'the old one is still known');
  assert.deepEqual(fs.readdirSync(path.join(node.home, 'managed')).filter((name) => name.endsWith('.key')).sort(), ['transport-old.key', 'transport.key']);
});

test('suspended: the node is told, serves its owner, gets no work; resumed, it is back', { timeout: 120_000 }, async () => {
  const node = nodes[1];
  await control.admin('nodes', 'suspend', node.id, '--reason', 'a test');
  const told = await linked(node, 'suspended');
  assert.equal(told.error.code, 'node_suspended');
  assert.ok(codes(told.blockers).includes('node_suspended'));
  await chatMs(node);
  const refused = await control.asAdmin('POST', 'commands', { node_id: node.id, kind: 'refresh_inventory' });
  assert.ok([403, 409].includes(refused.status), refused.text);
  await until(async () => {
    const { json } = await control.public(`nodes/${node.id}/route-readiness?model=${defaultModel}`);
    return codes(json.blockers).includes('node_suspended');
  }, 30_000, 'the blocker in the public API');
  await control.admin('nodes', 'resume', node.id);
  // It asks again after minutes; a start asks at once.
  await node.stop();
  await node.serve();
  await linked(node);
  assert.equal((await run(node, 'refresh_inventory')).state, 'succeeded');
  const acts = (await control.audit()).filter((entry) => entry.subject === node.id).map((entry) => entry.act);
  assert.deepEqual(acts.filter((act) => /suspended|resumed/.test(act)), ['node.suspended', 'node.resumed']);
});

test('two machines with one identity: the newest start wins, both are told, and the log has it', { timeout: 120_000 }, async () => {
  const node = nodes[1];
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-clone-'));
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
    const acts = (await control.audit()).filter((entry) => entry.subject === node.id && entry.act === 'node.identity_superseded');
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

test('G4-46 a node whose clock is off by 10 min, and then jumps back by 20, corrects itself', { skip: noWrongClock, timeout: 120_000 }, async (t) => {
  const clock = new WrongClock(600);
  const node = await Node.start({ wrap: clock.wrap });
  try {
    await enroll(node, control);
    const ahead = await linked(node);
    assert.ok(Math.abs(ahead.clock_offset_ms + 600_000) < 15_000, `${ahead.clock_offset_ms} ms`);
    await beats(node);
    clock.set(-600);
    const behind = await until(async () => {
      const now = await enrollmentOf(node);
      return now.clock_offset_ms > 0 && now.state === 'connected' && now;
    }, 60_000, 'the offset to follow');
    assert.ok(Math.abs(behind.clock_offset_ms - 600_000) < 15_000, `${behind.clock_offset_ms} ms`);
    await beats(node);
    assert.equal((await run(node, 'refresh_inventory')).state, 'succeeded');
    t.diagnostic(`offsets ${ahead.clock_offset_ms} and ${behind.clock_offset_ms} ms`);
  } finally {
    await node.close();
    clock.remove();
  }
});

test('removed: the node is told; unenrolled, it is a clean local node, and a new token brings it back', { timeout: 120_000 }, async () => {
  const node = nodes[0];
  const open = await control.queue(node.id, 'benchmark_smoke', { model_id: defaultModel, max_tokens: 8 });
  await control.endOf(open.id);
  await control.admin('nodes', 'remove', node.id, '--reason', 'a test');
  const told = await linked(node, 'removed');
  assert.ok(codes(told.blockers).includes('not_enrolled'));
  await chatMs(node);
  const left = await node.cli(['unenroll', '--json']);
  assert.equal(left.code, 0, left.stderr);
  await isLocal(node);
  await until(async () => (await control.public(`nodes/${node.id}`)).status === 404, 30_000, 'the public to be told: its answers may be 5 s old');
  const used = await enrollmentOf(node);
  assert.equal(used.mode, 'local');
  await enroll(node, control, { url: node.gate.url });
  await linked(node);
  await beats(node);
  assert.equal((await stateOf(node)).standing, 'enrolled');
});

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

test('unenrolled while connected: the control plane is told, the node is local; unreachable, it leaves all the same', { timeout: 120_000 }, async () => {
  const node = nodes[1];
  const left = await node.cli(['unenroll', '--json']);
  assert.equal(left.code, 0, left.stderr);
  assert.equal(left.json.told, true);
  assert.equal((await stateOf(node)).standing, 'removed');
  await isLocal(node);
  const other = nodes[2];
  await other.gate.set('refuse');
  const alone = await other.cli(['unenroll', '--json']);
  assert.equal(alone.code, 0, alone.stderr);
  assert.equal(alone.json.told, false);
  await other.gate.set('pass');
  await isLocal(other);
  assert.equal((await stateOf(other)).standing, 'enrolled', 'nobody told it; an operator can remove the node');
  const acts = (await control.audit()).map((entry) => `${entry.act} ${entry.subject}`);
  assert.ok(acts.includes(`node.unenrolled ${node.id}`));
});

// A control plane, or several replicas of one, and three enrolled nodes with the embedded model, all real programs on loopback. Each
// node reaches its control plane through a gate of its own that tests break; with replicas each gate leads to another one.
import assert from 'node:assert/strict';
import { CataloguePrefix } from './catalogue_prefix.mjs';
import { enroll, linked } from './live_control.mjs';
import { Node, defaultModel, until } from './node.mjs';
import { signatureHolds } from './paper_node.mjs';
import { Gate } from './tcp_gate.mjs';
import { nodeId } from './verify_receipt.mjs';

// Of the model that the third node may install by command.
export const kCatalogueId = 'tiny-e2e';

export class Network {
  controls = [];       // LiveControl, started; whoever launches them puts them here before start()
  nodes = [];
  queued = new Set();  // ids of commands that a control plane acknowledged
  ended = new Map();   // command id → the command as it ended
  turn = 0;

  async start() {
    this.prefix = await CataloguePrefix.make(kCatalogueId);
    const { bin, env } = this.prefix;
    const started = await Promise.allSettled([0, 1, 2].map((i) => Node.start(i === 2 ? { bin, env } : {})));
    this.nodes.push(...started.filter(({ value }) => value).map(({ value }) => value));
    assert.equal(this.nodes.length, 3, String(started.find(({ reason }) => reason)?.reason));
    for (const [i, node] of this.nodes.entries()) {
      await node.ready();
      node.secret = (await node.key({ name: 'local' })).secret;
      node.gate = await Gate.open(this.controls[i % this.controls.length].port);
      await enroll(node, this.any(), { url: node.gate.url, allow: i === 2 ? ['model_install'] : [], tags: [`n${i}`] });
    }
    for (const node of this.nodes) await linked(node);
  }

  async close() {
    for (const node of this.nodes) {
      await node.close();
      await node.gate?.close();
    }
    for (const control of this.controls) await control.close();
    await this.prefix?.close();
  }

  // The control planes that run, each in its turn.
  any() {
    const alive = this.controls.filter((control) => !control.dead);
    return alive[this.turn++ % alive.length];
  }

  stateOf(node) {
    return this.any().ask('GET', `nodes/${node.id}`);
  }
  // A heartbeat that was taken after now.
  async beats(node, ms = 60_000) {
    const { last_heartbeat_at: before } = await this.stateOf(node);
    return until(async () => (await this.stateOf(node)).last_heartbeat_at > (before ?? ''), ms, `a heartbeat of ${node.id}`);
  }

  async queue(node, kind, args = {}) {
    const command = await this.any().queue(node.id, kind, args);
    this.queued.add(command.id);
    return command;
  }
  command(id) {
    return this.any().command(id);
  }
  async endOf(id, ms) {
    const command = await this.any().endOf(id, ms);
    this.ended.set(id, command);
    return command;
  }
  // A command to its end, with a result that only this node can have signed.
  async run(node, kind, args = {}) {
    const command = await this.endOf((await this.queue(node, kind, args)).id);
    if (command.result) {
      const key = (await this.stateOf(node)).public_key_ed25519;
      assert.equal(nodeId(Buffer.from(key, 'base64url')), node.id);
      assert.ok(signatureHolds(command.result, key), 'the result is signed by the node');
      assert.ok(!signatureHolds({ ...command.result, completed_at: '2020-01-01T00:00:00.000Z' }, key), 'and nothing else is');
      assert.equal(command.result.command_id, command.id);
    }
    return command;
  }

  // An enrollment token as it is listed now, on whichever page: load makes many.
  async tokenOf(id) {
    for (let before = ''; ;) {
      const page = await this.any().ask('GET', `enrollment-tokens?limit=500${before && `&before=${before}`}`);
      const found = page.data.find((token) => token.id === id);
      before = page.next_before;
      if (found || !before) return found;
    }
  }

  // What was acknowledged, by whichever of them, is known to this control plane, and as it was told.
  async isKeptBy(control) {
    for (const id of this.queued) {
      const now = await control.command(id);
      const told = this.ended.get(id);
      if (told) assert.deepEqual([now.state, now.result], [told.state, told.result], `${id} ended otherwise`);
    }
    assert.equal((await control.ask('GET', 'audit/verification')).holds, true);
  }
}

// Milliseconds of a short answer to the node's owner: the median of a few.
export async function chatMs(node) {
  const times = [];
  for (let i = 0; i < 7; i += 1) {
    const began = performance.now();
    const answer = await node.chat({ model: defaultModel, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 4 }, node.secret);
    assert.equal(answer.status, 200, answer.text);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[3];
}

export const codes = (blockers) => blockers.map((blocker) => blocker.code);

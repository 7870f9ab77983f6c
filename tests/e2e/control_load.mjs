// Load on a control plane, or on several behind one address: nodes on paper that beat, take commands and bring results, and an operator
// who makes tokens and commands. It remembers what was acknowledged, and checks that all of it is there afterwards.
import assert from 'node:assert/strict';
import { request, until } from './node.mjs';
import { PaperNode } from './paper_node.mjs';

const kCallMs = 20_000;
// What a caller is told when the control plane, or its database, is not there for a moment.
const kPassing = new Set([429, 502, 503, 504]);

export class ControlLoad {
  // url: where requests go; secret: an admin credential.
  constructor({ url, secret, nodes = 6 }) {
    this.url = url;
    this.secret = secret;
    this.nodes = Array.from({ length: nodes }, () => new PaperNode(url));
    this.beats = 0;
    this.tokens = new Set();    // ids
    this.commands = new Set();  // ids
    this.results = new Map();   // command id → document
    this.strange = [];          // answers that nobody should get
    this.failed = 0;            // calls that were cut or refused for the moment
  }

  async enroll() {
    for (const node of this.nodes) {
      const made = await this.admin('POST', 'enrollment-tokens', {});
      assert.equal(made?.status, 200, made?.text);
      await node.enroll(made.json.secret);
    }
    return this;
  }

  // The answer, or nothing when it was cut or is one that passes.
  async call(asking, what) {
    try {
      const answer = await asking;
      if (answer.status === 200) return answer;
      if (!kPassing.has(answer.status)) this.strange.push(`${what}: ${answer.status} ${answer.text}`);
      this.lastFailure = `${what}: ${answer.status} ${answer.text}`;
    } catch (error) {  // cut: nothing was promised
      this.lastFailure = `${what}: ${error.message}`;
    }
    this.failed += 1;
    return undefined;
  }
  admin(method, target, body) {
    const headers = { authorization: `Bearer ${this.secret}` };
    return this.call(request(this.url, { method, path: `/v1/admin/${target}`, body, headers, timeoutMs: kCallMs }), target);
  }

  // A connection of the pool may find its server gone only now: such a question is asked again.
  read(target) {
    return until(() => this.admin('GET', target), 30_000, `an answer to ${target}`);
  }

  start() {
    this.stopping = false;
    this.work = [...this.nodes.map((node) => this.live(node)), this.operate('tokens'), this.operate('commands')];
  }
  async stop() {
    this.stopping = true;
    await Promise.all(this.work);
  }

  async live(node) {
    const how = { timeoutMs: kCallMs };
    while (!this.stopping) {
      const beat = await this.call(node.heartbeat(how), 'heartbeat');
      if (beat) {
        node.lastBeat = beat.sent;
        this.beats += 1;
      }
      const poll = await this.call(node.poll({ max: 8, ...how }), 'poll');
      for (const command of poll?.json.commands ?? []) {
        const document = node.result(command);
        // Brought until it is taken, as a node does.
        for (let tries = 0; tries < 50 && !this.results.has(command.command_id); tries += 1) {
          const taken = await this.call(node.bring(command, document, how), 'result');
          if (taken) this.results.set(command.command_id, document);
          else if (this.stopping) break;
        }
      }
      if (!beat) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async operate(what) {
    for (let i = 0; !this.stopping; i += 1) {
      if (what === 'tokens') {
        const made = await this.admin('POST', 'enrollment-tokens', { note: `load ${i}` });
        if (made) this.tokens.add(made.json.token.id);
      } else {
        const node = this.nodes[i % this.nodes.length];
        const made = await this.admin('POST', 'commands', { node_id: node.id, kind: 'refresh_inventory' });
        if (made) this.commands.add(made.json.id);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async list(target) {
    const rows = [];
    for (let before = ''; ;) {
      const page = await this.read(`${target}?limit=500${before && `&before=${before}`}`);
      rows.push(...page.json.data);
      before = page.json.next_before;
      if (!before) return rows;
    }
  }

  // Asked when the control plane answers again.
  async check() {
    assert.deepEqual(this.strange, [], `${this.strange.length} strange answers`);
    const tokens = new Set((await this.list('enrollment-tokens')).map((token) => token.id));
    assert.deepEqual([...this.tokens].filter((id) => !tokens.has(id)), [], 'acknowledged tokens are lost');
    const commands = new Map((await this.list('commands')).map((command) => [command.id, command]));
    assert.deepEqual([...this.commands].filter((id) => !commands.has(id)), [], 'acknowledged commands are lost');
    const undone = [...this.results.keys()].filter((id) => commands.get(id)?.state !== 'succeeded');
    assert.deepEqual(undone, [], 'acknowledged results are lost');
    for (const id of [...this.results.keys()].slice(-20)) {
      const kept = await this.read(`commands/${id}`);
      assert.deepEqual(kept.json.result, this.results.get(id));
    }
    // An acknowledged heartbeat is in the database: sent again it is a replay.
    for (const node of this.nodes.filter(({ lastBeat }) => lastBeat)) {
      const again = await request(this.url, node.lastBeat);
      assert.equal(again.status, 409, `a heartbeat that was acknowledged is lost: ${again.text}`);
    }
    const audit = await this.read('audit/verification');
    assert.equal(audit.json.holds, true, audit.text);
  }

  summary() {
    return `${this.beats} heartbeats, ${this.tokens.size} tokens, ${this.commands.size} commands, ${this.results.size} results, ` +
      `${this.failed} calls cut or put off`;
  }
}

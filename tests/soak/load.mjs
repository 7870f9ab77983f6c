// The callers of a soak: each goes on by itself until the run ends, and tells the ledger what it was given.
import http from 'node:http';
import fs from 'node:fs';
import path from 'node:path';
import { defaultModel, longChat, repoRoot } from '../e2e/node.mjs';

export const embedModel = 'soak-embed';
const kPauseMs = 100;
const kCutAfterMs = 400;
const kMetricsMs = 2_000;
const kKeysMs = 3_000;
const kModelsMs = 5_000;
const kBackupMs = 60_000;
const kFaultEveryMs = 20_000;
const kFaultMs = 3_000;
const kFaults = ['status-500', 'status-503', 'reset', 'rubbish', 'empty-stream', 'error-event', 'cut'];
const kShortFaultMs = 5_000;  // a call may meet the node while it goes down or comes up
const modelFile = path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf');

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const words = ['the capital of France', 'a short story', 'numbers up to ten', 'the sea', 'a list of colours'];
const question = (i) => `Tell me about ${words[i % words.length]}, number ${i}.`;
const chat = (model, i, more = {}) => ({ model, messages: [{ role: 'user', content: question(i) }], max_tokens: 16, seed: i, ...more });

// kind → the request of the i-th call and how a whole answer looks.
const json = (text) => text.trimEnd().endsWith('}');
const kCalls = {
  'chat, embedded': (i) => ['/v1/chat/completions', chat(defaultModel, i), json],
  'chat, upstream': (i) => ['/v1/chat/completions', chat('fake-instant', i), json],
  'stream, embedded': (i) => ['/v1/chat/completions', chat(defaultModel, i, { stream: true }), (text) => text.endsWith('data: [DONE]\n\n')],
  'stream, upstream': (i) => ['/v1/chat/completions', chat('fake-paced', i, { stream: true }), (text) => text.endsWith('data: [DONE]\n\n')],
  'completions': (i) => ['/v1/completions', { model: i % 2 ? defaultModel : 'fake-instant', prompt: question(i), max_tokens: 8 }, json],
  'responses': (i) => ['/v1/responses', { model: i % 2 ? defaultModel : 'fake-instant', input: question(i), max_output_tokens: 16 }, json],
  'anthropic': (i) => ['/v1/messages', chat(i % 2 ? defaultModel : 'fake-instant', i, { seed: undefined }), json],
  'ollama': (i) => ['/api/chat', { ...chat(i % 2 ? defaultModel : 'fake-instant', i, { seed: undefined, max_tokens: undefined }), stream: i % 3 === 0, options: { num_predict: 16 } },
    (text) => text.includes('"done":true')],
  'embeddings, embedded': (i) => ['/v1/embeddings', { model: embedModel, input: [question(i), question(i + 1)] }, json],
  'embeddings, upstream': (i) => ['/v1/embeddings', { model: 'org/fake-embed:v1', input: question(i) }, json],
};

// The stable code of a refusal in any of the three dialects.
function codeOf(answer) {
  const { json: body } = answer;
  return body?.b3iq?.code ?? body?.error?.b3iq?.code ?? body?.error?.code ?? `status ${answer.status}`;
}

// The code in a stream that was broken off, or undefined when nothing was said.
const codeInStream = (text) => /"code":"([a-z_]+)"/.exec(text)?.[1];

export class Load {
  constructor({ node, ledger, upstream, secret, metricsSecret, folder }) {
    Object.assign(this, { node, ledger, upstream, secret, metricsSecret, folder });
    this.stopping = false;
    this.down = false;  // the node is being stopped or started
    this.upAt = 0;
    this.commands = 0;  // of the command line, running now
    this.done = { backups: 0, scrapes: 0, keys: 0, models: 0, faults: 0 };
  }

  // Whether a connection that goes, or went a moment ago, is what a restart does.
  restarting(begun) {
    return this.down || begun - this.upAt < kShortFaultMs || this.upAt > begun;
  }

  start() {
    this.actors = [
      ...Object.entries(kCalls).map(([kind, make]) => this.caller(kind, make)),
      this.cutter('cut, upstream', () => chat('fake-endless', 1, { stream: true, max_tokens: undefined })),
      this.cutter('cut, embedded', (i) => longChat(i)),
      this.every(kMetricsMs, () => this.scrape()), this.every(kKeysMs, () => this.oneKey()), this.every(kModelsMs, () => this.oneModel()),
      this.every(kBackupMs, () => this.backup()), this.every(kFaultEveryMs, () => this.fault()),
    ];
  }

  async stop() {
    this.stopping = true;
    await Promise.all(this.actors);
    this.upstream.fault = undefined;
  }

  async every(ms, act) {
    for (let next = Date.now() + ms; !this.stopping; next += ms) {
      while (!this.stopping && (Date.now() < next || this.down)) await pause(50);
      if (!this.stopping) await act().catch((error) => this.ledger.problem(`${act}: ${error.message}`));
    }
  }

  async caller(kind, make) {
    for (let i = 0; !this.stopping; i += 1) {
      const [target, body, whole] = make(i);
      const begun = Date.now();
      try {
        const answer = await this.node.request({ method: 'POST', path: target, headers: { authorization: `Bearer ${this.secret}` }, body });
        if (answer.status === 200 && whole(answer.text) && answer.text.includes('"receipt_hash"')) this.ledger.answered(kind, answer.bytes);
        else if (answer.status !== 200) this.ledger.refused(kind, codeOf(answer), this.restarting(begun));
        else this.ledger.refused(kind, codeInStream(answer.text) ?? 'closed', this.restarting(begun));
      } catch (error) {
        this.ledger.refused(kind, /no answer within/.test(error.message) ? 'hang' : 'closed', this.restarting(begun));
      }
      await pause(this.down ? 200 : kPauseMs);
    }
  }

  // Streams that the client leaves.
  async cutter(kind, make) {
    for (let i = 1; !this.stopping; i += 1) {
      const bytes = JSON.stringify(make(i));
      await new Promise((resolve) => {
        const request = http.request(this.node.url, {
          method: 'POST', path: '/v1/chat/completions', agent: false,
          headers: { authorization: `Bearer ${this.secret}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) },
        }, (response) => response.on('error', () => {}).resume());
        request.on('error', resolve).on('close', resolve);
        request.end(bytes);
        setTimeout(() => request.destroy(), Math.random() * kCutAfterMs);
      });
      this.ledger.cut(kind);
      await pause(kCutAfterMs);
    }
  }

  async scrape() {
    const answer = await this.node.get('/metrics', this.metricsSecret).catch(() => undefined);
    if (answer?.status === 200) this.done.scrapes += 1;
    else if (!this.down && answer) this.ledger.problem(`/metrics: ${answer.status}`);
  }

  // Never begun while the node is away: the command would use the home's files itself, and the node could not start.
  async command(args) {
    while (this.down) await pause(20);
    this.commands += 1;
    try {
      return await this.node.cli(args);
    } finally {
      this.commands -= 1;
    }
  }

  // What a command was given: its JSON, or undefined when the node was away.
  async told(...args) {
    const begun = Date.now();
    const ran = await this.command([...args, '--json']);
    if (ran.code === 0) return ran.json;
    if (!this.restarting(begun)) this.ledger.problem(`${args.join(' ')}: ${ran.code} ${ran.stderr.slice(0, 300)}`);
    return undefined;
  }

  async oneKey() {
    const made = await this.told('keys', 'create', '--name', `soak-${this.done.keys}-${Date.now()}`);
    if (!made) return;
    this.ledger.keys.set(made.id, false);
    if (this.done.keys % 2 === 0) {
      this.ledger.unknownEnd.add(made.id);
      if (await this.told('keys', 'revoke', made.id)) {
        this.ledger.keys.set(made.id, true);
        this.ledger.unknownEnd.delete(made.id);
        const begun = Date.now();
        const after = await this.node.get('/v1/models', made.secret).catch(() => undefined);
        if (after && after.status !== 401 && !this.restarting(begun)) this.ledger.problem(`a revoked key got ${after.status}`);
      }
    }
    this.done.keys += 1;
  }

  // Installed, asked, unloaded, loaded, asked, removed. A restart in between is made up for in the next round.
  async oneModel() {
    const name = `soak-model-${this.done.models % 2}`;
    const there = (await this.told('models', 'installed'))?.data.some((model) => model.id === name);
    if (there === undefined) return;
    if (!there && !(await this.told('models', 'install', modelFile, '--name', name))) return;
    const ask = async () => {
      const begun = Date.now();
      try {
        const answer = await this.node.chat(chat(name, this.done.models), this.secret);
        if (answer.status === 200) this.ledger.answered('installed model', answer.bytes);
        else this.ledger.refused('installed model', codeOf(answer), this.restarting(begun));
      } catch {
        this.ledger.refused('installed model', 'closed', this.restarting(begun));
      }
    };
    await ask();
    await this.told('models', 'unload', name);
    await this.told('models', 'load', name);
    await ask();
    if (await this.told('models', 'remove', name)) this.done.models += 1;
  }

  async backup() {
    const target = path.join(this.folder, `backup-${this.done.backups}`);
    fs.rmSync(target, { recursive: true, force: true });
    const begun = Date.now();
    const ran = await this.command(['backup', target]);
    if (ran.code === 0) this.done.backups += 1;
    else if (!this.restarting(begun)) this.ledger.problem(`backup: ${ran.code} ${ran.stderr.slice(0, 300)}`);
    fs.rmSync(target, { recursive: true, force: true });
  }

  async fault() {
    this.upstream.fault = kFaults[this.done.faults % kFaults.length];
    this.done.faults += 1;
    for (let waited = 0; waited < kFaultMs && !this.stopping; waited += 100) await pause(100);
    this.upstream.fault = undefined;
  }
}

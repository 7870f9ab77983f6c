// What an injected fault is measured with: a node of its own at a fixed port, which may be killed and started again, and light load
// whose every call is written down.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { descendants, isAlive } from '../tests/e2e/processes.mjs';
import { Party, freePort, get, hostBin, sleep, waitFor, workDir } from './parties.mjs';

const kCallTimeoutMs = 3_000;
const kSteady = 20;            // answers in a row that count as recovered
const kPatienceMs = 90_000;
const kPage = 100;
export const target = '/v1/chat/completions';
export const chatOf = (model, more = {}) => ({ model, messages: [{ role: 'user', content: 'What is the capital of France?' }], max_tokens: 4, ...more });

export class FaultNode {
  static made = 0;

  static async start({ config = {}, home, wrap = [], env = {} } = {}) {
    const node = new FaultNode();
    node.home = home ?? path.join(workDir, `fault-${(FaultNode.made += 1)}`);
    Object.assign(node, { wrap, env, port: await freePort() });
    fs.rmSync(node.home, { recursive: true, force: true });
    fs.mkdirSync(node.home, { recursive: true, mode: 0o700 });
    await node.cli('init');
    node.configure(config);
    await node.serve();
    node.key = await node.cli('keys', 'create', '--name', 'fault', '--scope', 'chat', '--scope', 'models', '--scope', 'receipts', '--scope', 'metrics');
    return node;
  }

  get configFile() {
    return path.join(this.home, 'config.json');
  }

  configure(patch) {
    const config = JSON.parse(fs.readFileSync(this.configFile, 'utf8'));
    fs.writeFileSync(this.configFile, JSON.stringify({ ...config, ...patch }, null, 2), { mode: 0o600 });
  }

  // The parsed output; an Error with what was said when the command fails.
  cli(...args) {
    return new Promise((resolve, reject) => {
      execFile(hostBin, [...args, '--json'], { env: { ...process.env, B3IQ_HOME: this.home }, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
        if (error) reject(new Error(`b3iq-host ${args.join(' ')}: ${stderr || stdout || error.message}`));
        else resolve(stdout.trim() === '' ? undefined : JSON.parse(stdout));
      });
    });
  }

  // The process alone; `up` waits for it.
  spawn() {
    this.party = new Party('b3iq-host', [...this.wrap, hostBin, 'serve', '--listen', `127.0.0.1:${this.port}`], { env: { B3IQ_HOME: this.home, ...this.env } });
  }

  async serve() {
    this.spawn();
    await this.party.up(async () => (await get(this.port, '/health')).status === 200);
  }

  get pid() {
    return this.party.pid;
  }

  workers() {
    return descendants(this.pid).filter(({ comm }) => comm.startsWith('b3iq-worker'));
  }

  async worker() {
    await waitFor(() => this.workers().length > 0, 'a worker');
    return this.workers().sort((a, b) => Number(a.started) - Number(b.started))[0];
  }

  // Ends it and all that it started.
  async stop(signal = 'SIGTERM') {
    const family = descendants(this.pid);
    await this.party.stop(signal);
    await waitFor(() => !family.some(isAlive), 'the end of the workers');
  }

  async ask(model, more = {}) {
    return call(this.port, { secret: this.key.secret, body: chatOf(model, more), timeoutMs: 60_000 });
  }

  // Until the model answers.
  async ready(model) {
    await waitFor(async () => (await this.ask(model)).ok, `an answer of ${model}`, kPatienceMs);
  }

  async receipts() {
    const hashes = new Set();
    for (let before; ;) {
      const page = await get(this.port, `/v1/receipts?limit=${kPage}${before ? `&before=${before}` : ''}`, { authorization: `Bearer ${this.key.secret}` });
      if (page.status !== 200) throw new Error(`receipts: ${page.status} ${page.text}`);
      const body = JSON.parse(page.text);
      for (const entry of body.data) hashes.add(entry.receipt_hash);
      if (!body.has_more) return hashes;
      before = body.next_before;
    }
  }
}

// One call, judged: ok; the stable code of a refusal; 'closed'; 'timeout' (the client gave up); or 'silent', for what ended as if it
// were well and was not.
export function call(port, { secret, body, timeoutMs = kCallTimeoutMs, receipts = true }) {
  const bytes = JSON.stringify(body);
  const begun = performance.now();
  return new Promise((resolve) => {
    const finish = (what, more = {}) => resolve({ begun, ended: performance.now(), ok: what === 'ok', what, ...more });
    const request = http.request({
      host: '127.0.0.1', port, path: target, method: 'POST', agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes), authorization: `Bearer ${secret}` },
    }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => { text += piece; });
      response.on('error', () => finish('closed'));
      response.on('end', () => {
        const whole = response.statusCode === 200 && (body.stream ? text.endsWith('data: [DONE]\n\n') : text.trimEnd().endsWith('}'));
        const hash = /"receipt_hash":"(0x[0-9a-f]{64})"/.exec(text)?.[1];
        if (whole && (hash || !receipts)) finish('ok', { hash });
        else finish(/"code":"([a-z_]+)"/.exec(text)?.[1] ?? (receipts ? 'silent' : 'refused'), { text: text.slice(0, 500) });
      });
    });
    request.on('error', (error) => finish(error.message === 'given up' ? 'timeout' : 'closed'));
    setTimeout(() => request.destroy(new Error('given up')), timeoutMs).unref();
    request.end(bytes);
  });
}

export class Light {
  // `port`, `secret`: whom to ask; `pause`: ms between the calls of a client.
  constructor(port, secret, { model, clients = 4, pause = 10, stream = false, receipts = true, timeoutMs } = {}) {
    Object.assign(this, { records: [], stopping: false });
    const loop = async () => {
      while (!this.stopping) {
        this.records.push(await call(port, { secret, body: chatOf(model, { stream }), receipts, timeoutMs }));
        await sleep(pause);
      }
    };
    this.loops = Array.from({ length: clients }, loop);
  }

  async stop() {
    this.stopping = true;
    await Promise.all(this.loops);
  }

  // Until a call that began after `since` went wrong: the fault has its effect.
  async hurt(since, ms = kPatienceMs) {
    await waitFor(() => this.records.some((one) => one.begun >= since && !one.ok), 'the effect of the fault', ms);
  }

  // Milliseconds from `since` to the first answer of those that stay.
  async recovered(since) {
    const run = () => {
      const after = this.records.filter((one) => one.begun >= since);
      return after.slice(after.findLastIndex((one) => !one.ok) + 1);
    };
    await waitFor(() => run().length >= kSteady, 'the recovery', kPatienceMs);
    return run()[0].ended - since;
  }

  worst(since) {
    return Math.max(0, ...this.records.filter((one) => one.ok && one.begun >= since).map((one) => one.ended - one.begun));
  }

  silent() {
    return this.records.filter((one) => one.what === 'silent');
  }
}

// A node under light load for the time of `act(node, light)`, which gives the milliseconds. Afterwards each answer that was
// acknowledged must have its receipt, and no call may have ended without a word.
export async function underLight(options, act) {
  const node = await FaultNode.start(options);
  try {
    await options.prepare?.(node);
    await node.ready(options.light.model);
    const light = new Light(node.port, node.key.secret, options.light);
    await waitFor(() => light.records.filter((one) => one.ok).length >= kSteady, 'light load', kPatienceMs);
    let ms;
    try {
      ms = await act(node, light);
    } finally {
      await light.stop();
    }
    const [silent] = light.silent();
    if (silent) throw new Error(`a call ended without a word: ${silent.text}`);
    const kept = await node.receipts();
    const lost = light.records.filter((one) => one.ok && !kept.has(one.hash));
    if (lost.length > 0) throw new Error(`${lost.length} acknowledged answers have no receipt`);
    return ms;
  } finally {
    await node.stop().catch(() => node.party.stop('SIGKILL'));
    fs.rmSync(node.home, { recursive: true, force: true });
  }
}

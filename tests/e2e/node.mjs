// Starts the real node (b3iq-host serve) in its own temporary B3IQ_HOME on a free port, and stops it again.
// Every wait is a poll with a bound; a node that is stopped must leave no worker process behind.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnOwned } from './child_processes.mjs';
import { descendants, isAlive } from './processes.mjs';

export const repoRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binDir = path.resolve(process.env.B3IQ_BIN_DIR ?? path.join(repoRoot, 'build/release/bin'));
export const hostBin = path.join(binDir, 'b3iq-host');
export const defaultModel = 'b3iq-atlas-5m';
const kStartMs = 30_000;
const kStopMs = 20_000;

// Polls `probe` until it gives a truthy value, which is returned. Fails with `what` after `ms`.
export async function until(probe, ms, what) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) assert.fail(`waited ${ms} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// One HTTP exchange on its own connection. `host` and other headers go out exactly as given. `ca`: the authority (PEM) that an https
// server's certificate must be of; the system's without one. localAddress: the address that it comes from.
export function request(base, { method = 'GET', path: target = '/', headers = {}, body, timeoutMs = 60_000, ca, localAddress } = {}) {
  const url = new URL(base);
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const req = client.request(
      { host: url.hostname, port: url.port, method, path: target, headers, agent: false, timeout: timeoutMs, ca, localAddress },
      (res) => {
        const chunks = [];
        res.on('data', (chunk) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString('utf8');
          let json;
          try { json = JSON.parse(text); } catch { json = undefined; }
          resolve({ status: res.statusCode, headers: res.headers, rawHeaders: res.rawHeaders, bytes, text, json });
        });
      });
    req.on('error', reject);
    req.on('timeout', () => req.destroy(new Error(`no answer within ${timeoutMs} ms: ${method} ${target}`)));
    if (body !== undefined) {
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      if (!Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')) {
        req.setHeader('content-type', 'application/json');
      }
      req.setHeader('content-length', bytes.length);
      req.end(bytes);
    } else {
      req.end();
    }
  });
}

// Runs a program to its end. Never throws on a non-zero code: the caller looks at it.
export async function run(file, args, { env, input, timeoutMs = 60_000, cwd } = {}) {
  const child = spawnOwned(file, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'], cwd });
  const out = [];
  const err = [];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => err.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  const stdout = Buffer.concat(out).toString();
  const stderr = Buffer.concat(err).toString();
  let json;
  try { json = JSON.parse(stdout); } catch { json = undefined; }
  return { code, signal, stdout, stderr, json };
}

let keysMade = 0;

export class Node {
  // home: an existing B3IQ_HOME to use again; config: merged over the config.json that `init` writes; env: more
  // environment; wrap: words put before the program (for example prlimit with its options); serveArgs: more arguments; bin: another
  // copy of the program.
  static async start({ home, config, env = {}, wrap = [], serveArgs = [], listen = '127.0.0.1:0', bin = hostBin } = {}) {
    const node = new Node();
    node.ownsHome = home === undefined;
    node.home = home ?? fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-e2e-'));
    node.options = { env, wrap, serveArgs, listen, bin };
    try {
      if (!fs.existsSync(path.join(node.home, 'config.json'))) await node.init();
      if (config) node.configure(config);
      await node.serve();
    } catch (error) {
      await node.kill();
      node.remove();
      throw error;
    }
    return node;
  }

  get environment() {
    return { B3IQ_HOME: this.home, ...this.options?.env };
  }

  async init() {
    if (!fs.existsSync(hostBin)) {
      throw new Error(`${hostBin} is not there: build first (./run build) or set B3IQ_BIN_DIR`);
    }
    const made = await this.cli(['init', '--json']);
    assert.equal(made.code, 0, `init failed: ${made.stderr}`);
    return made.json;
  }

  // Top-level members of `patch` replace those of config.json.
  configure(patch) {
    const file = path.join(this.home, 'config.json');
    const config = JSON.parse(fs.readFileSync(file, 'utf8'));
    const next = typeof patch === 'function' ? patch(config) : { ...config, ...patch };
    fs.writeFileSync(file, JSON.stringify(next, null, 2), { mode: 0o600 });
  }

  async serve() {
    const { wrap, serveArgs, listen, bin } = this.options;
    const words = [...wrap, bin, 'serve', ...(listen ? ['--listen', listen] : []), ...serveArgs];
    fs.rmSync(path.join(this.home, 'run/agent.json'), { force: true });
    this.child = spawnOwned(words[0], words.slice(1), {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.output = '';
    this.exit = once(this.child, 'exit').then(([code, signal]) => (this.ended = { code, signal }));
    this.ended = undefined;
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => { this.output = (this.output + text).slice(-200_000); });
    }
    this.url = await until(() => {
      if (this.ended) throw new Error(`serve ended with ${JSON.stringify(this.ended)}:\n${this.output}`);
      return /listening on (http:\/\/[0-9.]+:[0-9]+)/.exec(this.output)?.[1] ?? this.urlOfAgentFile();
    }, kStartMs, `the address of ${words.join(' ')}`);
    this.port = Number(new URL(this.url).port);
    await until(() => this.healthy(), kStartMs, `${this.url}/health`);
  }

  urlOfAgentFile() {
    try {
      const agent = JSON.parse(fs.readFileSync(path.join(this.home, 'run/agent.json'), 'utf8'));
      return agent.pid === this.child.pid || this.options.wrap.length > 0 ? agent.url : undefined;
    } catch {
      return undefined;
    }
  }

  async healthy() {
    if (this.ended) throw new Error(`serve ended with ${JSON.stringify(this.ended)}:\n${this.output}`);
    try {
      return (await request(this.url, { path: '/health', timeoutMs: 2_000 })).status === 200;
    } catch {
      return false;
    }
  }

  // Until a model answers: a fresh node may still be loading it.
  async ready(model = defaultModel) {
    const key = await this.key({ name: 'ready-probe' });
    await until(async () => {
      const answer = await this.chat({ model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 }, key.secret);
      if (answer.status === 200) return true;
      assert.ok([404, 503].includes(answer.status), `probe of ${model}: ${answer.status} ${answer.text}`);
      return false;
    }, 120_000, `model ${model}`);
    return this;
  }

  cli(args, options = {}) {
    return run(this.options?.bin ?? hostBin, args, { ...options, env: { ...this.environment, ...options.env } });
  }

  // Makes a key under a name of its own. `options` are the flags of `keys create` in camelCase; scope and model may be arrays.
  async key({ name: label = 'test', ...options } = {}) {
    const args = ['keys', 'create', '--json', '--name', `${label}-${(keysMade += 1)}`];
    for (const [name, value] of Object.entries(options)) {
      const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      for (const one of [value].flat()) args.push(flag, String(one));
    }
    const made = await this.cli(args);
    assert.equal(made.code, 0, `${args.join(' ')}: ${made.stderr}${made.stdout}`);
    assert.match(made.json?.secret ?? '', /^b3iq_local_[0-9A-Za-z]{49}$/);
    return made.json;
  }

  // A node that is gone is told with its last words.
  async request(options) {
    try {
      return await request(this.url, options);
    } catch (error) {
      if (error.code !== 'ECONNREFUSED' || !this.ended) throw error;
      throw Object.assign(new Error(`serve ended with ${JSON.stringify(this.ended)}:\n${this.output.slice(-4_000)}`), { code: error.code });
    }
  }

  get(target, secret, headers = {}) {
    return this.request({ path: target, headers: secret ? { authorization: `Bearer ${secret}`, ...headers } : headers });
  }

  chat(body, secret, headers = {}) {
    return this.request({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { ...(secret ? { authorization: `Bearer ${secret}` } : {}), ...headers },
      body,
    });
  }

  // The daemon's own pid (with `wrap`, exec keeps the pid, so the child is the daemon).
  get pid() {
    return this.child.pid;
  }

  workers() {
    return descendants(this.pid).filter((process) => process.comm.startsWith('b3iq-worker'));
  }

  async stop({ signal = 'SIGTERM', withinMs = kStopMs } = {}) {
    if (!this.child || this.ended) return this.ended;
    const family = descendants(this.pid);
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), withinMs);
    const ended = await this.exit;
    clearTimeout(late);
    if (signal !== 'SIGKILL') assert.notEqual(ended.signal, 'SIGKILL', `did not stop within ${withinMs} ms of ${signal}`);
    await until(() => !family.some(isAlive), 5_000, `the end of ${JSON.stringify(family.filter(isAlive))}`);
    return ended;
  }

  // kill -9 of the daemon alone; its workers must follow by themselves.
  crash() {
    return this.stop({ signal: 'SIGKILL' });
  }

  async kill() {
    if (this.child && !this.ended) {
      this.child.kill('SIGKILL');
      await this.exit;
    }
  }

  remove() {
    if (this.ownsHome) fs.rmSync(this.home, { recursive: true, force: true });
  }

  async close() {
    try {
      return await this.stop();
    } finally {
      await this.kill();
      this.remove();
    }
  }
}

// A request that keeps the embedded model at work until its context is full: the schema wants more numbers than fit.
export function longChat(seed = 1) {
  const schema = { type: 'array', items: { type: 'integer' }, minItems: 1_000 };
  return {
    model: defaultModel, messages: [{ role: 'user', content: `Count from ${seed}.` }], stream: true, temperature: 1, seed,
    response_format: { type: 'json_schema', json_schema: { name: 'numbers', schema } },
  };
}

// config.json members for a node whose only runtime is the OpenAI-compatible server at `url`.
export function upstreamConfig(url, more = {}) {
  return { runtimes: [{ id: 'up', kind: 'openai', base_url: url }], ...more };
}

// Starts the real control plane (b3iq-control-plane serve) in its own temporary home, and enrolls real nodes at it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { binDir, request, run, until } from './node.mjs';
import { asOperator } from './owner.mjs';

export const controlBin = path.join(binDir, 'b3iq-control-plane');
const kStartMs = 60_000;
const kStopMs = 40_000;
// As fast as it may be, so that a test does not wait for the next one.
export const quickBeats = { heartbeat_interval: '1s' };

export class ControlPlane {
  // home: one to use again, or a copy of another's; config: merged over the config.json that `init` writes; args: of `serve`.
  static async start({ home, config = {}, env = {}, args = [], listen = '127.0.0.1:0' } = {}) {
    const self = new ControlPlane();
    self.ownsHome = home === undefined;
    self.home = home ?? fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-control-'));
    self.env = env;
    self.args = args;
    try {
      if (!fs.existsSync(controlBin)) throw new Error(`${controlBin} is not there: build first (./run build) or set B3IQ_BIN_DIR`);
      if (!fs.existsSync(path.join(self.home, 'config.json'))) {
        const made = await self.cli('init', '--listen', listen);
        assert.equal(made.code, 0, `init failed: ${made.stderr}`);
      }
      self.configure(config);
      await self.serve();
    } catch (error) {
      await self.crash();
      self.remove();
      throw error;
    }
    return self;
  }

  configure(patch) {
    const file = path.join(this.home, 'config.json');
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), ...patch }, null, 2), { mode: 0o600 });
  }

  get environment() {
    return { B3IQ_CONTROL_HOME: this.home, ...this.env };
  }

  async serve() {
    this.child = spawn(controlBin, ['serve', ...this.args], {
      env: { ...process.env, ...this.environment }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.output = '';
    this.ended = undefined;
    this.exit = once(this.child, 'exit').then(([code, signal]) => (this.ended = { code, signal }));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => { this.output = (this.output + text).slice(-200_000); });
    }
    this.url = await until(() => {
      this.checkAlive();
      return /listening on (http:\/\/[0-9.]+:[0-9]+)/.exec(this.output)?.[1];
    }, kStartMs, 'the address of the control plane');
    this.port = Number(new URL(this.url).port);
    await until(() => this.ready(), kStartMs, `${this.url}/health/ready`);
    this.secret = JSON.parse(fs.readFileSync(path.join(this.home, 'run/control.json'), 'utf8')).operator_secret;
  }

  checkAlive() {
    if (this.ended) throw new Error(`the control plane ended with ${JSON.stringify(this.ended)}:\n${this.output.slice(-4_000)}`);
  }

  async ready() {
    this.checkAlive();
    try {
      return (await request(this.url, { path: '/health/ready', timeoutMs: 2_000 })).status === 200;
    } catch {
      return false;
    }
  }

  cli(...args) {
    return run(controlBin, [...args, '--json'], { env: this.environment });
  }
  async admin(...args) {
    const done = await this.cli('admin', ...args);
    assert.equal(done.code, 0, `admin ${args.join(' ')}: ${done.stderr}${done.stdout}`);
    return done.json;
  }

  // The admin API as commands on this machine call it, or with `secret`.
  call(method, target, body, secret = this.secret) {
    return request(this.url, { method, path: `/v1/admin/${target}`, body, headers: { authorization: `Bearer ${secret}` } });
  }
  async ask(method, target, body) {
    const answer = await this.call(method, target, body);
    assert.equal(answer.status, 200, `${method} ${target}: ${answer.text}`);
    return answer.json;
  }
  async public(target) {
    return request(this.url, { path: `/v1/public/${target}` });
  }

  // A fresh enrollment token.
  async token(spec = {}) {
    return (await this.ask('POST', 'enrollment-tokens', spec)).secret;
  }
  queue(nodeId, kind, args = {}, more = {}) {
    return this.ask('POST', 'commands', { node_id: nodeId, kind, arguments: args, ...more });
  }
  command(id) {
    return this.ask('GET', `commands/${id}`);
  }
  // Until the command has ended; what it is then.
  endOf(id, ms = 60_000) {
    return until(async () => {
      const command = await this.command(id);
      return !['queued', 'leased'].includes(command.state) && command;
    }, ms, `the end of ${id}`);
  }
  // Every entry of the audit log, oldest first.
  async audit() {
    const answer = await this.call('GET', 'audit/export');
    assert.equal(answer.status, 200, answer.text);
    return answer.text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  async stop({ signal = 'SIGTERM' } = {}) {
    if (!this.child || this.ended) return this.ended;
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), kStopMs);
    const ended = await this.exit;
    clearTimeout(late);
    if (signal !== 'SIGKILL') assert.notEqual(ended.signal, 'SIGKILL', `did not stop within ${kStopMs} ms of ${signal}`);
    return ended;
  }
  // kill -9.
  crash() {
    return this.stop({ signal: 'SIGKILL' });
  }
  // The same home on the same port: nodes find it where it was.
  async again() {
    this.configure({ listen: `127.0.0.1:${this.port}` });
    await this.serve();
  }
  remove() {
    if (this.ownsHome) fs.rmSync(this.home, { recursive: true, force: true });
  }
  async close() {
    try {
      return await this.stop();
    } finally {
      await this.crash();
      this.remove();
    }
  }
}

// Enrolls a real node at `url` with the control plane's token, as its owner does; what `enroll --json` printed.
export async function enroll(node, controlPlane, { url = controlPlane.url, allow = [], tags = [] } = {}) {
  const file = path.join(node.home, 'token');
  fs.writeFileSync(file, await controlPlane.token({ tags }), { mode: 0o600 });
  const words = ['enroll', '--control-plane', url, '--token-file', file, ...allow.flatMap((kind) => ['--allow', kind]), '--json'];
  const done = await node.cli(words);
  fs.rmSync(file);
  assert.equal(done.code, 0, `enroll: ${done.stderr}${done.stdout}`);
  node.id ??= (await node.cli(['status', '--json'])).json.node_id;
  return done.json;
}

// How the node sees its enrollment.
export async function enrollmentOf(node) {
  const answer = await asOperator(node, 'GET', 'enrollment');
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

// Until the node says that it is so with its control plane.
export function linked(node, state = 'connected', ms = 60_000) {
  return until(async () => {
    const enrollment = await enrollmentOf(node);
    return enrollment.state === state && enrollment;
  }, ms, `the node to be ${state}`);
}

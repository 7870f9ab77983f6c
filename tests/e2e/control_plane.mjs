// Starts the real control plane (b3iq-control-plane serve) in a home of its own on a free port, and stops it again.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnOwned } from './child_processes.mjs';
import { binDir, request, run, until } from './node.mjs';

export const controlBin = path.join(binDir, 'b3iq-control-plane');
const kStartMs = 60_000;
const kStopMs = 60_000;

export class ControlPlane {
  constructor(folder) {
    this.folder = folder;
    this.home = path.join(folder, 'home');
    this.log = '';
  }

  // A new one, not started. `config` is laid over what init writes.
  static async create(config = {}) {
    const control = new this(fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-control-')));
    fs.chmodSync(control.folder, 0o700);
    const made = await control.cli(['init', '--listen', '127.0.0.1:0']);
    assert.equal(made.code, 0, made.stderr);
    const file = path.join(control.home, 'config.json');
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), ...config }), { mode: 0o600 });
    return control;
  }

  cli(args, options = {}) {
    return run(controlBin, ['--home', this.home, ...args], { ...options, env: { B3IQ_CONTROL_URL: '', ...options.env } });
  }

  // `wrap`, where it is set: words put before the program.
  async start() {
    const words = [...(this.wrap ?? []), controlBin, '--home', this.home, 'serve'];
    this.child = spawnOwned(words[0], words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    this.child.stdout.on('data', (chunk) => { said += chunk; });
    this.child.stderr.on('data', (chunk) => { this.log += chunk; });
    this.ended = new Promise((resolve) => this.child.once('close', (code, signal) => resolve({ code, signal })));
    this.ended.then(() => { this.dead = true; });
    this.dead = false;
    await until(() => this.dead || /listening on (\S+)\n/.test(said), kStartMs, 'the control plane to listen');
    assert.ok(!this.dead, this.log);
    this.url = said.match(/listening on (\S+)\n/)[1];
    return this;
  }

  async stop(signal = 'SIGTERM') {
    if (!this.child || this.dead) return { code: null };
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), kStopMs);
    const ended = await this.ended;
    clearTimeout(timer);
    return ended;
  }

  async close() {
    await this.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  call(method, target, { key, body, headers = {} } = {}) {
    const auth = key ? { authorization: `Bearer ${key}` } : {};
    return this.exchange({ method, path: target, headers: { ...auth, ...headers }, body });
  }
  // Every request of call() goes through here. `ca`, where it is set, is the authority of this control plane's certificate.
  exchange(sent) {
    return request(this.url, { ca: this.ca, ...sent });
  }
}

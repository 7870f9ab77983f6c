// A control plane that serves nodes, is killed, started again and copied, and real nodes enrolled at it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ControlPlane } from './control_plane.mjs';
import { faultOf } from './local_schema.mjs';
import { request, until } from './node.mjs';
import { asOperator } from './owner.mjs';

const kReadyMs = 60_000;
// As fast as it may be, so that a test does not wait for the next one.
export const quickBeats = { heartbeat_interval: '1s' };
// For tests that ask more often than anybody should.
export const noLimits = { limits: { enrollment_per_minute: 0, node_per_minute: 0, public_per_minute: 0, admin_failures_per_minute: 0 } };

export class LiveControl extends ControlPlane {
  // Made, started and ready. `config` is laid over what init writes; home: a folder that stays afterwards, with a control plane in it
  // or empty; copyOf: another control plane, of which this one is a further replica; ca: the authority of its certificate (PEM);
  // wrap: words put before the program.
  static async launch({ config = {}, home, copyOf, ca, wrap } = {}) {
    let control;
    if (home) {
      control = new this(path.dirname(home));
      Object.assign(control, { home, keepsFolder: true });
    } else if (copyOf) {
      control = new this(fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-control-')));
      execFileSync('cp', ['-a', copyOf.home, control.home]);
      fs.rmSync(path.join(control.home, 'run/control.json'), { force: true });
    } else {
      control = await this.create(config);
    }
    Object.assign(control, { ca, wrap });
    try {
      if (home && !fs.existsSync(path.join(home, 'config.json'))) {
        const made = await control.cli(['init']);
        assert.equal(made.code, 0, made.stderr);
      }
      if (home || copyOf) control.configure({ listen: '127.0.0.1:0', ...config });
      await control.serve();
    } catch (error) {
      await control.crash();
      control.remove();
      throw error;
    }
    return control;
  }

  configure(patch) {
    const file = path.join(this.home, 'config.json');
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), ...patch }, null, 2), { mode: 0o600 });
  }

  async serve() {
    await this.start();
    this.port = Number(new URL(this.url).port);
    await until(() => this.ready(), kReadyMs, `${this.url}/health/ready`);
    this.secret = JSON.parse(fs.readFileSync(path.join(this.home, 'run/control.json'), 'utf8')).operator_secret;
  }
  // The same home on the same port: nodes find it where it was.
  async again() {
    this.configure({ listen: `127.0.0.1:${this.port}` });
    await this.serve();
  }
  // kill -9.
  crash() {
    return this.stop('SIGKILL');
  }
  remove() {
    if (!this.keepsFolder) fs.rmSync(this.folder, { recursive: true, force: true });
  }
  async close() {
    try {
      const ended = await this.stop();
      assert.notEqual(ended.signal, 'SIGKILL', `it did not stop when told to:\n${this.log.slice(-2_000)}`);
    } finally {
      await this.crash();
      this.remove();
    }
  }

  async ready() {
    if (this.dead) throw new Error(`the control plane ended:\n${this.log.slice(-4_000)}`);
    try {
      return (await request(this.url, { path: '/health/ready', timeoutMs: 2_000, ca: this.ca })).status === 200;
    } catch {
      return false;
    }
  }

  // What `admin …` prints.
  async admin(...words) {
    const done = await this.cli(['admin', ...words, '--json']);
    assert.equal(done.code, 0, `admin ${words.join(' ')}: ${done.stderr}${done.stdout}`);
    return done.json;
  }
  // The admin API as commands on this machine call it, or with `key`.
  asAdmin(method, target, body, key = this.secret) {
    return this.call(method, `/v1/admin/${target}`, { key, body });
  }
  async ask(method, target, body) {
    const answer = await this.asAdmin(method, target, body);
    assert.equal(answer.status, 200, `${method} ${target}: ${answer.text}`);
    return answer.json;
  }
  public(target) {
    return this.call('GET', `/v1/public/${target}`);
  }
  async metrics() {
    return (await this.call('GET', '/metrics', { key: this.secret })).text;
  }

  // A fresh enrollment token.
  async token(spec = {}) {
    return (await this.ask('POST', 'enrollment-tokens', spec)).secret;
  }
  // An admin credential that outlives the process, as an operator has one.
  async credential(role = 'admin') {
    return (await this.ask('POST', 'credentials', { name: role, role })).secret;
  }
  queue(nodeId, kind, args = {}) {
    return this.ask('POST', 'commands', { node_id: nodeId, kind, arguments: args });
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
    const answer = await this.asAdmin('GET', 'audit/export');
    assert.equal(answer.status, 200, answer.text);
    return answer.text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }
}

// Enrolls a real node at `url` with a token of the control plane, as its owner does; what `enroll --json` printed.
export async function enroll(node, control, { url = control.url, allow = [], tags = [] } = {}) {
  const file = path.join(node.home, 'token');
  fs.writeFileSync(file, await control.token({ tags }), { mode: 0o600 });
  const words = ['enroll', '--control-plane', url, '--token-file', file, ...allow.flatMap((kind) => ['--allow', kind]), '--json'];
  const done = await node.cli(words);
  fs.rmSync(file);
  assert.equal(done.code, 0, `enroll: ${done.stderr}${done.stdout}`);
  assert.equal(faultOf('POST', '/setup/v1/enrollment', 201, done.json), '', done.stdout);
  node.id ??= (await node.cli(['status', '--json'])).json.node_id;
  return done.json;
}

// How the node sees its enrollment, in the form that api/local.json describes.
export async function enrollmentOf(node) {
  const answer = await asOperator(node, 'GET', 'enrollment');
  assert.equal(answer.status, 200, answer.text);
  assert.equal(faultOf('GET', '/setup/v1/enrollment', 200, answer.json), '', answer.text);
  return answer.json;
}

// Until the node says that it is so with its control plane.
export function linked(node, state = 'connected', ms = 60_000) {
  return until(async () => {
    const enrollment = await enrollmentOf(node);
    return enrollment.state === state && enrollment;
  }, ms, `the node to be ${state}`);
}

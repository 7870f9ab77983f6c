// A container's conditions without an engine (as_container.sh): start, look inside, stop.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { binDir, repoRoot, run, until } from '../e2e/node.mjs';
import { descendants, isAlive } from '../e2e/processes.mjs';

const harness = path.join(repoRoot, 'tests/packaging/as_container.sh');
const kUser = '8831';
const kStartMs = 60_000;
const kStopMs = 60_000;

// The programs and a volume, where user 8831 may read them (a clone below /root is closed to him).
export function layOut() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-container-'));
  fs.chmodSync(root, 0o755);
  const build = path.dirname(binDir);
  fs.mkdirSync(path.join(root, 'usr/bin'), { recursive: true });
  for (const program of ['b3iq-host', 'b3iq-worker']) fs.copyFileSync(path.join(binDir, program), path.join(root, 'usr/bin', program));
  for (const folder of ['lib/llama', 'share']) {
    fs.cpSync(path.join(build, folder), path.join(root, 'usr', folder), { recursive: true, dereference: true });
  }
  fs.copyFileSync(path.join(repoRoot, 'packaging/container/entrypoint'), path.join(root, 'usr/entrypoint'));
  fs.chmodSync(path.join(root, 'usr/entrypoint'), 0o755);
  fs.mkdirSync(path.join(root, 'volume'), { mode: 0o700 });
  return root;
}

// Why containers cannot be emulated here; undefined where they can.
export async function refusal() {
  const probe = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-container-probe-'));
  fs.chmodSync(probe, 0o755);
  const tried = await run(harness, ['/', probe, 'true']);
  fs.rmSync(probe, { recursive: true });
  return tried.code === 0 ? undefined : `this machine refuses the namespaces of a container: ${tried.stderr.trim().split('\n')[0]}`;
}

export class Container {
  constructor(root, env = {}) {
    this.root = root;
    this.volume = path.join(root, 'volume');
    this.env = {
      PATH: `${path.join(root, 'usr/bin')}:/usr/sbin:/usr/bin:/sbin:/bin`, B3IQ_HOME: this.volume, B3IQ_LISTEN: '127.0.0.1:0', ...env,
    };
  }

  // One command in a container of its own, to its end.
  runAlone(...words) {
    return run('/usr/bin/env', ['-i', ...this.words(), harness, '/', this.volume, ...words]);
  }

  words() {
    return Object.entries(this.env).map(([name, value]) => `${name}=${value}`);
  }

  async start() {
    this.child = spawn(harness, ['/', this.volume, path.join(this.root, 'usr/entrypoint'), 'serve'], { env: this.env });
    this.output = '';
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (text) => { this.output += text; });
    this.ended = undefined;
    this.exit = once(this.child, 'exit').then(([code, signal]) => (this.ended = { code, signal }));
    this.url = await until(() => {
      assert.equal(this.ended, undefined, this.output);
      return /listening on (http:\S+)/.exec(this.output)?.[1];
    }, kStartMs, 'the address of the node in the container');
    this.process = descendants(this.child.pid).find((process) => process.comm === 'b3iq-host');
    assert.ok(this.process, 'the node is process 1 of the container');
  }

  worker() {
    return descendants(this.process.pid).find((process) => process.comm.startsWith('b3iq-worker'));
  }

  // As `docker exec`. An ordinary user's namespaces belong to the outer of two user namespaces: into that one first.
  exec(...words) {
    const enter = (target, ...namespaces) => ['nsenter', '--target', String(target), ...namespaces];
    const all = process.getuid() === 0
      ? enter(this.process.pid, '--mount', '--pid', '--setuid', kUser, '--setgid', kUser)
      : [...enter(this.child.pid, '--user', '--preserve-credentials'), ...enter(this.process.pid, '--mount', '--pid'),
        ...enter(1, '--user', '--preserve-credentials')];
    const [file, ...args] = [...all, 'env', '-i', ...this.words(), ...words];
    return run(file, args);
  }

  // As `docker stop`: the signal goes to process 1.
  async stop(signal) {
    const family = descendants(this.child.pid);
    process.kill(this.process.pid, signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), kStopMs);
    const ended = await this.exit;
    clearTimeout(late);
    await until(() => !family.some(isAlive), kStopMs, 'the end of every process of the container');
    return ended;
  }

  async close() {
    if (this.child && !this.ended) await this.stop('SIGKILL');
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

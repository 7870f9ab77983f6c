// A real nats-server on loopback: the one that B3IQ_NATS_SERVER names, Debian's, or the one that `./run test` laid under build/.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { spawnOwned } from './child_processes.mjs';
import { repoRoot, until } from './node.mjs';

const kStartMs = 60_000;
const kPlaces = ['/usr/sbin/nats-server', '/usr/bin/nats-server', path.join(repoRoot, 'build/tools/usr/sbin/nats-server')];

export const natsBin = process.env.B3IQ_NATS_SERVER || kPlaces.find((file) => fs.existsSync(file));

// Why there can be no server here; false when there can be one.
export function noNats() {
  return natsBin ? false : 'there is no nats-server (./run test brings one; B3IQ_NATS_SERVER names another)';
}

export class NatsServer {
  static async start() {
    const server = new NatsServer();
    await server.serve(-1);  // any free port
    return server;
  }

  async serve(port = this.port) {
    this.child = spawnOwned(natsBin, ['--addr', '127.0.0.1', '--port', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.ended = false;
    this.exit = once(this.child, 'exit').then(() => { this.ended = true; });
    let log = '';
    this.child.stderr.on('data', (chunk) => { log += chunk; });
    const listening = /Listening for client connections on 127\.0\.0\.1:([0-9]+)/;
    await until(() => this.ended || (listening.test(log) && /Server is ready/.test(log)), kStartMs, 'nats-server');
    assert.ok(!this.ended, log);
    this.port = Number(listening.exec(log)[1]);
    this.url = `nats://127.0.0.1:${this.port}`;
  }

  // kill -9; serve() brings it back on the same port.
  async crash() {
    if (this.ended) return;
    this.child.kill('SIGKILL');
    await this.exit;
  }
}

// A real PostgreSQL server (Debian's package) in a temporary folder, reached through a Unix socket there; as the user `postgres` where
// we are root. Commits do not wait for the disk: a killed process loses nothing by it, only a killed machine would.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { spawnOwned } from './child_processes.mjs';
import { run, until } from './node.mjs';
import { descendants, isAlive } from './processes.mjs';

const kVersions = '/usr/lib/postgresql';
const kStartMs = 120_000;

function newestBin() {
  if (process.env.B3IQ_POSTGRES_BIN) return process.env.B3IQ_POSTGRES_BIN;
  const versions = fs.existsSync(kVersions) ? fs.readdirSync(kVersions).filter((name) => fs.existsSync(`${kVersions}/${name}/bin/initdb`)) : [];
  return versions.length > 0 ? `${kVersions}/${versions.sort((a, b) => b - a)[0]}/bin` : undefined;
}
export const postgresBin = newestBin();

// PostgreSQL does not run as root.
export function serverUser() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  return { uid: id('-u'), gid: id('-g') };
}

// Why there can be no server here; false when there can be one.
export function noPostgres() {
  if (!postgresBin) return 'no PostgreSQL server is installed (apt-get install postgresql)';
  try {
    serverUser();
    return false;
  } catch {
    return 'there is no user postgres to run the server as';
  }
}

// A folder of that user. Short: a socket's path has at most 107 characters.
export function serverFolder() {
  const folder = fs.mkdtempSync('/tmp/b3pg-');
  const { uid, gid } = serverUser();
  if (uid !== undefined) fs.chownSync(folder, uid, gid);
  return folder;
}

export class PostgresServer {
  static async start() {
    const server = new PostgresServer();
    server.folder = serverFolder();
    server.data = path.join(server.folder, 'data');
    server.user = serverUser();
    execFileSync(path.join(postgresBin, 'initdb'), ['-D', server.data, '-U', 'b3iq', '--auth=trust', '--no-sync', '--locale=C', '--encoding=UTF8'],
      { ...server.user, stdio: 'ignore', cwd: server.folder });
    await server.serve();
    await server.sql('postgres', 'CREATE DATABASE control');
    server.uri = `postgresql://b3iq@/control?host=${server.folder}`;
    return server;
  }

  async serve() {
    const settings = [
      'listen_addresses=', 'shared_buffers=16MB', 'max_connections=100', 'fsync=off', 'logging_collector=off', 'unix_socket_permissions=0777',
      'dynamic_shared_memory_type=mmap'];  // in the folder, so that nothing of a killed server stays on the machine
    const end = Date.now() + kStartMs;
    // One that was killed may find the memory of its last processes still in use: tried again.
    for (;;) {
      this.child = spawnOwned(path.join(postgresBin, 'postgres'), ['-D', this.data, '-k', this.folder, ...settings.flatMap((one) => ['-c', one])],
        { ...this.user, stdio: 'ignore', cwd: this.folder });
      this.ended = false;
      this.exit = once(this.child, 'exit').then(() => { this.ended = true; });
      if (await until(async () => this.ended || await this.answers(), kStartMs, 'PostgreSQL') === 'yes') return;
      assert.ok(Date.now() < end, 'PostgreSQL does not start');
    }
  }

  async answers() {
    const asked = await run(path.join(postgresBin, 'pg_isready'), ['-q', '-h', this.folder, '-t', '2']);
    return asked.code === 0 && 'yes';
  }

  async sql(database, text) {
    const done = await run(path.join(postgresBin, 'psql'), ['-h', this.folder, '-U', 'b3iq', '-d', database, '-v', 'ON_ERROR_STOP=1', '-Atc', text]);
    assert.equal(done.code, 0, done.stderr);
    return done.stdout.trim();
  }

  // kill -9 of the server with all its processes.
  async crash() {
    if (this.ended) return;
    const family = [...descendants(this.child.pid)];
    this.child.kill('SIGKILL');
    for (const { pid } of family) {
      try { process.kill(pid, 'SIGKILL'); } catch { /* gone already */ }
    }
    await this.exit;
    await until(() => !family.some(isAlive), 10_000, 'the end of PostgreSQL');
  }

  // At once, but unlike a crash it gives its shared memory back.
  async close() {
    if (!this.ended) {
      this.child.kill('SIGQUIT');
      await this.exit;
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

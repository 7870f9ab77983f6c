// Two PostgreSQL servers that Patroni keeps as leader and synchronous standby, over one etcd; Debian's packages, in a temporary folder.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { spawnOwned } from './child_processes.mjs';
import { repoRoot, request, run, until } from './node.mjs';
import { noPostgres, postgresBin, serverFolder, serverUser } from './postgres_server.mjs';
import { descendants, isAlive } from './processes.mjs';

const kStartMs = 120_000;
const kPatroni = '/usr/bin/patroni';
// Where ./run test laid it, or the machine's own.
const kEtcd = [path.join(repoRoot, 'build/tools/usr/bin/etcd'), '/usr/bin/etcd'].find((file) => fs.existsSync(file));
// As short as Patroni allows: a leader that is gone is replaced after about that long.
const kLease = { ttl: 20, loop_wait: 1, retry_timeout: 3 };

export function noPatroni() {
  const without = noPostgres();
  if (without) return without;
  const missing = [...fs.existsSync(kPatroni) ? [] : ['patroni'], ...kEtcd ? [] : ['etcd-server']];
  if (missing.length > 0) return `not here: ${missing.join(' and ')} (./run test brings them)`;
  return spawnSync('/usr/bin/python3', ['-c', 'import etcd']).status !== 0 && 'Patroni has no python3-etcd here (./run test brings it)';
}

// Ports that nothing listens on now.
async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

class Member {
  constructor(pair, name, [port, restPort]) {
    Object.assign(this, { pair, name, port, restPort });
    this.folder = path.join(pair.folder, name);
    fs.mkdirSync(this.folder, { mode: 0o700 });
    const { uid, gid } = serverUser();
    if (uid !== undefined) fs.chownSync(this.folder, uid, gid);
    this.file = path.join(pair.folder, `${name}.json`);
    fs.writeFileSync(this.file, JSON.stringify(this.settings()));  // JSON is YAML
  }

  settings() {
    const address = (port) => `127.0.0.1:${port}`;
    return {
      scope: 'b3iq', name: this.name,
      restapi: { listen: address(this.restPort), connect_address: address(this.restPort) },
      etcd3: { host: address(this.pair.etcdPort) },
      bootstrap: {
        dcs: { ...kLease, maximum_lag_on_failover: 1_048_576, synchronous_mode: true, postgresql: { use_pg_rewind: false } },
        initdb: [{ auth: 'trust' }, { encoding: 'UTF8' }, { locale: 'C' }],
      },
      postgresql: {
        listen: address(this.port), connect_address: address(this.port), bin_dir: postgresBin, data_dir: path.join(this.folder, 'data'),
        pgpass: path.join(this.folder, 'pgpass'),
        authentication: { superuser: { username: 'b3iq', password: 'x' }, replication: { username: 'follower', password: 'x' } },
        pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
        parameters: { unix_socket_directories: this.folder, shared_buffers: '16MB', max_connections: 60, fsync: 'off', dynamic_shared_memory_type: 'mmap' },
      },
    };
  }

  start() {
    const log = fs.openSync(path.join(this.pair.folder, `${this.name}.log`), 'a');
    this.child = spawnOwned(kPatroni, [this.file], { ...serverUser(), stdio: ['ignore', log, log], cwd: this.folder });
    this.exit = once(this.child, 'exit').then(() => { this.child = undefined; });
    fs.closeSync(log);
  }

  async role() {
    try {
      const { json } = await request(`http://127.0.0.1:${this.restPort}`, { path: '/patroni', timeoutMs: 2_000 });
      return json?.state === 'running' ? { role: json.role, replication: json.replication } : {};
    } catch {
      return {};
    }
  }

  // kill -9 of Patroni and of the server with all its processes.
  crash() {
    return this.end((server, family) => [server, ...family.map((one) => one.pid)].map((pid) => [pid, 'SIGKILL']));
  }

  // At once too, but the server gives its shared memory back.
  close() {
    return this.end((server) => [[server, 'SIGQUIT']]);
  }

  async end(signals) {
    if (!this.child) return;
    const server = Number(fs.existsSync(this.pidFile) ? fs.readFileSync(this.pidFile, 'utf8').split('\n')[0] : 0);
    const family = [...descendants(this.child.pid), ...(server > 0 ? descendants(server) : [])];
    this.child.kill('SIGKILL');
    for (const [pid, signal] of signals(server, family).filter(([one]) => one > 0)) {
      try { process.kill(pid, signal); } catch { /* gone already */ }
    }
    await this.exit;
    await until(() => !family.some(isAlive), 20_000, `the end of ${this.name}`);
  }
  get pidFile() {
    return path.join(this.folder, 'data/postmaster.pid');
  }
}

export class PatroniPair {
  static async start() {
    const pair = new PatroniPair();
    pair.folder = serverFolder();
    const [client, peer, ...ports] = await freePorts(6);
    pair.etcdPort = client;
    pair.startEtcd(peer);
    pair.members = ['one', 'two'].map((name, i) => new Member(pair, name, ports.slice(2 * i, 2 * i + 2)));
    try {
      for (const member of pair.members) member.start();
      const leader = await pair.leader();
      await pair.sql(leader, 'CREATE DATABASE control', 'postgres');
      await until(async () => (await leader.role()).replication?.some((one) => one.sync_state === 'sync'), kStartMs, 'a synchronous standby');
    } catch (error) {
      error.message += pair.logs();
      await pair.close();
      throw error;
    }
    const hosts = pair.members.map((member) => `127.0.0.1:${member.port}`).join(',');
    pair.uri = `postgresql://b3iq@${hosts}/control?target_session_attrs=read-write&connect_timeout=2`;
    return pair;
  }

  startEtcd(peer) {
    const url = (port) => `http://127.0.0.1:${port}`;
    this.etcd = spawnOwned(kEtcd, [
      '--data-dir', path.join(this.folder, 'etcd'), '--listen-client-urls', url(this.etcdPort), '--advertise-client-urls', url(this.etcdPort),
      '--listen-peer-urls', url(peer), '--initial-advertise-peer-urls', url(peer), '--initial-cluster', `default=${url(peer)}`,
      '--logger', 'zap', '--log-outputs', path.join(this.folder, 'etcd.log'),
    ], { stdio: 'ignore' });  // as who runs the tests: the server's user may be unable to reach this tree
    this.etcdExit = once(this.etcd, 'exit');
  }

  logs() {
    return this.members.map(({ name }) => {
      const file = path.join(this.folder, `${name}.log`);
      return `\n${name}: ${fs.existsSync(file) ? fs.readFileSync(file, 'utf8').slice(-1_500) : 'no log'}`;
    }).join('');
  }

  leader(except) {
    return until(async () => {
      for (const member of this.members.filter((one) => one !== except))
        if (['master', 'primary'].includes((await member.role()).role)) return member;
      return undefined;
    }, kStartMs, 'a leader');
  }

  async sql(member, text, database = 'control') {
    const words = ['-h', '127.0.0.1', '-p', String(member.port), '-U', 'b3iq', '-d', database, '-v', 'ON_ERROR_STOP=1', '-Atc', text];
    const done = await run(path.join(postgresBin, 'psql'), words);
    assert.equal(done.code, 0, done.stderr);
    return done.stdout.trim();
  }

  async close() {
    for (const member of this.members ?? []) await member.close();
    if (this.etcd.exitCode === null) this.etcd.kill('SIGKILL');
    await this.etcdExit;
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

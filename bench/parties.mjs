// Everything that takes part in a run: the instant upstream, nginx, nginx + Lua, Portkey and b3iq-host. Each is started here,
// pinned to its core, waited for and stopped again.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cores } from './machine.mjs';

export const benchDir = path.dirname(fileURLToPath(import.meta.url));
export const repoRoot = path.resolve(benchDir, '..');
export const binDir = path.resolve(process.env.B3IQ_BIN_DIR ?? path.join(repoRoot, 'build/release/bin'));
export const hostBin = path.join(binDir, 'b3iq-host');
export const outDir = path.join(repoRoot, 'build/bench');
export const workDir = path.join(outDir, 'work');

const kStartMs = 20_000;
// How many descriptors one process may have here: one process that holds connections can hold no more.
export const descriptorLimit = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || 1_048_576;
const kDescriptors = Math.min(65_536, descriptorLimit);
const usable = cores();
// The party under test is alone on its core; load and upstream share the other. With one core there is no choice.
export const loadCore = usable[0];
export const partyCore = usable.length > 1 ? usable[1] : usable[0];

// B3IQ_BENCH_REALTIME=1 (root): everybody, load and upstream too, runs with real-time priority, for machines that other work shares.
// The kernel keeps 5 % of a core that real-time work fills for the rest, which all parties feel alike.
const priority = process.env.B3IQ_BENCH_REALTIME === '1' ? ['chrt', '--rr', '10'] : [];
export const pinned = (core) => ['taskset', '-c', String(core), ...priority];

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export function get(port, target, headers = {}) {
  return new Promise((resolve, reject) => {
    const req = http.get({ host: '127.0.0.1', port, path: target, headers, agent: false, timeout: 5_000 }, (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (chunk) => { text += chunk; });
      res.on('end', () => resolve({ status: res.statusCode, text }));
    });
    req.on('error', reject);
    req.on('timeout', () => req.destroy(new Error('timeout')));
  });
}

export function post(port, target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const req = http.request({
      host: '127.0.0.1', port, path: target, method: 'POST', agent: false, timeout: 60_000,
      headers: { 'content-type': 'application/json', 'content-length': bytes.length, ...headers },
    }, (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (chunk) => { text += chunk; });
      res.on('end', () => resolve({ status: res.statusCode, text }));
    });
    req.on('error', reject);
    req.end(bytes);
  });
}

export async function waitFor(probe, what, ms = kStartMs) {
  const end = Date.now() + ms;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      if (error.final) throw error;  // any other: not yet
    }
    if (Date.now() > end) throw new Error(`bench: ${what} did not come up in ${ms} ms`);
    await sleep(5);
  }
}

const running = new Set();

export class Party {
  // words: the program and its arguments; they run pinned to `core` with room for many descriptors.
  constructor(name, words, { core = partyCore, env = {}, port, descriptors = kDescriptors } = {}) {
    Object.assign(this, { name, port });
    const whole = ['prlimit', `--nofile=${descriptors}:${descriptors}`, ...pinned(core), ...words];
    this.child = spawn(whole[0], whole.slice(1), { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.output = '';
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => { this.output = (this.output + text).slice(-20_000); });
    }
    this.ended = new Promise((resolve) => this.child.once('exit', (code, signal) => {
      running.delete(this);
      this.exit = { code, signal };
      resolve(this.exit);
    }));
    running.add(this);
  }

  get pid() {
    return this.child.pid;
  }

  async up(probe) {
    await waitFor(() => {
      if (this.exit) throw Object.assign(new Error(`${this.name} ended with ${JSON.stringify(this.exit)}`), { final: true });
      return probe();
    }, this.name).catch((error) => {
      throw new Error(`${error.message}\n${this.output}`);
    });
    return this;
  }

  async stop(signal = 'SIGTERM') {
    if (this.exit) return;
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await this.ended;
    clearTimeout(late);
  }
}

export async function stopAll() {
  await Promise.all([...running].map((party) => party.stop()));
}
process.on('exit', () => { for (const party of running) party.child.kill('SIGKILL'); });

// build/release/bin/instant_upstream; B3IQ_BENCH_UPSTREAM names another command that takes --port and --pace-ms.
export async function startUpstream(paceMs = 0, { core = loadCore } = {}) {
  const port = await freePort();
  const program = process.env.B3IQ_BENCH_UPSTREAM?.split(' ') ?? [path.join(binDir, 'instant_upstream')];
  const upstream = new Party(`upstream, pace ${paceMs} ms`, [...program, '--port', String(port), '--pace-ms', String(paceMs)], {
    core, port,
  });
  await upstream.up(async () => (await get(port, '/v1/models')).status === 200);
  upstream.model = JSON.parse((await get(port, '/v1/models')).text).data[0].id;
  return upstream;
}

function fill(template, values) {
  return fs.readFileSync(path.join(benchDir, template), 'utf8').replace(/@([A-Z]+)@/g, (_, name) => values[name] ?? '');
}

// `values`: what stands between at signs in the template.
async function startNginx(name, folder, ports, values) {
  const dir = path.join(workDir, folder);
  fs.rmSync(dir, { recursive: true, force: true });
  fs.mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const file = path.join(dir, 'nginx.conf');
  fs.writeFileSync(file, fill('nginx.conf.in', {
    DIR: dir, PORT: String(port), SERVERS: ports.map((one) => `server 127.0.0.1:${one};`).join(' '), CONNECTIONS: String(Math.min(16_384, kDescriptors)),
    USER: process.getuid() === 0 ? 'user root;' : '', ...values,
  }));
  const nginx = new Party(name, ['nginx', '-p', dir, '-c', file, '-e', path.join(dir, 'error.log')], { port });
  return nginx.up(async () => (await get(port, '/stub_status')).status === 200);
}

export function nginxPlain(upstreamPort) {
  return startNginx('nginx', 'nginx', [upstreamPort], {});
}

// One model at several servers, taken in turn.
export function nginxOfMany(ports) {
  return startNginx('nginx, several servers', 'nginx-many', ports, {});
}

// The second server is asked when the first cannot be reached. `everyCall`: the first is tried by every call, else it is left alone
// for ten seconds after a failure, as is nginx's default.
export function nginxFailover(folder, deadPort, livePort, { everyCall, connectMs }) {
  const servers = `server 127.0.0.1:${deadPort} max_fails=${everyCall ? 0 : 1} fail_timeout=10s; server 127.0.0.1:${livePort} backup;`;
  return startNginx('nginx, proxy_next_upstream', folder, [], {
    SERVERS: servers, PROXY: `proxy_next_upstream error timeout non_idempotent; proxy_connect_timeout ${connectMs}ms;`,
  });
}

const kLuaModule = '/usr/lib/nginx/modules/ngx_http_lua_module.so';
export const luaMissing = fs.existsSync(kLuaModule) ? undefined : 'libnginx-mod-http-lua and lua-cjson are not installed';

export function nginxLua(upstreamPort, keyFile) {
  return startNginx('nginx + Lua', 'nginx-lua', [upstreamPort], {
    MODULES: `load_module /usr/lib/nginx/modules/ndk_http_module.so;\nload_module ${kLuaModule};`,
    HTTP: `lua_package_path "${benchDir}/?.lua;;";\n  lua_shared_dict usage 1m;\n` +
      `  init_by_lua_block { gateway = require "nginx_gateway"; gateway.load("${keyFile}") }`,
    LOCATION: 'access_by_lua_block { gateway.access() }\n      body_filter_by_lua_block { gateway.body_filter() }',
  });
}

const kPortkey = path.join(benchDir, 'node_modules/@portkey-ai/gateway/build/start-server.js');
export const portkeyMissing = fs.existsSync(kPortkey) ? undefined : 'bench/node_modules holds no @portkey-ai/gateway (npm ci there)';

export async function portkey(upstreamPort) {
  const port = await freePort();
  const party = new Party('Portkey', [
    process.execPath, '--require', path.join(benchDir, 'portkey_loopback.cjs'), kPortkey, `--port=${port}`, '--headless',
  ], { port, env: { NODE_ENV: 'production' } });
  party.headers = ['x-portkey-provider', 'openai', 'x-portkey-custom-host', `http://127.0.0.1:${upstreamPort}/v1`];
  return party.up(async () => (await get(port, '/')).status > 0);
}

let keysMade = 0;

// A node whose only runtime is the upstream, with every check on: a key with scopes, rate limits and budgets that never bind,
// metrics, a durable receipt for each answer. `runtimes` may be given instead.
export async function b3iq({ upstreamPort, name = 'b3iq-host', folder = 'b3iq', runtimes, keep = false, core = partyCore } = {}) {
  const home = path.join(workDir, folder);
  const env = { B3IQ_HOME: home };
  const cli = (...args) => {
    const ran = spawnSync(hostBin, args, { env: { ...process.env, ...env }, encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`b3iq-host ${args.join(' ')}: ${ran.stderr || ran.stdout || ran.error}`);
    return ran.stdout;
  };
  if (!keep) {
    fs.rmSync(home, { recursive: true, force: true });
    fs.mkdirSync(home, { recursive: true, mode: 0o700 });
    cli('init', '--json');
    const file = path.join(home, 'config.json');
    const config = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (upstreamPort) config.runtimes = [{ id: 'up', kind: 'openai', base_url: `http://127.0.0.1:${upstreamPort}` }];
    if (runtimes) config.runtimes = runtimes;
    fs.writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  }
  const party = new Party(name, [hostBin, 'serve', '--listen', '127.0.0.1:0'], { env, core });
  await party.up(() => {
    const url = /listening on http:\/\/127\.0\.0\.1:([0-9]+)/.exec(party.output)?.[1];
    if (url) party.port = Number(url);
    return url !== undefined;
  });
  await party.up(async () => (await get(party.port, '/health')).status === 200);
  party.home = home;
  party.cli = cli;
  const big = '1000000000';
  party.secret = JSON.parse(cli(
    'keys', 'create', '--name', `bench-${(keysMade += 1)}`, '--scope', 'chat', '--scope', 'models', '--scope', 'metrics', '--scope', 'receipts', '--rpm', big,
    '--tpm', '1000000000000', '--budget-tokens', '1000000000000', '--budget-requests', big, '--budget-period', 'month', '--json')).secret;
  party.keyFile = path.join(workDir, `${folder}.key`);
  fs.writeFileSync(party.keyFile, `${party.secret}\n`, { mode: 0o600 });
  return party;
}

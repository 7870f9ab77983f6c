// Faults of the node itself and of the machine under it: its processes, its disk, its database, its clock, its descriptors.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { openDescriptors } from '../tests/e2e/processes.mjs';
import { FaultNode, call, chatOf, underLight } from './fault_node.mjs';
import { withScripted } from './faults_of_runtimes.mjs';
import { has } from './machine.mjs';
import { get, sleep, waitFor, workDir } from './parties.mjs';

const kOutageMs = 500;
const kModel = 'fake-instant';
const kDefaultModel = 'b3iq-atlas-5m';
const kDay = 86_400;
const kClockSlack = 600;  // s
const kStreams = 32;
const kDiskMiB = 8;
const now = () => performance.now();
const root = process.getuid() === 0;

const withUpstream = (act, options = {}) => () => withScripted((upstream) => underLight(
  { config: { runtimes: [{ id: 'up', kind: 'openai', base_url: upstream.url }], ...options.config }, light: { model: kModel }, ...options.node?.() },
  (node, light) => act(node, light, upstream)));
const embedded = (act, light = {}) => () => underLight({ light: { model: kDefaultModel, clients: 2, pause: 20, timeoutMs: 30_000, ...light } }, act);

async function killed(node, light) {
  const begun = now();
  await node.party.stop('SIGKILL');
  node.spawn();
  return light.recovered(begun);
}

// What runs may end; the streams must, and none of them looks finished when it is not. Then the node is started again.
async function stoppedUnderStreams(node, light) {
  const streams = Array.from({ length: kStreams }, () => call(node.port, { secret: node.key.secret, body: chatOf('fake-paced', { stream: true }), timeoutMs: 30_000 }));
  await sleep(kOutageMs);
  const begun = now();
  await node.party.stop('SIGTERM');
  node.spawn();
  const cut = (await Promise.all(streams)).filter((one) => !one.ok);
  if (cut.length > 0) throw new Error(`${cut.length} streams did not come to their end: ${cut[0].what}`);
  return light.recovered(begun);
}

const kill = (pid) => process.kill(pid, 'SIGKILL');

async function workerKilledIdle(node, light) {
  await light.stop();
  await sleep(kOutageMs);
  const worker = await node.worker();
  const begun = now();
  kill(worker.pid);
  await waitFor(async () => (await node.ask(kDefaultModel)).ok, 'an answer');
  return now() - begun;
}

async function workerKilled(node, light) {
  const worker = await node.worker();
  const begun = now();
  kill(worker.pid);
  return light.recovered(begun);
}

async function workerKilledLoading(node, light) {
  const worker = await node.worker();
  kill(worker.pid);
  await waitFor(() => node.workers().some(({ pid }) => pid !== worker.pid), 'the next worker');
  const begun = now();
  kill((await node.worker()).pid);
  return light.recovered(begun);
}

async function configBroken(node, light) {
  const good = fs.readFileSync(node.configFile);
  await node.party.stop('SIGTERM');
  fs.writeFileSync(node.configFile, good.toString().replace('{', '{ "no_such_setting": 1,'), { mode: 0o600 });
  node.spawn();
  const { code } = await node.party.ended;
  if (code === 0 || !node.party.output.includes('no_such_setting')) throw new Error(`it did not refuse: ${code} ${node.party.output}`);
  fs.writeFileSync(node.configFile, good, { mode: 0o600 });
  const begun = now();
  node.spawn();
  return light.recovered(begun);
}

async function logsGone(node, light) {
  const logs = path.join(node.home, 'logs');
  await node.party.stop('SIGTERM');
  fs.renameSync(logs, `${logs}-aside`);
  fs.writeFileSync(logs, 'not a folder');
  const begun = now();
  node.spawn();
  const ms = await light.recovered(begun);
  fs.rmSync(logs);
  fs.renameSync(`${logs}-aside`, logs);
  return ms;
}

// Another process holds the write lock.
async function databaseLocked(node, light) {
  const other = spawn('sqlite3', [path.join(node.home, 'state.db')], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [other.stdout, other.stderr]) stream.on('data', (text) => { said += text; });
  other.stdin.write('.timeout 5000\nBEGIN IMMEDIATE;\n.print held\n');
  await waitFor(() => said.includes('held'), 'the lock');
  if (/error/i.test(said)) throw new Error(`the lock was not given: ${said}`);
  const begun = now();
  await light.hurt(begun);
  await sleep(kOutageMs);
  const ended = new Promise((resolve) => other.once('exit', resolve));
  other.stdin.end('ROLLBACK;\n.quit\n');
  const back = now();
  await ended;
  return light.recovered(back);
}

async function descriptorsGone(node, light) {
  const limits = execFileSync('prlimit', ['--pid', String(node.pid), '--nofile', '--output', 'SOFT,HARD', '--noheadings'], { encoding: 'utf8' }).trim().split(/\s+/);
  const begun = now();
  execFileSync('prlimit', ['--pid', String(node.pid), `--nofile=${Math.max(8, openDescriptors(node.pid) - 4)}:${limits[1]}`]);
  await light.hurt(begun);
  await sleep(kOutageMs);
  execFileSync('prlimit', ['--pid', String(node.pid), `--nofile=${limits[0]}:${limits[1]}`]);
  return light.recovered(now());
}

// The home lies on a small file system of its own.
const diskFull = () => {
  const mount = path.join(workDir, 'small-disk');
  fs.mkdirSync(mount, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kDiskMiB}m,mode=700`, 'none', mount]);
  return withUpstream(async (node, light) => {
    const filler = path.join(mount, 'filler');
    const fd = fs.openSync(filler, 'w');
    try { for (;;) fs.writeSync(fd, Buffer.alloc(4_096, 1)); } catch (error) { if (error.code !== 'ENOSPC') throw error; }
    fs.closeSync(fd);
    await waitFor(() => light.records.some((one) => one.what === 'storage_failed'), 'storage_failed', 90_000);
    await sleep(kOutageMs);
    fs.rmSync(filler);
    return light.recovered(now());
  }, { node: () => ({ home: path.join(mount, 'home') }) })().finally(() => execFileSync('umount', ['-l', mount]));
};

const fakeTime = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketime.so.1`).find((file) => fs.existsSync(file));
const clockJumps = (seconds) => () => {
  const file = path.join(workDir, `clock-${FaultNode.made}`);
  fs.writeFileSync(file, '+0\n');
  const env = { LD_PRELOAD: fakeTime, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
  return withUpstream(async (node, light) => {
    const begun = now();
    fs.writeFileSync(file, `${seconds > 0 ? '+' : ''}${seconds}\n`);
    const ms = await light.recovered(begun);
    const newest = JSON.parse((await get(node.port, '/v1/receipts?limit=1', { authorization: `Bearer ${node.key.secret}` })).text).data[0].receipt;
    const off = (Date.parse(newest.completed_at) - Date.now()) / 1_000 - seconds;
    if (Math.abs(off) > kClockSlack) throw new Error(`the node's clock did not jump: ${newest.completed_at}`);
    return ms;
  }, { node: () => ({ env }) })();
};

// A second node on the same home must be refused and leave the first alone.
async function secondNode(node, light) {
  const first = node.party;
  const begun = now();
  node.spawn();
  const { code } = await node.party.ended;
  const ms = now() - begun;
  if (code === 0) throw new Error('a second node started on the same home');
  node.party = first;
  if (light.records.some((one) => one.begun >= begun && !one.ok)) throw new Error('the first node was disturbed');
  return ms;
}

const noSqlite = has('sqlite3') ? undefined : 'needs sqlite3';
export const nodeFaults = [
  { name: 'node killed (SIGKILL), started at once', inject: withUpstream(killed), note: 'since the kill; receipts are compared' },
  { name: 'node stopped (SIGTERM) under streams, started again', inject: withUpstream(stoppedUnderStreams), note: 'since the signal: the streams of a second come to their end first' },
  { name: 'second node on the same home: until it is refused', inject: withUpstream(secondNode) },
  { name: 'config.json broken at a restart, then corrected', inject: withUpstream(configBroken), note: 'since the second start' },
  { name: 'log folder unusable at a restart', inject: withUpstream(logsGone), note: 'since the start' },
  { name: 'worker killed, idle', inject: embedded(workerKilledIdle) },
  { name: 'worker killed in mid-answer', inject: embedded(workerKilled) },
  { name: 'worker killed while it loads', inject: embedded(workerKilledLoading) },
  { name: 'database locked by another process, and free', inject: withUpstream(databaseLocked), needs: noSqlite },
  { name: 'disk full, and freed', inject: diskFull, needs: root ? undefined : 'needs root to mount a small file system' },
  { name: 'descriptors used up, and free', inject: withUpstream(descriptorsGone) },
  { name: 'clock a day forward', inject: clockJumps(kDay), needs: fakeTime ? undefined : 'needs libfaketime' },
  { name: 'clock a day back', inject: clockJumps(-kDay), needs: fakeTime ? undefined : 'needs libfaketime' },
];

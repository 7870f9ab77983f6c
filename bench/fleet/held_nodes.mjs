// (n) Nodes held by two cores: a heartbeat every 15 s and a long poll open, of each. Everything shares the two cores, the simulated
// nodes and PostgreSQL too; what each used is told. A process holds no more connections than it may have descriptors, so a large fleet
// is spread over several control planes of one PostgreSQL, and over as many simulators. Beside each figure stands what the disk alone
// makes a request wait, measured right before; and the same fleet with the database in memory, which tells what is left without a disk.
import fs from 'node:fs';
import path from 'node:path';
import { cpuNs, residentKiB } from '../process_cost.mjs';
import { cores } from '../machine.mjs';
import { workDir } from '../parties.mjs';
import { bigFleet, bigFleetNodes, bigFleetOnPostgres } from './big_fleet.mjs';
import { ControlHome, copyHome, replicaHome, startControlPlane } from './control_plane.mjs';
import { calmDisk, diskAlone } from './disk_alone.mjs';
import { sqliteMissing } from './fleet_database.mjs';
import { connectionsOfOneProcess, hold, refusals } from './fleet_sim.mjs';
import { postgresMissing } from './postgres.mjs';

const kBeats = 128;       // connections that the heartbeats of one simulator share
const kMemory = '/dev/shm';
const kGoalMs = 50;
const kPollSeconds = 25;
const kPerProcess = connectionsOfOneProcess - 2 * kBeats;
const kPerSimulator = Math.min(kPerProcess, 24_000);
const bothCores = cores().slice(0, 2).join(',');

// Holds `nodes` of the fleet of `home` and tells how it went.
async function held(home, nodes, { seconds, postgres }) {
  const count = Math.ceil(nodes / kPerProcess);
  const planes = [];
  for (let i = 0; i < count; i += 1) {
    planes.push(await startControlPlane(i === 0 ? home : replicaHome(home, i + 1), { core: bothCores, name: `b3iq-control-plane ${i + 1}` }));
  }
  const empty = planes.reduce((sum, plane) => sum + residentKiB(plane.pid), 0);
  // As many simulators for each control plane as that takes, each from an address of its own.
  const simulators = count * Math.ceil(nodes / count / kPerSimulator);
  const share = Math.ceil(nodes / simulators);
  const sims = Array.from({ length: simulators }, (_, i) => hold({ ...home, port: planes[i % count].port }, Math.min(share, nodes - i * share), {
    seconds, source: `127.0.0.${2 + i}`, 'heartbeat-connections': Math.ceil(kBeats * count / simulators),
    'ramp-per-second': Math.max(100, Math.ceil(share / kPollSeconds)),
  }, { core: bothCores, first: i * share }));
  const used = () => ({ planes: planes.reduce((sum, plane) => sum + cpuNs(plane.pid), 0), postgres: postgres ? cpuNs(postgres.pid) : 0 });
  await Promise.all(sims.map((sim) => sim.event('steady')));
  const before = used();
  const began = performance.now();
  await Promise.race(sims.map((sim) => sim.event('end')));
  const after = used();
  const wall = (performance.now() - began) * 1e6;
  const resident = planes.reduce((sum, plane) => sum + residentKiB(plane.pid), 0);
  const figures = await Promise.all(sims.map((sim) => sim.figures()));
  await Promise.all(planes.map((plane) => plane.stop()));
  const sum = (pick) => figures.reduce((total, one) => total + pick(one), 0);
  return {
    nodes, processes: count, p50: Math.max(...figures.map((one) => one.latency_ms.p50)), p99: Math.max(...figures.map((one) => one.latency_ms.p99)),
    max: Math.max(...figures.map((one) => one.latency_ms.max)),
    failed: sum((one) => refusals(one) + one.lost + one.missed + refusals(one.polls) + one.polls.lost), heartbeats: sum((one) => one.accepted),
    polls: sum((one) => one.polls.accepted), late: sum((one) => one.signed_late), planes: (after.planes - before.planes) / wall,
    postgres: (after.postgres - before.postgres) / wall, sims: sum((one) => one.cpu_seconds / one.seconds), kib: (resident - empty) / nodes, resident,
  };
}

function report(rows, name, cell, disk) {
  rows.add({
    name: `n: ${cell.nodes} nodes held by 2 cores, ${name}: p99 of heartbeats`, ours: cell.p99, opponent: disk?.p99,
    opponentName: disk && 'this disk alone, a sync each 10 ms', unit: 'ms', goal: `< ${kGoalMs} ms, none failed`, met: (mine) => mine < kGoalMs && cell.failed === 0,
    note: `${cell.processes} control plane(s); p50 ${cell.p50.toFixed(1)}, longest ${cell.max.toFixed(0)} ms; ${cell.heartbeats} heartbeats and ${cell.polls} polls, ${cell.failed} failed, ` +
      `${cell.late} signed late; cores used: control planes ${cell.planes.toFixed(2)}, PostgreSQL ${cell.postgres.toFixed(2)}, the nodes' simulators ${cell.sims.toFixed(2)}` +
      `${disk ? `; the disk alone: p50 ${disk.p50.toFixed(1)}, longest ${disk.longest.toFixed(0)} ms` : ''}`,
  });
  rows.add({
    name: `n: memory of the control planes per held node, ${cell.nodes} nodes, ${name}`, ours: cell.kib, unit: 'KiB',
    note: `${(cell.resident / 1024).toFixed(0)} MiB in all; the kernel's buffers of a socket are not in it`,
  });
}

async function series(rows, name, home, sizes, { quick, say }, { postgres, disk } = {}) {
  for (const nodes of sizes) {
    say(`(n) ${name}: ${nodes} nodes`);
    if (disk && !quick) calmDisk(disk);
    const alone = disk && diskAlone(disk, { seconds: quick ? 1 : 5 });
    report(rows, name, await held(home, nodes, { seconds: quick ? 16 : 30, postgres }), alone);
  }
}

async function onSqlite(rows, options, home) {
  const most = Math.min(bigFleetNodes(options.quick), kPerProcess);
  const folder = fs.mkdtempSync(path.join(kMemory, 'b3iq-bench-fleet-'));
  const remove = () => fs.rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const copy = copyHome(home, new ControlHome('home', { under: folder }));
  fs.copyFileSync(home.databaseFile, copy.databaseFile);
  await series(rows, 'SQLite', home, [...new Set([Math.min(10_000, most), most])], options, { disk: workDir });
  await series(rows, 'SQLite in memory', copy, [most], options);
  if (kPerProcess < 50_000) rows.skip(`n: more than ${kPerProcess} nodes on SQLite`, `a process may have ${connectionsOfOneProcess} connections here, and SQLite has one process`);
  remove();
}

async function onPostgres(rows, options, name, { under, disk } = {}) {
  const { postgres, home } = await bigFleetOnPostgres(rows, options, bothCores, under);
  const most = bigFleetNodes(options.quick);
  await series(rows, name, home, [50_000, 75_000].filter((one, i) => one <= most || i === 0).map((one) => Math.min(one, most)), options, { postgres, disk });
  await postgres.away();
}

export async function heldNodes(rows, options) {
  const home = await bigFleet(rows, options);
  await onSqlite(rows, options, home);
  const missing = postgresMissing ?? sqliteMissing;
  if (missing) {
    rows.skip('n: nodes on PostgreSQL', missing);
    return;
  }
  await onPostgres(rows, options, 'PostgreSQL', { disk: '/var/tmp' });
  await onPostgres(rows, options, 'PostgreSQL in memory', { under: kMemory });
}

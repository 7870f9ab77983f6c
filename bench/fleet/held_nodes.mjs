// (n) Nodes held by two cores: a heartbeat every 15 s and a long poll open, of each. Everything shares the two cores, the simulated
// nodes and PostgreSQL too; what each used is told. A process holds no more connections than it may have descriptors, so a large fleet
// is spread over several control planes of one PostgreSQL, and over as many simulators.
import { cpuNs, residentKiB } from '../process_cost.mjs';
import { cores } from '../machine.mjs';
import { bigFleet, bigFleetNodes, bigFleetOnPostgres } from './big_fleet.mjs';
import { replicaHome, startControlPlane } from './control_plane.mjs';
import { sqliteMissing } from './fleet_database.mjs';
import { connectionsOfOneProcess, hold, refusals } from './fleet_sim.mjs';
import { postgresMissing } from './postgres.mjs';

const kBeats = 128;       // connections that the heartbeats of one simulator share
const kBaseline = 1_000;
const kGoalMs = 50;
const kPollSeconds = 25;
const kPerProcess = connectionsOfOneProcess - 2 * kBeats;
const kPerSimulator = Math.min(kPerProcess, 24_000);  // an address has 28,000 ports for its connections to one server
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

function report(rows, name, cell, baseline) {
  rows.add({
    name: `n: ${cell.nodes} nodes held by 2 cores, ${name}: p99 of heartbeats`, ours: cell.p99, opponent: baseline.p99,
    opponentName: `${baseline.nodes} nodes`, unit: 'ms', goal: `< ${kGoalMs} ms, none failed`, met: (mine) => mine < kGoalMs && cell.failed === 0,
    note: `${cell.processes} control plane(s); p50 ${cell.p50.toFixed(1)}, longest ${cell.max.toFixed(0)} ms; ${cell.heartbeats} heartbeats and ${cell.polls} polls, ${cell.failed} failed, ` +
      `${cell.late} signed late; cores used: control planes ${cell.planes.toFixed(2)}, PostgreSQL ${cell.postgres.toFixed(2)}, the nodes' simulators ${cell.sims.toFixed(2)}`,
  });
  rows.add({
    name: `n: memory of the control planes per held node, ${cell.nodes} nodes, ${name}`, ours: cell.kib, unit: 'KiB',
    note: `${(cell.resident / 1024).toFixed(0)} MiB in all; the kernel's buffers of a socket are not in it`,
  });
}

async function series(rows, name, home, sizes, { quick, say }, postgres) {
  const seconds = quick ? 16 : 30;
  let baseline;
  for (const nodes of sizes) {
    say(`(n) ${name}: ${nodes} nodes`);
    const cell = await held(home, nodes, { seconds, postgres });
    baseline ??= cell;
    report(rows, name, cell, baseline);
  }
}

export async function heldNodes(rows, options) {
  const most = bigFleetNodes(options.quick);
  const home = await bigFleet(rows, options);
  const onOne = Math.min(most, kPerProcess);
  await series(rows, 'SQLite', home, [kBaseline, Math.min(10_000, onOne), onOne].filter((one, i, all) => all.indexOf(one) === i), options);
  if (kPerProcess < 50_000) rows.skip(`n: more than ${kPerProcess} nodes on SQLite`, `a process may have ${connectionsOfOneProcess} connections here, and SQLite has one process`);
  const missing = postgresMissing ?? sqliteMissing;
  if (missing) {
    rows.skip('n: nodes on PostgreSQL', missing);
    return;
  }
  const { postgres, home: copy } = await bigFleetOnPostgres(rows, options, bothCores);
  await series(rows, 'PostgreSQL', copy, [kBaseline, 50_000, 75_000, 100_000, 150_000].filter((one) => one <= most), options, postgres);
  await postgres.away();
}

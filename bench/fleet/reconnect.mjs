// (r) Ten thousand nodes that come back at once: the control plane is killed (SIGKILL) under its fleet and started again. Steady is:
// every node has had a heartbeat accepted since, and holds its long poll. Nothing lost is: the database has no heartbeat older than the
// last one that was acknowledged to its node. Beside it: the time that libsodium alone needs for the signatures of that return.
import path from 'node:path';
import { loadCore, partyCore, sleep, workDir } from '../parties.mjs';
import { median } from '../stats.mjs';
import { ControlHome, startControlPlane } from './control_plane.mjs';
import { sqliteMissing, storedSequences } from './fleet_database.mjs';
import { acknowledged, enroll, hold, verifyRate } from './fleet_sim.mjs';
import { postgresMissing, startPostgres } from './postgres.mjs';

const kNodes = 10_000;
const kRetryMs = 1_000;
const kSignaturesPerNode = 2;  // a heartbeat and a poll

async function outage(home, plane, sim, awayMs) {
  await plane.stop('SIGKILL');
  sim.child.kill('SIGUSR1');
  sim.lines = sim.lines.filter((line) => line.event !== 'steady_again');
  const killed = performance.now();
  await sleep(awayMs);
  const started = performance.now();
  const next = await startControlPlane(home, { core: partyCore, port: plane.port });
  const ready = performance.now();
  await sim.event('steady_again');
  const steady = performance.now();
  return { plane: next, start_ms: ready - started, from_ready_ms: steady - ready, from_kill_ms: steady - killed };
}

async function measure(rows, name, home, nodes, { rounds, say, postgres, database }) {
  let plane = await startControlPlane(home, { core: partyCore });
  await enroll(home, nodes);
  const file = path.join(workDir, 'acknowledged');
  const alone = await verifyRate(partyCore, 1);
  const sim = hold(home, nodes, { seconds: 120, 'retry-ms': kRetryMs, 'heartbeat-connections': 256, 'acknowledged-file': file }, { core: loadCore });
  await sim.event('steady');
  const outages = [];
  for (let round = 0; round < rounds; round += 1) {
    say(`(r) ${name}: outage ${round + 1} of ${rounds}`);
    const one = await outage(home, plane, sim, 2_000);
    plane = one.plane;
    outages.push(one);
  }
  await plane.stop('SIGKILL');  // nothing of what was acknowledged may have been in its memory alone
  sim.child.kill('SIGTERM');
  const figures = await sim.figures();
  const stored = storedSequences(home, postgres, database);
  const told = acknowledged(file);
  const lost = [...told].filter(([id, sequence]) => !(stored.get(id) >= sequence)).length;
  rows.add({
    name: `r: ${nodes} nodes come back at once, ${name}: from ready to steady`, ours: outages.map((one) => one.from_ready_ms),
    opponent: (nodes * kSignaturesPerNode / alone.rate) * 1000, opponentName: 'libsodium, their signatures', unit: 'ms', goal: 'nothing lost',
    met: () => lost === 0 && told.size === nodes,
    note: `${lost} of ${told.size} acknowledged heartbeats lost; start to ready ${median(outages.map((one) => one.start_ms)).toFixed(0)} ms; nodes try again ` +
      `after ${kRetryMs / 2} to ${kRetryMs * 1.5} ms; ${figures.accepted} heartbeats accepted, ${figures.lost} attempts met no control plane, refused ${JSON.stringify(figures.refused)}`,
  });
}

export async function reconnect(rows, { rounds, quick, say }) {
  const nodes = quick ? 2_000 : kNodes;
  const outages = Math.min(rounds, 3);
  if (sqliteMissing) {
    rows.skip('r: nodes that come back', sqliteMissing);
    return;
  }
  await measure(rows, 'SQLite', new ControlHome('fleet-reconnect'), nodes, { rounds: outages, say });
  if (postgresMissing) {
    rows.skip('r: nodes that come back, PostgreSQL', postgresMissing);
    return;
  }
  const postgres = await startPostgres();
  const database = 'reconnect';
  postgres.create(database);
  await measure(rows, 'PostgreSQL', new ControlHome('fleet-reconnect-postgres', { database: postgres.uriOf(database) }), nodes, { rounds: outages, say, postgres, database });
  await postgres.away();
}

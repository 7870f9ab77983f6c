// (q) A command from the admin API to a node that waits in its long poll, and its signed result back, evenly 20 a second. Beside it:
// the three durable writes that such a command is (queued, leased, ended), one after the other on the same disk with nothing else.
import { partyCore } from '../parties.mjs';
import { syncProbe } from '../durable.mjs';
import { ControlHome, replicaHome, startControlPlane } from './control_plane.mjs';
import { calmDisk } from './disk_alone.mjs';
import { enroll, hold } from './fleet_sim.mjs';
import { postgresMissing, startPostgres } from './postgres.mjs';

const kNodes = 1_000;
const kWrites = 3;
const kPauseMs = 5;

async function measure(rows, name, plane, { quick, admin }) {
  if (!quick) calmDisk('/var/tmp');
  const figures = await hold(plane.home, kNodes, {
    commands: quick ? 60 : 400, 'commands-per-second': 20, seconds: 60, 'interval-ms': 5_000, ...(admin ? { 'admin-server': `127.0.0.1:${admin.port}` } : {}),
  }).figures();
  const { commands } = figures;
  const probe = syncProbe(1, kPauseMs);
  const lost = commands.asked - commands.finished;
  for (const [share, floor] of [['p50', probe.p50_us], ['p99', probe.p99_us]]) {
    rows.add({
      name: `q: command from queue to node and its result back, ${name}, ${share}`, ours: commands.finished_ms[share], opponent: (kWrites * floor) / 1000,
      opponentName: `${kWrites} fdatasync, ${share} each`, unit: 'ms', goal: 'none lost', met: () => lost === 0,
      note: `${commands.finished} of ${commands.asked}; at the node after ${commands.delivered_ms[share].toFixed(2)} ms, the admin API answered after ` +
        `${commands.accepted_ms[share].toFixed(2)} ms; longest ${commands.finished_ms.max.toFixed(1)} ms; ${kNodes} nodes hold their polls`,
    });
  }
}

export async function commands(rows, options) {
  options.say('(q) SQLite');
  const home = new ControlHome('fleet-commands');
  const plane = await startControlPlane(home, { core: partyCore });
  await enroll(home, kNodes);
  await measure(rows, 'SQLite', plane, options);
  await plane.stop();
  if (postgresMissing) {
    rows.skip('q: commands on PostgreSQL', postgresMissing);
    return;
  }
  options.say('(q) PostgreSQL');
  const postgres = await startPostgres();
  postgres.create('commands');
  const there = new ControlHome('fleet-commands-postgres', { database: postgres.uriOf('commands') });
  const mine = await startControlPlane(there, { core: partyCore });
  await enroll(there, kNodes);
  const other = await startControlPlane(replicaHome(there, 2), { core: partyCore, name: 'b3iq-control-plane of the operator' });
  await measure(rows, 'PostgreSQL', mine, options);
  await measure(rows, 'PostgreSQL, queued at another replica, no NATS', mine, { ...options, admin: other });
  await Promise.all([mine.stop(), other.stop()]);
  await postgres.away();
}

// (m) Durable signed heartbeats per second of a control plane that is alone on one core, beside libsodium's own verifications on that
// core: what would be left if reading, writing and storing cost nothing. The fleet, and PostgreSQL where there is one, have the other.
import fs from 'node:fs';
import { cpuNs } from '../process_cost.mjs';
import { loadCore, partyCore } from '../parties.mjs';
import { ControlHome, startControlPlane } from './control_plane.mjs';
import { enroll, refusals, saturate, verifyRate } from './fleet_sim.mjs';
import { postgresMissing, startPostgres } from './postgres.mjs';

const kNodes = 2_000;
const kConnections = 512;

// Bytes that were given to the disk so far: the log of PostgreSQL, all that a control plane wrote on SQLite.
function bytesWritten(plane, database) {
  if (database) return Number(database.sql('postgres', "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"));
  return Number(/^write_bytes: ([0-9]+)/m.exec(fs.readFileSync(`/proc/${plane.pid}/io`, 'utf8'))[1]);
}

// One side of the rounds: a plane, what it costs, and what belongs to its database.
export async function measureHeartbeats(plane, { seconds, connections = kConnections, nodes = kNodes, rate, database }) {
  const before = { ours: cpuNs(plane.pid), database: database ? cpuNs(database.pid) : 0, bytes: bytesWritten(plane, database) };
  const figures = await saturate(plane.home, nodes, { seconds, connections, ...(rate ? { rate } : {}) });
  const count = Math.max(1, figures.accepted);
  return {
    rate: figures.accepted_in_time / figures.seconds, cpu_us: (cpuNs(plane.pid) - before.ours) / 1000 / count,
    database_cpu_us: database ? (cpuNs(database.pid) - before.database) / 1000 / count : 0,
    bytes: (bytesWritten(plane, database) - before.bytes) / count, sim_cpu_us: (figures.cpu_seconds / count) * 1e6, p50_ms: figures.latency_ms.p50, p99_ms: figures.latency_ms.p99,
    errors: refusals(figures) + figures.lost, figures,
  };
}

export async function durableHeartbeats(rows, { rounds, seconds, say }) {
  const sides = [{ name: 'SQLite', home: new ControlHome('fleet-sqlite') }];
  if (postgresMissing) {
    rows.skip('m: heartbeats on PostgreSQL', postgresMissing);
  } else {
    const database = await startPostgres();
    database.create('heartbeats');
    sides.push({ name: 'PostgreSQL', database, home: new ControlHome('fleet-postgres', { database: database.uriOf('heartbeats') }) });
  }
  for (const side of sides) {
    side.plane = await startControlPlane(side.home, { core: partyCore });
    say(`(m) ${side.name}: ${kNodes} nodes enroll`);
    await enroll(side.home, kNodes);
    Object.assign(side, { cells: [], alone: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const side of sides) {
      say(`(m) round ${round + 1} of ${rounds}, ${side.name}`);
      side.alone.push(await verifyRate(partyCore, seconds / 2));
      side.cells.push(await measureHeartbeats(side.plane, { seconds, database: side.database }));
    }
  }
  for (const side of sides) {
    const of = (name) => side.cells.map((cell) => cell[name]);
    const errors = of('errors').reduce((sum, one) => sum + one, 0);
    const opponentName = `libsodium ${side.alone[0].libsodium}, verify alone`;
    rows.add({
      name: `m: durable signed heartbeats, ${side.name}, one core, ${kConnections} connections`, ours: of('rate'),
      opponent: side.alone.map((one) => one.rate), opponentName, unit: '/s', goal: '>= 0.6, aim 0.9',
      met: (mine, theirs, ratio) => ratio >= 0.6 && errors === 0, note: `${errors} failed; latency p50 ${of('p50_ms').join(', ')} ms, p99 ${of('p99_ms').join(', ')} ms`,
    });
    rows.add({
      name: `m: CPU of the control plane per heartbeat, ${side.name}`, ours: of('cpu_us'), opponent: side.alone.map((one) => one.cpu_us), opponentName,
      unit: 'us', note: `the fleet ${of('sim_cpu_us').map((one) => one.toFixed(1)).join(', ')} us` +
        (side.database ? `, ${side.database.version} ${of('database_cpu_us').map((one) => one.toFixed(1)).join(', ')} us, on core ${loadCore}` : ''),
    });
  }
  for (const side of sides) {
    rows.add({
      name: `m: bytes to the disk per heartbeat, ${side.name}`, ours: side.cells.map((cell) => cell.bytes), unit: 'bytes',
      note: side.database ? 'of the log (WAL), pages in full after a checkpoint included' : 'of the whole process: log and checkpoints',
    });
  }
  await Promise.all(sides.map((side) => side.plane.stop()));
  await Promise.all(sides.map((side) => side.database?.away()));
}

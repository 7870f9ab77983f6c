// (p) What one heartbeat costs with a hundred nodes enrolled and with a hundred thousand, at one rate, so that as many share a write.
import { partyCore } from '../parties.mjs';
import { bigFleet, bigFleetOnPostgres } from './big_fleet.mjs';
import { ControlHome, startControlPlane } from './control_plane.mjs';
import { measureHeartbeats } from './durable_heartbeats.mjs';
import { sqliteMissing } from './fleet_database.mjs';
import { enroll } from './fleet_sim.mjs';
import { postgresMissing } from './postgres.mjs';

const kFew = 100;
const kRate = 3_000;  // of each; far below what one core can take

async function compare(rows, name, few, many, { rounds, seconds, say }) {
  const cells = { few: [], many: [] };
  for (let round = 0; round < rounds; round += 1) {
    say(`(p) ${name}: round ${round + 1} of ${rounds}`);
    for (const [side, cell] of [[few, cells.few], [many, cells.many]]) {
      cell.push(await measureHeartbeats(side.plane, { seconds, connections: kFew, nodes: side.home.enrolled, rate: kRate, database: side.database }));
    }
  }
  const errors = [...cells.few, ...cells.many].reduce((sum, one) => sum + one.errors, 0);
  const shares = (cell) => `${cell.at(-1).cpu_us.toFixed(0)} + ${cell.at(-1).database_cpu_us.toFixed(0)}`;
  const rate = (cell) => Math.round(cell.at(-1).rate);
  rows.add({
    name: `p: CPU per heartbeat with ${many.home.enrolled} nodes, ${name}`, ours: cells.many.map((one) => one.cpu_us + one.database_cpu_us),
    opponent: cells.few.map((one) => one.cpu_us + one.database_cpu_us), opponentName: `with ${kFew} nodes`, unit: 'us', goal: '<= 1.5',
    met: (mine, theirs, ratio) => ratio <= 1.5 && errors === 0,
    note: `${errors} failed, at ${rate(cells.many)} and ${rate(cells.few)}/s` + (many.database ? `; control plane + server of the database: ${shares(cells.many)} and ${shares(cells.few)} us` : ''),
  });
}

export async function growth(rows, options) {
  const small = new ControlHome('fleet-small');
  const few = { home: small, plane: await startControlPlane(small, { core: partyCore }) };
  await enroll(small, kFew);
  const home = await bigFleet(rows, options);
  const many = { home, plane: await startControlPlane(home, { core: partyCore }) };
  await compare(rows, 'SQLite', few, many, options);
  await Promise.all([few.plane.stop(), many.plane.stop()]);
  const missing = postgresMissing ?? sqliteMissing;
  if (missing) {
    rows.skip('p: growth on PostgreSQL', missing);
    return;
  }
  const { postgres: database, home: copy } = await bigFleetOnPostgres(rows, options);
  database.create('few');
  const fewHome = new ControlHome('fleet-small-postgres', { database: database.uriOf('few') });
  const fewThere = { home: fewHome, database, plane: await startControlPlane(fewHome, { core: partyCore }) };
  await enroll(fewHome, kFew);
  const manyThere = { home: copy, database, plane: await startControlPlane(copy, { core: partyCore }) };
  await compare(rows, 'PostgreSQL', fewThere, manyThere, options);
  await Promise.all([fewThere.plane.stop(), manyThere.plane.stop()]);
  await database.away();
}

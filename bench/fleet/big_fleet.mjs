// A fleet of a hundred thousand nodes, enrolled once in a run by the real routes into SQLite, for the parts that need many. It is kept
// as that home; for PostgreSQL its tables are copied.
import { loadCore, partyCore } from '../parties.mjs';
import { ControlHome, copyHome, startControlPlane } from './control_plane.mjs';
import { copyIntoPostgres } from './fleet_database.mjs';
import { enroll } from './fleet_sim.mjs';
import { startPostgres } from './postgres.mjs';

export const bigFleetNodes = (quick) => Number(process.env.B3IQ_BENCH_FLEET ?? (quick ? 5_000 : 100_000));

let enrolled;

// The home; no process serves it.
export async function bigFleet(rows, { quick, say }) {
  if (enrolled) return enrolled;
  const home = new ControlHome('fleet-big');
  const plane = await startControlPlane(home, { core: partyCore });
  const nodes = bigFleetNodes(quick);
  say(`${nodes} nodes enroll`);
  const figures = await enroll(home, nodes, { core: loadCore });
  await plane.stop();
  rows.add({
    name: `fleet: ${nodes} nodes enrolled by the real routes, SQLite`, ours: figures.nodes / figures.seconds, unit: 'nodes/s',
    note: `token, challenge, statement, inventory: p50 ${['token', 'challenge', 'statement', 'inventory'].map((one) => figures[`${one}_ms`].p50.toFixed(1)).join(', ')} ms`,
  });
  enrolled = home;
  return home;
}

// The same fleet on a PostgreSQL server: { postgres, database, home }; no control plane runs.
export async function bigFleetOnPostgres(rows, options, core, under) {
  const home = await bigFleet(rows, options);
  const postgres = await startPostgres({ core, under });
  const database = 'fleet';
  postgres.create(database);
  const copy = new ControlHome('fleet-big-postgres', { database: postgres.uriOf(database) });
  const first = await startControlPlane(copy, { core: partyCore });  // makes the tables
  await first.stop();
  options.say('the fleet is copied into PostgreSQL');
  await copyIntoPostgres(home, postgres, database);
  copyHome(home, copy);
  postgres.sql(database, 'ANALYZE; CHECKPOINT');  // what the copy left to write is no part of what follows
  return { postgres, database, home: copy };
}

// The opponents of receipts into the log: the same rows into the same table with the same indexes, each commit on the disk before it
// counts, and nothing else: no request, no signature, no look for what is there, no tree.
import fs from 'node:fs';
import path from 'node:path';
import { JsonLines } from '../json_lines.mjs';
import { benchDir, binDir, partyCore, workDir } from '../parties.mjs';
import { bestOf, pgbench } from '../pgbench.mjs';

const kSchema = path.join(benchDir, 'receipts/plain_receipts_schema.sql');
export const plainInsertProgram = path.join(binDir, 'plain_insert');

// An opponent: `insert(rows, seconds)` writes `rows` a commit and returns rows per second. `prepare(rows, clients, seconds)` finds
// how many clients of these suit it, where it can have several.
export function sqliteInserts(documentBytes) {
  return {
    opponentName: 'plain INSERT, SQLite',
    prepare: () => ({ tried: '' }),
    async insert(rows, seconds) {
      const words = [plainInsertProgram, '--database', path.join(workDir, 'plain-receipts.db'), '--schema', kSchema, '--rows', rows,
        '--document-bytes', documentBytes, '--seconds', seconds];
      const figures = await new JsonLines('plain_insert', words, { core: partyCore }).figures();
      return figures.rows / figures.seconds;
    },
  };
}

const kDatabase = 'plain_receipts';

// The server is where it is for the control plane, pgbench on the core that the control plane has in its rounds.
export function postgresInserts(server, documentBytes) {
  server.create(kDatabase);
  server.sql(kDatabase, fs.readFileSync(kSchema, 'utf8').replaceAll('BYTES', 'BYTEA'));
  server.sql(kDatabase, 'CREATE SEQUENCE places CACHE 1000');
  const run = (rows, clients, seconds) => pgbench({
    uri: server.uriOf(kDatabase), script: path.join(benchDir, 'receipts/plain_receipts.sql'), clients, seconds, variables: { rows, bytes: documentBytes }, core: partyCore,
  });
  return {
    opponentName: 'plain INSERT, PostgreSQL',
    async prepare(rows, clients, seconds) {
      const { way, tried } = await bestOf(clients.map((count) => ({ name: `${count} clients`, count })), (one) => run(rows, one.count, seconds));
      return { clients: way.count, tried };
    },
    async insert(rows, seconds, { clients }) {
      server.sql(kDatabase, 'TRUNCATE receipts');  // else it would have more rows than the control plane, which is slower
      return (await run(rows, clients, seconds)).rate * rows;
    },
  };
}

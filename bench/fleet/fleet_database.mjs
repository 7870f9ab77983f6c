// Tables of a control plane: read by what checks a run, and moved from SQLite to PostgreSQL, so that a large fleet enrolls once.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { has } from '../machine.mjs';

export const sqliteMissing = has('sqlite3') ? undefined : 'sqlite3 is not installed';

export function sqlite(file, text) {
  const ran = spawnSync('sqlite3', ['-readonly', file, text], { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (ran.status !== 0) throw new Error(`sqlite3: ${ran.stderr || ran.error}`);
  return ran.stdout.trim();
}

// node id -> the sequence of its last heartbeat that the database holds.
export function storedSequences(home, postgres, database) {
  const query = 'SELECT node_id, heartbeat_sequence FROM node_leases';
  const text = postgres ? postgres.sql(database, query) : sqlite(home.databaseFile, query);
  return new Map(text.trim().split('\n').map((line) => {
    const [id, sequence] = line.split('|');
    return [id, Number(sequence)];
  }));
}

// Copies every row of `home`'s SQLite file, which nobody has open, into `database`, whose tables are there and empty but for what a
// control plane makes when it starts.
export async function copyIntoPostgres(home, postgres, database) {
  const tables = sqlite(home.databaseFile, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").split('\n');
  const there = new Set(postgres.sql(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'").trim().split('\n'));
  for (const table of tables.filter((one) => there.has(one) && !one.includes('migration'))) await copyTable(home, postgres, database, table);
}

async function copyTable(home, postgres, database, table) {
  const columns = sqlite(home.databaseFile, `SELECT name, type FROM pragma_table_info('${table}')`).split('\n').map((line) => line.split('|'));
  const values = columns.map(([name, type]) => (/BLOB|BYTES/i.test(type) ? `'\\x' || hex(${name})` : name)).join(', ');
  const names = columns.map(([name]) => name).join(', ');
  postgres.sql(database, `DELETE FROM ${table}`);
  const from = spawn('sqlite3', ['-readonly', '-csv', '-nullvalue', '\\N', home.databaseFile, `SELECT ${values} FROM ${table}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const into = spawn('psql', ['-qX', '-v', 'ON_ERROR_STOP=1', '-d', postgres.uriOf(database), '-c', `COPY ${table} (${names}) FROM STDIN (FORMAT csv, NULL '\\N')`],
    { stdio: ['pipe', 'ignore', 'inherit'] });
  from.stdout.pipe(into.stdin);
  const codes = await Promise.all([from, into].map((one) => new Promise((resolve) => one.once('close', resolve))));
  if (codes.some((code) => code !== 0)) throw new Error(`${table} could not be copied into PostgreSQL`);
}


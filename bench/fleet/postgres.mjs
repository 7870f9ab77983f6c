// A PostgreSQL server of its own for the parts of bench/fleet: made, started, and thrown away. As it comes, durable: fsync and
// synchronous_commit are on. Only memory and the log's size are told, as its manual advises for a machine of this size.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Party, freePort, loadCore } from '../parties.mjs';

const kSettings = {
  shared_buffers: '256MB', max_wal_size: '2GB', max_connections: '200', listen_addresses: '127.0.0.1', logging_collector: 'off',
};
const kUser = 'b3iq';

// Where initdb and postgres are: Debian keeps them out of the PATH.
function serverFolder() {
  const versions = fs.existsSync('/usr/lib/postgresql') ? fs.readdirSync('/usr/lib/postgresql') : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a)).find((one) => fs.existsSync(`/usr/lib/postgresql/${one}/bin/initdb`));
  return newest && `/usr/lib/postgresql/${newest}/bin`;
}

const kBin = serverFolder();
export const postgresProgram = (name) => path.join(kBin, name);
export const postgresMissing = kBin === undefined ? 'postgresql is not installed' : undefined;

// PostgreSQL refuses to run as root.
const asItsUser = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--'] : [];

function must(words) {
  const ran = spawnSync(words[0], words.slice(1), { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${words.join(' ')}: ${ran.stderr || ran.stdout || ran.error}`);
  return ran.stdout;
}

// /var/tmp is on a disk, where /tmp may be memory. `under` a folder in memory it is not durable: that tells what the disk takes.
export async function startPostgres({ core = loadCore, under = '/var/tmp' } = {}) {
  const folder = fs.mkdtempSync(path.join(under, 'b3iq-bench-postgres-'));
  const remove = () => fs.rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  if (process.getuid() === 0) execFileSync('chown', ['postgres:', folder]);
  const data = path.join(folder, 'data');
  must([...asItsUser, `${kBin}/initdb`, '-D', data, '-U', kUser, '--auth=trust', '--no-instructions', '-E', 'UTF8', '--locale=C']);
  const port = await freePort();
  const settings = Object.entries({ ...kSettings, port: String(port), unix_socket_directories: folder });
  const party = new Party('PostgreSQL', [
    ...asItsUser, `${kBin}/postgres`, '-D', data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ], { core, port });
  party.uriOf = (database) => `postgresql://${kUser}@127.0.0.1:${port}/${database}`;
  party.sql = (database, text) => {
    const ran = spawnSync('psql', ['-qAtX', '-v', 'ON_ERROR_STOP=1', '-d', party.uriOf(database)], {
      input: text, encoding: 'utf8', maxBuffer: 1 << 30,
    });
    if (ran.status !== 0) throw new Error(`psql: ${ran.stderr || ran.error}`);
    return ran.stdout;
  };
  await party.up(() => spawnSync(`${kBin}/pg_isready`, ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0);
  party.version = must([`${kBin}/postgres`, '--version']).trim();
  party.create = (database) => party.sql('postgres', `CREATE DATABASE ${database}`);
  party.away = async () => {
    await party.stop('SIGINT');  // "fast": it ends its sessions
    remove();
    process.off('exit', remove);
  };
  return party;
}


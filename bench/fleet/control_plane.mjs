// b3iq-control-plane as a party of a run: in a home of its own, on SQLite or on PostgreSQL, without limits per minute (a simulated
// fleet comes from one address, and a hundred of its nodes may beat as often as ten thousand would).
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Party, binDir, descriptorLimit, freePort, get, partyCore, workDir } from '../parties.mjs';

export const controlPlaneBin = path.join(binDir, 'b3iq-control-plane');
const kNoLimits = { public_per_minute: 0, enrollment_per_minute: 0, node_per_minute: 0, admin_failures_per_minute: 0 };

let fleets = 0;

// What a control plane keeps besides its processes. Several processes may serve one home when it has a server's database.
export class ControlHome {
  constructor(folder, { database, under = workDir } = {}) {
    this.root = path.join(under, folder);
    this.database = database;
    this.salt = `${folder}-${process.pid}-${(fleets += 1)}`;
    this.credentialFile = path.join(this.root, 'bench-credential');
    fs.rmSync(this.root, { recursive: true, force: true });
    fs.mkdirSync(this.root, { recursive: true, mode: 0o700 });
    this.cli('init');
    this.settle();
  }

  // Also after the home was copied from another one.
  settle() {
    const config = fs.existsSync(this.configFile) ? JSON.parse(fs.readFileSync(this.configFile, 'utf8')) : {};
    const settings = { ...config, limits: { ...config.limits, ...kNoLimits, connections: 1_000_000 } };
    if (this.database) settings.database = this.database;
    fs.writeFileSync(this.configFile, JSON.stringify(settings, null, 2), { mode: 0o600 });
  }

  get configFile() {
    return path.join(this.root, 'config.json');
  }

  get databaseFile() {
    return path.join(this.root, 'control.db');
  }

  cli(...words) {
    const ran = spawnSync(controlPlaneBin, words, { env: { ...process.env, B3IQ_CONTROL_HOME: this.root }, encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`b3iq-control-plane ${words.join(' ')}: ${ran.stderr || ran.stdout || ran.error}`);
    return ran.stdout;
  }
}

// The same control plane with the same fleet: its secrets, not its database.
export function copyHome(from, to) {
  for (const name of ['secrets', 'bench-credential']) {
    if (fs.existsSync(path.join(from.root, name))) fs.cpSync(path.join(from.root, name), path.join(to.root, name), { recursive: true });
  }
  Object.assign(to, { salt: from.salt, id: from.id, enrolled: from.enrolled });
  return to;
}

// Homes for further processes of one control plane, which share its database server: each process has a home of its own.
export const replicaHome = (home, number) =>
  copyHome(home, new ControlHome(`${path.basename(home.root)}-replica-${number}`, { database: home.database }));

// One process. `home.port` is that of the process that was started last.
export async function startControlPlane(home, { core = partyCore, port, name = 'b3iq-control-plane' } = {}) {
  const listen = port ?? (await freePort());
  const party = new Party(name, [controlPlaneBin, 'serve', '--listen', `127.0.0.1:${listen}`], {
    core, port: listen, env: { B3IQ_CONTROL_HOME: home.root, B3IQ_LOG_LEVEL: 'warn' }, descriptors: descriptorLimit,
  });
  await party.up(async () => (await get(listen, '/health/ready')).status === 200);
  home.port = listen;
  party.home = home;
  if (!fs.existsSync(home.credentialFile)) home.cli('admin', 'bootstrap', '--out', home.credentialFile);
  return party;
}

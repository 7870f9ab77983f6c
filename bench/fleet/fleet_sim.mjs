// The simulated fleet (fleet_sim.cc) as a party of a run: starts it, reads its lines.
import fs from 'node:fs';
import path from 'node:path';
import { Party, binDir, descriptorLimit, loadCore } from '../parties.mjs';

export const simulator = path.join(binDir, 'fleet_sim');
// A few descriptors of a process are not connections.
export const connectionsOfOneProcess = descriptorLimit - 600;

// Its lines are JSON objects; `event(name)` waits for one, `figures()` for the last.
export class FleetSim extends Party {
  constructor(words, { core = loadCore } = {}) {
    super(`fleet_sim ${words[0]}`, [simulator, ...words.map(String)], { core, descriptors: descriptorLimit });
    this.lines = [];
    this.waiting = new Set();
    let rest = '';
    this.child.stdout.on('data', (text) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop();
      for (const part of parts) this.lines.push(JSON.parse(part));
      for (const look of this.waiting) look();
    });
    this.closed = new Promise((resolve) => this.child.once('close', resolve)).then(() => { for (const look of this.waiting) look(); });
  }

  event(name) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const line = this.lines.find((one) => one.event === name);
        if (line) resolve(line);
        else if (this.exit) reject(new Error(`${this.name} ended with ${JSON.stringify(this.exit)} before "${name}": ${this.output}`));
        else return;
        this.waiting.delete(look);
      };
      this.waiting.add(look);
      look();
    });
  }

  async figures() {
    await this.closed;
    const last = this.lines.at(-1);
    if (!last || this.exit.code !== 0) throw new Error(`${this.name} ended with ${JSON.stringify(this.exit)}: ${this.output.slice(-2000)}`);
    return last;
  }
}

export const runSim = (words, options) => new FleetSim(words, options).figures();

export const refusals = (figures) => Object.values(figures.refused).reduce((sum, one) => sum + one, 0);

// Libsodium alone, on the core that the control plane has in the same round.
export async function verifyRate(core, seconds) {
  const figures = await runSim(['verify-rate', '--seconds', seconds], { core });
  return { rate: figures.verified / figures.seconds, cpu_us: (figures.cpu_seconds / figures.verified) * 1e6, libsodium: figures.libsodium };
}

// The fleet of `plane`: its first `nodes` nodes are enrolled once, by the real routes.
export const simWords = (plane, nodes, first = 0) => [
  '--server', `127.0.0.1:${plane.port}`, '--salt', plane.salt, '--nodes', nodes, '--first', first, '--admin-credential-file', plane.credentialFile,
];

export async function enroll(plane, nodes, { first = 0, core = loadCore, connections = 256 } = {}) {
  const figures = await runSim(['enroll', ...simWords(plane, nodes, first), '--connections', connections], { core });
  plane.id = figures.control_plane_id;
  plane.enrolled = first + nodes;
  return figures;
}

export function saturate(plane, nodes, options = {}, { core = loadCore } = {}) {
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return runSim(['saturate', ...simWords(plane, nodes), '--audience', plane.id, ...words], { core });
}

export function hold(plane, nodes, options = {}, { core = loadCore, first = 0 } = {}) {
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return new FleetSim(['hold', ...simWords(plane, nodes, first), '--audience', plane.id, ...words], { core });
}

// node id -> sequence, as `hold` wrote them.
export function acknowledged(file) {
  return new Map(fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => {
    const [id, sequence] = line.split(' ');
    return [id, Number(sequence)];
  }));
}

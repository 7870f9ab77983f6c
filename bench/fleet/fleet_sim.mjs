// The simulated fleet (fleet_sim.cc) as a party of a run: starts it, reads its lines.
import fs from 'node:fs';
import path from 'node:path';
import { JsonLines } from '../json_lines.mjs';
import { binDir, descriptorLimit, loadCore } from '../parties.mjs';

export const simulator = path.join(binDir, 'fleet_sim');
// A few descriptors of a process are not connections.
export const connectionsOfOneProcess = descriptorLimit - 600;

export class FleetSim extends JsonLines {
  constructor(words, { core = loadCore } = {}) {
    super(`fleet_sim ${words[0]}`, [simulator, ...words], { core, descriptors: descriptorLimit });
  }
}

export const runSim = (words, options) => new FleetSim(words, options).figures();

export const refusals = (figures) => Object.values(figures.refused).reduce((sum, one) => sum + one, 0);

// Libsodium alone, on the core that the control plane has in the same round.
export async function verifyRate(core, seconds, messageBytes) {
  const figures = await runSim(['verify-rate', '--seconds', seconds, ...(messageBytes ? ['--message-bytes', messageBytes] : [])], { core });
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

// (s) Sealed requests and answers of private jobs per second of one core, beside the raw X25519, HKDF and AEAD operations that they
// need, from the same libraries, in rounds that alternate inside protocol_bench.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { binDir, partyCore, pinned } from './parties.mjs';

const kWhat = { RatioOfSeal: 'sealed requests', RatioOfOpen: 'opened requests', RatioOfJob: 'whole jobs: request and answer sealed and opened' };
const kGoal = 0.75;

export async function envelopes(rows, { rounds, say }) {
  const program = path.join(binDir, 'protocol_bench');
  if (!fs.existsSync(program)) {
    rows.skip('part s', `${program} is not built`);
    return;
  }
  say('(s) sealed requests and answers');
  const words = [...pinned(partyCore), program, '--benchmark_filter=^RatioOf', '--benchmark_format=json'];
  const figures = new Map();  // by name: the rounds of both
  for (let round = 0; round < rounds; round += 1) {
    const { benchmarks } = JSON.parse(execFileSync(words[0], words.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    for (const { name, ours_us: ours, raw_us: raw } of benchmarks) {
      const both = figures.get(name) ?? { ours: [], raw: [] };
      both.ours.push(1e6 / ours);
      both.raw.push(1e6 / raw);
      figures.set(name, both);
    }
  }
  for (const [name, { ours, raw }] of figures) {
    const [kind, bytes] = name.split('/');
    rows.add({
      name: `${kWhat[kind]}, ${bytes} bytes`, ours, opponent: raw, opponentName: 'raw X25519 + HKDF + AEAD', unit: '1/s/core',
      goal: `>= ${kGoal}`, met: (mine, theirs, ratio) => ratio >= kGoal,
    });
  }
}

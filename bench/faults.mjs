// (k) Faults injected into a node under light load: the time until calls succeed again, or until the refusal that is documented.
// A fault whose calls are lost without a word, or whose acknowledged answers lose their receipts, fails the part.
import { stopAll } from './parties.mjs';
import { clientFaults } from './faults_of_clients.mjs';
import { modelFaults } from './faults_of_models.mjs';
import { nodeFaults } from './faults_of_node.mjs';
import { runtimeFaults } from './faults_of_runtimes.mjs';

const kFewest = 24;

// Each fault: {name, inject: (options) => ms, opponent?: (options) => ms, opponentName?, needs?: reason why it cannot be, note?}.
export async function faults(rows, options) {
  const { say } = options;
  const rounds = options.rounds > 1 ? Math.max(3, options.rounds) : 1;
  const all = [...runtimeFaults, ...nodeFaults, ...modelFaults, ...clientFaults];
  const failed = [];
  let measured = 0;
  for (const fault of all) {
    const name = `k: ${fault.name}`;
    if (process.env.B3IQ_BENCH_FAULT && !fault.name.includes(process.env.B3IQ_BENCH_FAULT)) continue;
    if (fault.needs) {
      rows.skip(name, fault.needs);
      continue;
    }
    say(`(k) ${fault.name}`);
    try {
      const ours = [];
      const theirs = [];
      for (let round = 0; round < rounds; round += 1) {
        ours.push(await fault.inject(options));
        if (fault.opponent) theirs.push(await fault.opponent(options));
      }
      measured += 1;
      rows.add({
        name, ours, ...(fault.opponent ? { opponent: theirs, opponentName: fault.opponentName } : {}), unit: 'ms', goal: fault.goal ? `<= ${fault.goal}` : '',
        ...(fault.goal ? { met: (mine) => mine <= fault.goal } : {}), note: fault.note ?? '',
      });
    } catch (error) {
      failed.push(`${fault.name}: ${error.message}`);
      rows.skip(name, `failed: ${error.message}`);
      await stopAll();
    }
  }
  say(`(k) ${measured} faults measured, ${failed.length} failed`);
  if (!process.env.B3IQ_BENCH_FAULT) {
    rows.add({
      name: 'k: faults that lost no call and no receipt', ours: measured, unit: 'faults', goal: `all, >= ${kFewest}`,
      met: (mine) => failed.length === 0 && mine >= kFewest, note: `${failed.length} failed, ${all.length - measured - failed.length} cannot be injected here`,
    });
  }
  if (failed.length > 0) throw new Error(failed.join('\n'));
}

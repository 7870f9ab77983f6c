// Where the processor's time of a running program goes, by library, as `perf` samples it. Beside the measurement and not in it:
// sampling costs.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { has } from './machine.mjs';
import { Party, loadCore, workDir } from './parties.mjs';

const kSamplesPerSecond = 1_999;

export const perfMissing = has('perf') ? undefined : 'perf is not installed (Debian: linux-perf)';

// What a share is called, by the shared object that ran.
const kKinds = [
  [/libsodium/, 'libsodium'],
  [/libcrypto/, 'libcrypto'],
  [/libsqlite3/, 'SQLite'],
  [/libpq/, 'libpq'],
  [/libc\.|libstdc\+\+|libm\./, 'libc, libstdc++ (copies, allocation)'],
];

// The kernel works for the program's first thread, which has the sockets, and for the others, which have the disk.
function kindOf(object, isFirstThread) {
  if (/^\[(kernel|unknown|guest|vdso)|\.ko/.test(object)) return isFirstThread ? 'kernel, the loop' : 'kernel, other threads';
  return kKinds.find(([pattern]) => pattern.test(object))?.[1] ?? 'own code';
}

// Samples `pid` until `work` is done: [[kind, share of its time]], the largest first.
export async function timeShares(pid, work) {
  const file = path.join(workDir, 'perf.data');
  const sampling = new Party('perf', ['perf', 'record', '-q', '-F', kSamplesPerSecond, '-p', pid, '-o', file].map(String), { core: loadCore });
  await work();
  if (sampling.exit) throw new Error(`perf could not sample: ${sampling.output.slice(-500)}`);
  await sampling.stop('SIGINT');
  const text = execFileSync('perf', ['report', '-i', file, '--stdio', '-q', '--sort', 'pid,dso', '-F', 'sample,pid,dso', '-t', ';'],
    { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] });
  const samples = new Map();
  for (const line of text.split('\n')) {
    const [count, thread, object] = line.split(';').map((cell) => cell.trim());
    if (!object) continue;
    const kind = kindOf(object, Number.parseInt(thread, 10) === pid);
    samples.set(kind, (samples.get(kind) ?? 0) + Number(count));
  }
  const all = [...samples.values()].reduce((sum, one) => sum + one, 0);
  if (all === 0) throw new Error(`perf sampled nothing: ${sampling.output.slice(-500)}`);
  return [...samples].map(([kind, count]) => [kind, count / all]).sort((a, b) => b[1] - a[1]);
}

// The machine and the programs that a run is made on.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';

function firstLine(command, args) {
  const ran = spawnSync(command, args, { encoding: 'utf8' });
  return `${ran.stdout ?? ''}${ran.stderr ?? ''}`.split('\n').find((line) => line.trim() !== '')?.trim() ?? 'not installed';
}

export function has(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

// The cores this process may use, in order.
export function cores() {
  const list = /^Cpus_allowed_list:\s+(.*)$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
  return list.split(',').flatMap((part) => {
    const [low, high = low] = part.split('-').map(Number);
    return Array.from({ length: high - low + 1 }, (_, i) => low + i);
  });
}

export function machine(hostBin) {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model ?? 'unknown',
    cores: cores().length,
    memory_gib: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(fs.readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
    load_average: os.loadavg().map((value) => Number(value.toFixed(2))),
    versions: {
      b3iq: fs.existsSync(hostBin) ? firstLine(hostBin, ['version']) : 'not built',
      nginx: firstLine('nginx', ['-v']),
      wrk: firstLine('wrk', ['-v']),
      h2load: firstLine('h2load', ['--version']),
      node: process.version,
    },
  };
}

export function commit(root) {
  try {
    return execFileSync('git', ['-C', root, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

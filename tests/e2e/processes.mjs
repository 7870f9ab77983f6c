// What /proc says about a process tree.
import fs from 'node:fs';

function stat(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const close = text.lastIndexOf(')');
    const fields = text.slice(close + 2).split(' ');
    return {
      pid: Number(pid),
      comm: text.slice(text.indexOf('(') + 1, close),
      state: fields[0],
      parent: Number(fields[1]),
      started: fields[19],  // with the pid this names one process for ever
      cpuTicks: Number(fields[11]) + Number(fields[12]),
    };
  } catch {
    return undefined;
  }
}

export function everyProcess() {
  return fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).map(stat).filter(Boolean);
}

export function descendants(root) {
  const all = everyProcess();
  const found = [];
  const queue = [root];
  while (queue.length > 0) {
    const parent = queue.pop();
    for (const process of all) {
      if (process.parent === parent) {
        found.push(process);
        queue.push(process.pid);
      }
    }
  }
  return found;
}

// True while that very process (not a later one with its pid) runs; a zombie is not alive.
export function isAlive(process) {
  const now = stat(process.pid);
  return now !== undefined && now.started === process.started && now.state !== 'Z';
}

const kTicksPerSecond = 100;
export function cpuSeconds(pid) {
  return (stat(pid)?.cpuTicks ?? 0) / kTicksPerSecond;
}

// Resident memory in KiB; 0 when the process is gone.
export function residentKiB(pid) {
  try {
    return Number(/^VmRSS:\s+([0-9]+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export function openDescriptors(pid) {
  return fs.readdirSync(`/proc/${pid}/fd`).length;
}

// The text of every /proc file in which another user or a crash report could see a secret.
export function visibleText(pid) {
  return ['cmdline', 'environ', 'comm', 'status'].map((name) => {
    try {
      return fs.readFileSync(`/proc/${pid}/${name}`, 'latin1');
    } catch {
      return '';
    }
  }).join('\n');
}

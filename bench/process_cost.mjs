// CPU time and memory of a process tree, from /proc.
import fs from 'node:fs';

function children(pid) {
  try {
    return fs.readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number));
  } catch {
    return [];
  }
}

export function tree(pid) {
  return [pid, ...children(pid).flatMap(tree)];
}

const kTickNs = 10_000_000;

// User + system time in ns of all threads that live now. schedstat counts nanoseconds; stat (10 ms ticks) where it is absent.
function cpuOf(pid) {
  try {
    let total = 0;
    for (const task of fs.readdirSync(`/proc/${pid}/task`)) {
      total += Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
    }
    return total;
  } catch {
    try {
      const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
      return (Number(fields[11]) + Number(fields[12])) * kTickNs;
    } catch {
      return 0;
    }
  }
}

export function cpuNs(pid) {
  return tree(pid).reduce((sum, one) => sum + cpuOf(one), 0);
}

// The same, and what its children took that have ended: a server that has a process for each connection. In ticks of 10 ms.
export function cpuNsOfServer(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return cpuNs(pid) + (Number(fields[13]) + Number(fields[14])) * kTickNs;
}

function field(pid, name) {
  try {
    return Number(new RegExp(`^${name}:\\s+([0-9]+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

// Resident KiB of the whole tree, or of the pids that `keep` accepts.
export function residentKiB(pid, keep = () => true) {
  return tree(pid).filter(keep).reduce((sum, one) => sum + field(one, 'VmRSS'), 0);
}

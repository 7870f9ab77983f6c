// What the node's processes hold, every few seconds, and whether it grows.
import fs from 'node:fs';
import { descendants, openDescriptors, residentKiB } from '../e2e/processes.mjs';

const kMsPerHour = 3_600_000;

const threads = (pid) => Number(/^Threads:\s+([0-9]+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

// Least squares within groups: each group (a life of the process) keeps its own level and all share one slope. Points are
// {at, value}; the slope is per millisecond.
export function commonSlope(groups) {
  let product = 0;
  let square = 0;
  for (const points of groups) {
    const mean = (name) => points.reduce((sum, point) => sum + point[name], 0) / points.length;
    const at = mean('at');
    const value = mean('value');
    for (const point of points) {
      product += (point.at - at) * (point.value - value);
      square += (point.at - at) ** 2;
    }
  }
  return square > 0 ? product / square : undefined;
}

export class Samples {
  constructor(begun) {
    this.begun = begun;
    this.rows = [];  // {at, life, age, agent_kib, fds, threads, workers: {name: kib}}
  }

  // `pid`: the agent's; `life`: which start of it; `names`: pid → name of a worker that is followed.
  take(pid, life, bornAt, workers) {
    try {
      const row = {
        at: Date.now() - this.begun, life, age: Date.now() - bornAt, agent_kib: residentKiB(pid), fds: openDescriptors(pid), threads: threads(pid),
        processes: descendants(pid).length, worker_kib: workers.length > 0 ? residentKiB(workers[0].pid) : 0,
      };
      if (row.agent_kib > 0) this.rows.push(row);
    } catch { /* the process ended while it was looked at */ }
  }

  // What counts for the verdict: the last two thirds of the run, without the first `warmMs` of each life.
  settled(name, warmMs) {
    const from = (this.rows.at(-1)?.at ?? 0) / 3;
    return this.rows.filter((row) => row.at >= from && row.age >= warmMs && row[name] > 0);
  }

  // Growth per hour within lives, over all lives (growth of what a restart does not clear), and the range.
  growth(name, warmMs) {
    const rows = this.settled(name, warmMs);
    const points = rows.map((row) => ({ at: row.at, value: row[name], life: row.life }));
    const lives = [...new Set(points.map((point) => point.life))].map((life) => points.filter((point) => point.life === life));
    const within = commonSlope(lives);
    const over = commonSlope([points]);
    const values = points.map((point) => point.value);
    const hourly = (slope) => (slope === undefined ? null : Math.round(slope * kMsPerHour));
    const middle = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? null;
    return {
      samples: points.length, lives: lives.length, per_hour_within_lives: hourly(within), per_hour_over_all: hourly(over),
      first: middle(values.slice(0, Math.ceil(values.length / 5))), last: middle(values.slice(-Math.ceil(values.length / 5))),
      lowest: values.length ? Math.min(...values) : null, highest: values.length ? Math.max(...values) : null,
    };
  }
}

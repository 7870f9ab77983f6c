// What the disk adds to whoever waits for it: one small write and one fdatasync every few milliseconds, as a control plane's commits
// start, on a machine that does nothing else. Each is counted from the moment it was due, as a request that waits behind a slow one is.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { percentile } from '../stats.mjs';

const kPage = 8_192;
const kFileBytes = 16 << 20;

// `everyMs` as CommitPace (src/control/nodes/commit_pace.h). Blocks for `seconds`. { p50, p99, longest } in ms.
export function diskAlone(folder, { seconds = 5, everyMs = 10 } = {}) {
  const file = path.join(folder, 'disk-alone.probe');
  const fd = fs.openSync(file, 'w+');
  fs.writeSync(fd, Buffer.alloc(kFileBytes));  // its space is there, as a log's is
  fs.fsyncSync(fd);
  const page = Buffer.alloc(kPage, 0x61);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const took = [];
  const begun = performance.now();
  for (let due = begun; due < begun + seconds * 1000; due += everyMs) {
    const early = due - performance.now();
    if (early > 0) Atomics.wait(pause, 0, 0, early);
    fs.writeSync(fd, page, 0, kPage, (took.length * kPage) % kFileBytes);
    fs.fdatasyncSync(fd);
    took.push(performance.now() - due);
  }
  fs.closeSync(fd);
  fs.rmSync(file);
  const sorted = took.sort((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), longest: sorted.at(-1) };
}

const kCalmMs = 10;  // p99
const kPatienceSeconds = 60;

// Waits until the disk has written what a run itself left behind: a fleet that was copied, a database that was thrown away.
export function calmDisk(folder) {
  spawnSync('sync');
  for (let waited = 0; waited < kPatienceSeconds && diskAlone(folder, { seconds: 2 }).p99 > kCalmMs; waited += 2);
}

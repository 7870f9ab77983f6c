// What another process holds: every mapping that can be read, and its core as gdb's gcore writes it, where that is installed. Needs to be root, or its user
// where the kernel lets one trace one's own.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const kPiece = 4 * 1024 * 1024;
const kPage = 4096;
const kGcoreMs = 120_000;
// Of the kernel, not memory of the process.
const kKernels = /\[(vvar|vvar_vclock|vsyscall)\]/;

export const hasGcore = spawnSync('gcore', ['--help'], { stdio: 'ignore' }).error === undefined;

// Why this test may not read the memory of `pid`; false when it may.
export function noMemory(pid) {
  try {
    fs.closeSync(fs.openSync(`/proc/${pid}/mem`, 'r'));
    return false;
  } catch (error) {
    return `the memory of another process may not be read here: ${error.code}`;
  }
}

// Copies all that can be read of a process into `file`.
function memoryImage(pid, file) {
  const memory = fs.openSync(`/proc/${pid}/mem`, 'r');
  const out = fs.openSync(file, 'w', 0o600);
  const piece = Buffer.alloc(kPiece);
  try {
    for (const line of fs.readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
      const [, from, to, may] = /^([0-9a-f]+)-([0-9a-f]+) (....)/.exec(line) ?? [];
      if (!may?.startsWith('r') || kKernels.test(line)) continue;
      let at = BigInt(`0x${from}`);
      const end = BigInt(`0x${to}`);
      while (at < end) {
        const wanted = end - at < BigInt(kPiece) ? Number(end - at) : kPiece;
        let got = 0;
        try {
          got = fs.readSync(memory, piece, 0, wanted, at);
        } catch { /* a page that is not there: beyond the end of a mapped file */ }
        if (got > 0) fs.writeSync(out, piece, 0, got);
        at += BigInt(got > 0 ? got : kPage);
      }
    }
  } finally {
    fs.closeSync(memory);
    fs.closeSync(out);
  }
}

// Large reservations that nobody has written to are most of a core.
function withoutEmptyPages(bytes) {
  const empty = Buffer.alloc(kPage);
  let kept = 0;
  for (let at = 0; at < bytes.length; at += kPage) {
    const page = bytes.subarray(at, at + kPage);
    if (page.equals(page.length === kPage ? empty : empty.subarray(0, page.length))) continue;
    page.copy(bytes, kept);
    kept += page.length;
  }
  return bytes.subarray(0, kept);
}

// A file's bytes; it is gone then.
function taken(file) {
  const bytes = fs.readFileSync(file);
  fs.rmSync(file);
  return bytes;
}

// [kind, bytes] of what `pid` holds, by way of files in `folder`, without pages of zeros.
export function* memoryOf(pid, folder) {
  const image = path.join(folder, `memory.${pid}`);
  memoryImage(pid, image);
  yield ['memory image', withoutEmptyPages(taken(image))];
  if (!hasGcore) return;
  const made = spawnSync('gcore', ['-o', path.join(folder, 'core'), String(pid)], { stdio: ['ignore', 'pipe', 'pipe'], timeout: kGcoreMs, encoding: 'utf8' });
  const core = path.join(folder, `core.${pid}`);
  if (!fs.existsSync(core)) throw new Error(`gcore wrote no core: ${made.stderr}`);
  yield ['core dump', withoutEmptyPages(taken(core))];
}

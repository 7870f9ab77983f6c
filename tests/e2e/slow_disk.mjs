// A disk of which each sync takes a second more while a test wants it: fsync and fdatasync of one program, slowed by a library that is
// loaded before the C library. It needs a C compiler.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const kSyncMs = 1_000;
const compiler = ['cc', 'clang-19', 'gcc'].find((name) => {
  try { execFileSync(name, ['--version'], { stdio: 'ignore' }); return true; } catch { return false; }
});
// Why a test must go without; false where it need not.
export const noSlowDisk = compiler ? false : 'needs a C compiler';

export class SlowDisk {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-e2e-slow-'));
    const source = path.join(this.folder, 'slow.c');
    this.library = path.join(this.folder, 'slow.so');
    this.flag = path.join(this.folder, 'on');
    fs.writeFileSync(source, `
      #define _GNU_SOURCE
      #include <stdlib.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      static void slow(void) { if (access(getenv("SLOW_SYNC_WHEN"), F_OK) == 0) sleep(1); }
      int fsync(int fd) { slow(); return (int)syscall(SYS_fsync, fd); }
      int fdatasync(int fd) { slow(); return (int)syscall(SYS_fdatasync, fd); }
    `);
    execFileSync(compiler, ['-shared', '-fPIC', '-o', this.library, source]);
  }

  // The words before a program that is to have this disk. It begins as fast as any.
  get wrap() {
    return ['env', `LD_PRELOAD=${this.library}`, `SLOW_SYNC_WHEN=${this.flag}`];
  }
  slow() {
    fs.writeFileSync(this.flag, '');
  }
  fast() {
    fs.rmSync(this.flag, { force: true });
  }
  remove() {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

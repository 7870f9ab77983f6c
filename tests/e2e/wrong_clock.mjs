// A machine whose clock is wrong: a library laid before the C library moves the wall clock of one program by what a file says.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const kSource = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long seconds_off(void) {
  char text[32] = {0};
  const char* name = getenv("WRONG_CLOCK");
  const int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return 0;
  const ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  return got > 0 ? strtol(text, NULL, 10) : 0;
}
int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += seconds_off();
  return result;
}
int gettimeofday(struct timeval* now, void* zone) {
  (void)zone;
  struct timespec exact;
  if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}
time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
`;
const compiler = ['cc', 'gcc', 'clang', 'clang-19'].find((name) => spawnSync(name, ['--version']).status === 0);
export const noWrongClock = compiler ? false : 'needs a C compiler';

export class WrongClock {
  constructor(seconds) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-clock-'));
    const source = path.join(this.folder, 'clock.c');
    const library = path.join(this.folder, 'clock.so');
    fs.writeFileSync(source, kSource);
    execFileSync(compiler, ['-shared', '-fPIC', '-o', library, source]);
    this.file = path.join(this.folder, 'seconds');
    this.set(seconds);
    // Words before the program.
    this.wrap = ['env', `LD_PRELOAD=${library}`, `WRONG_CLOCK=${this.file}`];
  }
  // Replaced in one step: the program reads it all the time.
  set(seconds) {
    fs.writeFileSync(`${this.file}.new`, `${seconds}\n`);
    fs.renameSync(`${this.file}.new`, this.file);
  }
  remove() {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

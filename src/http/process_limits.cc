#include "http/process_limits.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace b3iq::http {
namespace {

// Bodies of some hundred kilobytes come and go: taken from the heap they cost nothing, as mappings
// of their own they cost a page fault for every page, every time. The heap gives back what it holds
// beyond the trim threshold.
void keep_large_blocks() {
  constexpr int kLargestHeapBlock = 4 * 1024 * 1024;
  constexpr int kKeptWhenIdle = 4 * 1024 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, kLargestHeapBlock);
  ::mallopt(M_TRIM_THRESHOLD, kKeptWhenIdle);
}

// What is in memory never reaches a disk by way of a crash. One byte and not none: to programs
// that take cores from a pipe the kernel gives them with a limit of none, but never with one of 1.
void forbid_core_files() {
  const rlimit least{1, 1};
  ::setrlimit(RLIMIT_CORE, &least);
}

// A shell's soft limit of 1024 is for programs that use select(); the hard limit is the owner's
// word. The kernel's table of descriptors is grown here, by one use of its last place: growing it
// while other threads run waits for every processor, 10 to 17 ms in which no stream moves.
void allow_many_descriptors(rlim_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = std::max(files.rlim_cur, std::min(files.rlim_max, wanted));
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) return;
  const int last = static_cast<int>(std::min(files.rlim_cur, wanted)) - 1;
  const int used = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, last);
  if (used >= 0) ::close(used);
}

}  // namespace

void set_process_limits(std::uint64_t descriptors) {
  keep_large_blocks();
  forbid_core_files();
  allow_many_descriptors(descriptors);
}

}  // namespace b3iq::http

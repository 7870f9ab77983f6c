#include "runtimes/embedded/worker/seccomp_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>

namespace b3iq::runtimes::worker {
namespace {

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

// Calls that a language model has no reason to make: making one ends the process. In both profiles
// new programs, other processes, the kernel's own doors.
constexpr int kKilled[] = {SCMP_SYS(listen),
                           SCMP_SYS(accept),
                           SCMP_SYS(accept4),
                           SCMP_SYS(execve),
                           SCMP_SYS(execveat),
                           SCMP_SYS(ptrace),
                           SCMP_SYS(process_vm_readv),
                           SCMP_SYS(process_vm_writev),
                           SCMP_SYS(pidfd_getfd),
                           SCMP_SYS(bpf),
                           SCMP_SYS(userfaultfd),
                           SCMP_SYS(mount),
                           SCMP_SYS(umount2),
                           SCMP_SYS(pivot_root),
                           SCMP_SYS(chroot),
                           SCMP_SYS(unshare),
                           SCMP_SYS(setns),
                           SCMP_SYS(keyctl),
                           SCMP_SYS(add_key),
                           SCMP_SYS(request_key),
                           SCMP_SYS(init_module),
                           SCMP_SYS(finit_module),
                           SCMP_SYS(delete_module),
                           SCMP_SYS(kexec_load),
                           SCMP_SYS(reboot),
                           SCMP_SYS(swapon)};

// And in the profile without GPU: what only a driver may have a reason to make.
constexpr int kKilledWithoutGpu[] = {
    SCMP_SYS(socket),         SCMP_SYS(socketpair),     SCMP_SYS(connect),
    SCMP_SYS(bind),           SCMP_SYS(fork),           SCMP_SYS(vfork),
    SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
    SCMP_SYS(perf_event_open)};

constexpr scmp_datum_t kHighestWritten = 3;
constexpr scmp_datum_t kRequestCpuFeature = 0x1023;  // ARCH_REQ_XCOMP_PERM, x86-64

constexpr int kAllowed[] = {
    // the socket, the model
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(lseek),
    SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(fadvise64),
    SCMP_SYS(readahead),
    // memory
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mlock),
    SCMP_SYS(mlock2), SCMP_SYS(munlock), SCMP_SYS(membarrier),
    // threads
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(gettid), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler),
    SCMP_SYS(getcpu), SCMP_SYS(exit), SCMP_SYS(exit_group),
    // signals to itself (abort), time, randomness
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(restart_syscall), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(sysinfo), SCMP_SYS(uname),
    SCMP_SYS(prlimit64), SCMP_SYS(getrlimit), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid)};

// A call that this architecture lacks is not an error.
bool added(int result) { return result == 0 || result == -EDOM || result == -EINVAL; }

bool add_kills(scmp_filter_ctx filter, std::span<const int> calls) {
  return std::all_of(calls.begin(), calls.end(), [&](int call) {
    return added(seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, call, 0));
  });
}

// Opening to write ends the process; opening to read is refused by the default action, for
// libraries that cope.
bool add_open_kills(scmp_filter_ctx filter) {
  for (unsigned flag : {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC}) {
    const scmp_arg_cmp of_openat{2, SCMP_CMP_MASKED_EQ, flag, flag};
    const scmp_arg_cmp of_open{1, SCMP_CMP_MASKED_EQ, flag, flag};
    if (!added(seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(openat), 1,
                                      &of_openat)) ||
        !added(
            seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(open), 1, &of_open))) {
      return false;
    }
  }
  return added(seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(creat), 0));
}

struct Condition {
  int call;
  scmp_arg_cmp argument;
};

bool add_allowed(scmp_filter_ctx filter, pid_t self) {
  for (int call : kAllowed) {
    if (!added(seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0))) return false;
  }
  const Condition conditions[] = {
      // Written to: the socket, and what stands at standard error.
      {SCMP_SYS(write), {0, SCMP_CMP_LE, kHighestWritten, 0}},
      {SCMP_SYS(writev), {0, SCMP_CMP_LE, kHighestWritten, 0}},
      // Nothing mapped can be run.
      {SCMP_SYS(mmap), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
      {SCMP_SYS(mprotect), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
      // A new task is a thread of this process; a signal goes to this process.
      {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD}},
      {SCMP_SYS(tgkill), {0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(self), 0}},
      // A descriptor's status is asked by descriptor.
      {SCMP_SYS(newfstatat), {3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH}},
      {SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_GETFL, 0}},
      {SCMP_SYS(prctl), {0, SCMP_CMP_EQ, PR_SET_NAME, 0}},
      // Leave to use the matrix units of the CPU.
      {SCMP_SYS(arch_prctl), {0, SCMP_CMP_EQ, kRequestCpuFeature, 0}}};
  for (const Condition& condition : conditions) {
    if (!added(
            seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, condition.call, 1, &condition.argument)))
      return false;
  }
  // The C library then falls back to clone, whose flags a filter can read.
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

}  // namespace

bool install_seccomp_filter(SandboxProfile profile) {
  const bool gpu = profile == SandboxProfile::gpu;
  Filter filter(seccomp_init(gpu ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM)));
  if (!filter) return false;
  if (seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
    return false;
  if (seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) != 0) return false;
  seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (!add_kills(filter.get(), kKilled)) return false;
  if (!gpu && !(add_kills(filter.get(), kKilledWithoutGpu) && add_open_kills(filter.get()) &&
                add_allowed(filter.get(), getpid()))) {
    return false;
  }
  return seccomp_load(filter.get()) == 0;
}

}  // namespace b3iq::runtimes::worker

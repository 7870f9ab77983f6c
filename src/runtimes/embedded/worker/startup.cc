#include "runtimes/embedded/worker/startup.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

namespace b3iq::runtimes::worker {

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    if (name == "--gpu") {
      options.gpu = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    std::string_view value = argv[++i];
    if (name == "--lib-dir") {
      options.lib_dir = value;
    } else if (name == "--parent") {
      auto [end, error] =
          std::from_chars(value.data(), value.data() + value.size(), options.parent);
      if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (options.parent <= 0 || options.lib_dir.empty()) return std::nullopt;
  return options;
}

bool die_with_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  return getppid() == parent;
}

// Best effort: a kernel that refuses kills by size, and the worker is the largest.
static void raise_oom_score() {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  std::string score = std::to_string(kOomScoreAdjust);
  [[maybe_unused]] ssize_t written = write(fd, score.data(), score.size());
  close(fd);
}

void limit_process() {
  syscall(SYS_close_range, kModelFd + 1, ~0u, 0);
  raise_oom_score();
  // Of 1 byte: with none at all, the kernel still gives a core to a program that takes it from a
  // pipe.
  rlimit no_core{1, 1};
  setrlimit(RLIMIT_CORE, &no_core);
  rlimit none{0, 0};
  setrlimit(RLIMIT_FSIZE, &none);
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_MSGQUEUE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace b3iq::runtimes::worker

#include "http/stop_signals.h"

#include <signal.h>
#include <sys/signalfd.h>

#include <array>

namespace b3iq::http {

int open_stop_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  return ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

base::Task<void> wait_for_stop(EventLoop& loop, FdStream& signals,
                               base::UniqueFunction<void()> drain) {
  std::array<char, sizeof(signalfd_siginfo)> buffer;
  bool draining = false;
  for (;;) {
    const auto got = co_await signals.read_some(buffer);
    if (!got.ok() || *got == 0) co_return;
    if (draining) {
      loop.stop();
      continue;
    }
    draining = true;
    drain();
  }
}

}  // namespace b3iq::http

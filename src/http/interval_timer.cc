#include "http/interval_timer.h"

#include <sys/timerfd.h>

#include <array>

namespace b3iq::http {

std::optional<FdStream> interval_timer(EventLoop& loop, std::int64_t every_us) {
  const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) return std::nullopt;
  const timespec every{every_us / 1'000'000, (every_us % 1'000'000) * 1'000};
  const itimerspec period{every, every};
  ::timerfd_settime(fd, 0, &period, nullptr);
  return std::make_optional<FdStream>(loop, fd);
}

base::Task<bool> next_tick(FdStream& timer) {
  std::array<char, sizeof(std::uint64_t)> expirations;
  const auto ticked = co_await timer.read_some(expirations);
  co_return ticked.ok() && *ticked > 0;
}

}  // namespace b3iq::http

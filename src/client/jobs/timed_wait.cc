#include "client/jobs/timed_wait.h"

#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"

namespace b3iq::client {

namespace {

constexpr std::int64_t kCoarseMs = 250;
constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::int64_t now_ms() { return base::system_clock().steady_ns() / kNsPerMs; }

}  // namespace

TimedWait::TimedWait(http::EventLoop& loop) : loop_(loop) {
  const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) return;
  fd_ = fd;
  timer_.emplace(loop, fd);
}

base::Task<bool> TimedWait::wait(std::int64_t ms) {
  const auto until_ms = now_ms() + ms;
  waiting_ = true;
  for (auto left_ms = ms; !woken_ && left_ms > 0; left_ms = until_ms - now_ms()) {
    if (!timer_) {
      auto pause = loop_.sleep(std::min(kCoarseMs, left_ms));
      co_await std::move(pause);
      continue;
    }
    arm(left_ms);
    std::array<char, sizeof(std::uint64_t)> expirations{};
    auto expiry = timer_->read_some(expirations);
    const auto read = co_await std::move(expiry);
    if (!read.ok()) timer_.reset();
  }
  waiting_ = false;
  co_return std::exchange(woken_, false);
}

void TimedWait::wake() {
  woken_ = true;
  if (waiting_ && timer_) arm(0);
}

void TimedWait::arm(std::int64_t ms) const {
  // Zero would disarm it.
  const auto ns = std::max<std::int64_t>(ms * kNsPerMs, 1);
  const itimerspec when{{}, {ns / kNsPerSecond, ns % kNsPerSecond}};
  ::timerfd_settime(fd_, 0, &when, nullptr);
}

}  // namespace b3iq::client

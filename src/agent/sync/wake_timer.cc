#include "agent/sync/wake_timer.h"

#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <optional>

#include "http/fd_stream.h"

namespace b3iq::agent {

using base::Task;

namespace {

// How long the fall-back sleeps before it looks again.
constexpr std::int64_t kCoarseMs = 250;
constexpr std::int64_t kMsPerSecond = 1'000;
constexpr std::int64_t kNsPerMs = 1'000'000;

std::int64_t boot_ms() {
  timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return std::int64_t{t.tv_sec} * kMsPerSecond + t.tv_nsec / kNsPerMs;
}

class BootTimer final : public WakeTimer {
 public:
  explicit BootTimer(http::EventLoop& loop) : loop_(loop) {
    const int fd = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) return;
    fd_ = fd;
    stream_.emplace(loop, fd);
  }

  Task<void> wait_until(std::int64_t at_ms) override {
    waiting_ = true;
    while (!woken_ && boot_ms() < at_ms) {
      if (!stream_) {
        co_await loop_.sleep(std::min(kCoarseMs, at_ms - boot_ms()));
        continue;
      }
      arm(at_ms);
      std::array<char, sizeof(std::uint64_t)> expirations{};
      const auto read = co_await stream_->read_some(expirations);
      if (!read.ok()) stream_.reset();
    }
    waiting_ = false;
    woken_ = false;
  }

  void wake() override {
    woken_ = true;
    if (waiting_ && stream_) arm(0);
  }

 private:
  void arm(std::int64_t at_ms) const {
    // Zero would disarm it.
    const auto at = std::max<std::int64_t>(at_ms, 1);
    const itimerspec when{{}, {at / kMsPerSecond, (at % kMsPerSecond) * kNsPerMs}};
    ::timerfd_settime(fd_, TFD_TIMER_ABSTIME, &when, nullptr);
  }

  http::EventLoop& loop_;
  int fd_ = -1;  // the stream's
  std::optional<http::FdStream> stream_;
  bool waiting_ = false;
  bool woken_ = false;
};

class BootClock final : public WakeClock {
 public:
  explicit BootClock(http::EventLoop& loop) : loop_(loop) {}
  std::int64_t now_ms() const override { return boot_ms(); }
  std::unique_ptr<WakeTimer> timer() override { return std::make_unique<BootTimer>(loop_); }

 private:
  http::EventLoop& loop_;
};

}  // namespace

std::unique_ptr<WakeClock> boot_clock(http::EventLoop& loop) {
  return std::make_unique<BootClock>(loop);
}

}  // namespace b3iq::agent

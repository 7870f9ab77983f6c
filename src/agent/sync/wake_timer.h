// Waiting on a clock that also runs while the machine sleeps: what was due meanwhile is due at once
// when it wakes. A port, so that tests move the time themselves. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>

#include "base/task.h"
#include "http/event_loop.h"

namespace b3iq::agent {

// For one waiter at a time.
class WakeTimer {
 public:
  virtual ~WakeTimer() = default;
  // Resumes the caller when the clock has reached `at_ms`, or after wake(), whichever is first. A
  // wake() that nobody waited for ends the next wait at once.
  virtual base::Task<void> wait_until(std::int64_t at_ms) = 0;
  virtual void wake() = 0;
};

class WakeClock {
 public:
  virtual ~WakeClock() = default;
  // Milliseconds since the machine started, its sleep included.
  virtual std::int64_t now_ms() const = 0;
  virtual std::unique_ptr<WakeTimer> timer() = 0;
};

// CLOCK_BOOTTIME. Without a descriptor left for a timer it falls back to the loop's own, which
// cannot be woken and stands while the machine sleeps. `loop` outlives it and its timers.
std::unique_ptr<WakeClock> boot_clock(http::EventLoop& loop);

}  // namespace b3iq::agent

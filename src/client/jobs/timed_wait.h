// A wait for a time that can be cut short. Loop thread only.
#pragma once

#include <cstdint>
#include <optional>

#include "base/task.h"
#include "http/event_loop.h"
#include "http/fd_stream.h"

namespace b3iq::client {

// For one waiter at a time; outlives its waits. Without a descriptor left for a timer it looks at
// the time every kCoarseMs.
class TimedWait {
 public:
  // `loop` outlives it.
  explicit TimedWait(http::EventLoop& loop);

  // True after wake(), false after `ms`, whichever is first. A wake() that nobody waited for ends
  // the next wait at once.
  base::Task<bool> wait(std::int64_t ms);
  void wake();

 private:
  void arm(std::int64_t ms) const;

  http::EventLoop& loop_;
  int fd_ = -1;  // the stream's
  std::optional<http::FdStream> timer_;
  bool waiting_ = false;
  bool woken_ = false;
};

}  // namespace b3iq::client

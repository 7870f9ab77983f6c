// When what nodes send by themselves, again and again, goes to the database: heartbeats and polls
// of a large fleet come one by one, and a commit for each of them costs more than all that is in
// it. Their commits start kCommitPaceMs apart, so that each holds what came meanwhile; where
// nothing came for that long, nobody waits. What a person or a command waits for is not held up.
// Loop thread.
#pragma once

#include <cstdint>

#include "base/task.h"
#include "http/event_loop.h"

namespace b3iq::control {

// Far below a heartbeat's interval, and below what its answer may take.
inline constexpr std::int64_t kCommitPaceMs = 10;

class CommitPace {
 public:
  explicit CommitPace(http::EventLoop& loop, std::int64_t apart_ms = kCommitPaceMs)
      : loop_(loop), apart_ms_(apart_ms) {}
  CommitPace(const CommitPace&) = delete;
  CommitPace& operator=(const CommitPace&) = delete;

  // Returns at once or with all others that wait for the next start.
  base::Task<void> turn();

 private:
  http::EventLoop& loop_;
  const std::int64_t apart_ms_;
  std::int64_t next_ms_ = 0;  // on the loop's clock
};

}  // namespace b3iq::control

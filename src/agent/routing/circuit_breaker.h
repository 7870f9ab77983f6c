// Keeps calls away from a runtime that keeps failing, and lets one through now and then to see
// whether it is back. Loop thread only.
//
//   closed --kFailuresToOpen in a row--> open --after the pause--> one trial --ok--> closed
//                                          ^---------fails, pause doubled----'
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace b3iq::agent {

inline constexpr int kFailuresToOpen = 3;
inline constexpr std::int64_t kFirstPauseMs = 2'000;
inline constexpr std::int64_t kLongestPauseMs = 60'000;

class CircuitBreaker {
 public:
  explicit CircuitBreaker(const base::Clock& clock) : clock_(clock) {}

  // Whether a call may try the runtime now. True takes the trial when the breaker is open; exactly
  // one of the three below must follow.
  bool begin();
  void succeeded();
  void failed();
  // The call ended without telling anything about the runtime (its caller went away).
  void undecided() { trial_running_ = false; }

  bool open() const { return failures_ >= kFailuresToOpen; }
  // Milliseconds until the next trial; 0 when one may begin now.
  std::int64_t wait_ms() const;

 private:
  const base::Clock& clock_;
  int failures_ = 0;
  std::int64_t pause_ms_ = kFirstPauseMs;
  std::int64_t next_trial_ns_ = 0;
  bool trial_running_ = false;
};

}  // namespace b3iq::agent

// When something is tried again: full jitter (a random part of a delay that doubles up to a cap),
// so that nodes which lost their control plane together do not come back together. Pure but for
// `random`; one thread.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace b3iq::agent {

inline constexpr std::int64_t kFirstRetryMs = 1'000;
inline constexpr std::int64_t kLongestRetryMs = 120'000;
// The longest advice of a server that is followed: a wrong one must not silence a node for days.
inline constexpr std::int64_t kLongestAdviceMs = 3'600'000;
inline constexpr std::int64_t kShortestRetryMs = 250;

// A whole number from 0 to `most`, evenly.
std::int64_t draw_up_to(std::int64_t most, base::Random& random);
// `ms`, a tenth of it more or less.
std::int64_t jittered(std::int64_t ms, base::Random& random);

class Backoff {
 public:
  explicit Backoff(base::Random& random) : random_(random) {}
  void succeeded() { failures_ = 0; }
  // After a failure: how long to wait. With `advice_ms` (a server's Retry-After; 0: none) at least
  // that, and up to a quarter more, so that all who were told the same come one after the other.
  std::int64_t next_ms(std::int64_t advice_ms);
  int failures() const { return failures_; }

 private:
  base::Random& random_;
  int failures_ = 0;  // in a row
};

}  // namespace b3iq::agent

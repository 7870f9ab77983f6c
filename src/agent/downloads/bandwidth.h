// How fast bytes may come, whoever receives them: over any span of t seconds at most rate × t, and
// what comes in kBandwidthCreditMs, and one piece.
#pragma once

#include <cstdint>

namespace b3iq::agent {

// Time not used is given back up to this: a late timer does not make the whole slower.
inline constexpr std::int64_t kBandwidthCreditMs = 100;
// Shorter pauses are saved up for a longer one.
inline constexpr std::int64_t kMinBandwidthPauseMs = 5;

// One thread.
class Bandwidth {
 public:
  explicit Bandwidth(std::int64_t bytes_per_second) : rate_(bytes_per_second) {}

  // Notes that `bytes` (at most 1 GiB) came at `now_ns` (steady) and returns how long to wait
  // before more is read.
  std::int64_t pause_ms(std::int64_t bytes, std::int64_t now_ns);

 private:
  std::int64_t rate_;         // bytes a second; 0: no limit
  std::int64_t free_ns_ = 0;  // when all that came is paid for
};

}  // namespace b3iq::agent

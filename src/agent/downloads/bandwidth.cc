#include "agent/downloads/bandwidth.h"

#include <algorithm>

namespace b3iq::agent {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerMs = 1'000'000;

}  // namespace

std::int64_t Bandwidth::pause_ms(std::int64_t bytes, std::int64_t now_ns) {
  if (rate_ <= 0) return 0;
  const std::int64_t earliest = free_ns_ == 0 ? now_ns : now_ns - kBandwidthCreditMs * kNsPerMs;
  // Rounded up: never faster than the limit.
  const std::int64_t cost_ns =
      bytes / rate_ * kNsPerSecond + (bytes % rate_ * kNsPerSecond + rate_ - 1) / rate_;
  free_ns_ = std::max(free_ns_, earliest) + cost_ns;
  const std::int64_t wait_ms = (free_ns_ - now_ns + kNsPerMs - 1) / kNsPerMs;
  return wait_ms < kMinBandwidthPauseMs ? 0 : wait_ms;
}

}  // namespace b3iq::agent

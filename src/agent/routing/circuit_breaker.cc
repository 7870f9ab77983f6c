#include "agent/routing/circuit_breaker.h"

#include <algorithm>

namespace b3iq::agent {

namespace {
constexpr std::int64_t kNsPerMs = 1'000'000;
}

bool CircuitBreaker::begin() {
  if (!open()) return true;
  if (trial_running_ || wait_ms() > 0) return false;
  trial_running_ = true;
  return true;
}

void CircuitBreaker::succeeded() {
  failures_ = 0;
  pause_ms_ = kFirstPauseMs;
  trial_running_ = false;
}

void CircuitBreaker::failed() {
  const bool was_open = open();
  // Calls that began before it opened and fail now say nothing new.
  if (was_open && !trial_running_) return;
  trial_running_ = false;
  ++failures_;
  if (!open()) return;
  if (was_open) pause_ms_ = std::min(pause_ms_ * 2, kLongestPauseMs);
  next_trial_ns_ = clock_.steady_ns() + pause_ms_ * kNsPerMs;
}

std::int64_t CircuitBreaker::wait_ms() const {
  if (!open()) return 0;
  return std::max<std::int64_t>(0, (next_trial_ns_ - clock_.steady_ns() + kNsPerMs - 1) / kNsPerMs);
}

}  // namespace b3iq::agent

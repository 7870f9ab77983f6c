#include "agent/auth/login_throttle.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

std::int64_t pause_ms(int failures) {
  std::int64_t pause = kFirstLoginPauseMs;
  for (int i = kFreeLoginAttempts; i < failures && pause < kLongestLoginPauseMs; ++i) pause *= 2;
  return std::min(pause, kLongestLoginPauseMs);
}

}  // namespace

Status LoginThrottle::begin(Track& track) {
  const auto now = clock_.steady_ns();
  if (now < track.next_allowed_ns) {
    const auto wait_ms = (track.next_allowed_ns - now + kNsPerMs - 1) / kNsPerMs;
    Error error(ErrorCode::rate_limited,
                "Too many logins failed. Wait as long as Retry-After says, or make a recovery "
                "address on the machine: b3iq-host wizard url --with-token");
    error.retry_after_ms = wait_ms;
    return error;
  }
  ++track.failures;
  if (track.failures >= kFreeLoginAttempts)
    track.next_allowed_ns = now + pause_ms(track.failures) * kNsPerMs;
  return {};
}

Status LoginThrottle::begin_attempt(const std::optional<SecretHash>& browser) {
  return begin(browser ? known_[*browser] : strangers_);
}

void LoginThrottle::succeeded(const std::optional<SecretHash>& browser) {
  if (browser) {
    known_.erase(*browser);
  } else {
    strangers_ = {};
  }
}

bool LoginThrottle::spent(const SecretHash& browser) const {
  const auto found = known_.find(browser);
  return found != known_.end() && found->second.failures >= kKnownBrowserFailures;
}

}  // namespace b3iq::agent

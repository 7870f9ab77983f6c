#include "agent/auth/login_throttle.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "crypto/sha256.h"

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

LoginThrottle::LoginThrottle(const base::Clock& clock, base::Random& random) : clock_(clock) {
  random.fill(salt_);
}

std::size_t LoginThrottle::track_of(std::string_view name) const {
  std::string salted(salt_.begin(), salt_.end());
  salted += name;
  const auto hash = crypto::sha256(base::as_bytes(salted));
  return (std::size_t{hash[0]} << 8 | hash[1]) % kNameTracks;
}

Status LoginThrottle::begin(Track& track) {
  const auto now = clock_.steady_ns();
  if (now < track.next_allowed_ns) {
    const auto wait_ms = (track.next_allowed_ns - now + kNsPerMs - 1) / kNsPerMs;
    Error error(ErrorCode::rate_limited,
                "Too many logins failed. Wait as long as Retry-After says. Or the owner makes a "
                "recovery address on the machine: b3iq-host wizard url --with-token; and for "
                "other users an invitation.");
    error.retry_after_ms = wait_ms;
    return error;
  }
  ++track.failures;
  if (track.failures >= kFreeLoginAttempts)
    track.next_allowed_ns = now + pause_ms(track.failures) * kNsPerMs;
  return {};
}

Status LoginThrottle::begin_attempt(const Who& who) {
  return begin(who.browser ? known_[*who.browser] : by_name_[track_of(who.name)]);
}

void LoginThrottle::succeeded(const Who& who) {
  if (who.browser) {
    known_.erase(*who.browser);
  } else {
    by_name_.erase(track_of(who.name));
  }
}

void LoginThrottle::taken_back(const Who& who) {
  auto& track = who.browser ? known_[*who.browser] : by_name_[track_of(who.name)];
  if (track.failures > 0) --track.failures;
  if (track.failures < kFreeLoginAttempts) track.next_allowed_ns = 0;
}

bool LoginThrottle::spent(const SecretHash& browser) const {
  const auto found = known_.find(browser);
  return found != known_.end() && found->second.failures >= kKnownBrowserFailures;
}

}  // namespace b3iq::agent

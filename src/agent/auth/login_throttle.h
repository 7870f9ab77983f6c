// Slows the guessing of passwords without ever locking the owner out: browsers that have logged in
// before are counted each for itself, all others together. A stranger who guesses without end makes
// other strangers wait, not the owner's browser; and `b3iq-host wizard url --with-token` works
// always. Loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "agent/auth/local_key_types.h"
#include "base/clock.h"
#include "base/result.h"

namespace b3iq::agent {

inline constexpr int kFreeLoginAttempts = 5;               // before the first pause
inline constexpr std::int64_t kFirstLoginPauseMs = 1'000;  // doubled by each further failure
inline constexpr std::int64_t kLongestLoginPauseMs = 60'000;
// A known browser that fails as often as this in a row is a stranger from then on.
inline constexpr int kKnownBrowserFailures = 20;

class LoginThrottle {
 public:
  explicit LoginThrottle(const base::Clock& clock) : clock_(clock) {}

  // Called before a password is looked at; counts as a failure until succeeded() takes it back, so
  // attempts that run at once count too. `browser`: the hash of a known browser's cookie, or
  // nothing. Errors: rate_limited with the time to wait, whatever the name and password are.
  base::Status begin_attempt(const std::optional<SecretHash>& browser);
  void succeeded(const std::optional<SecretHash>& browser);
  // Whether this known browser has failed so often that it is to be forgotten.
  bool spent(const SecretHash& browser) const;

 private:
  struct Track {
    int failures = 0;
    std::int64_t next_allowed_ns = 0;
  };
  base::Status begin(Track& track);

  const base::Clock& clock_;
  Track strangers_;
  std::map<SecretHash, Track> known_;  // as many as there are known browsers with a failure
};

}  // namespace b3iq::agent

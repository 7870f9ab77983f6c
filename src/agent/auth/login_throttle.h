// Slows the guessing of passwords without ever locking anybody out: a browser that has logged in
// before is counted for itself, all others by the name that they try. A stranger who guesses one
// user's password makes other strangers wait who try that name, not the user's own browser, and not
// other users; and `b3iq-host wizard url --with-token` works always. Names that nobody has are
// counted like others, so that being slowed says nothing about a name. Loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "agent/auth/local_key_types.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace b3iq::agent {

inline constexpr int kFreeLoginAttempts = 5;               // before the first pause
inline constexpr std::int64_t kFirstLoginPauseMs = 1'000;  // doubled by each further failure
inline constexpr std::int64_t kLongestLoginPauseMs = 60'000;
// A known browser that fails as often as this in a row is a stranger from then on.
inline constexpr int kKnownBrowserFailures = 20;

// Names share this many counts: the memory is bounded, whatever is tried, and who shares one with
// whom is known to nobody outside.
inline constexpr std::size_t kNameTracks = 4096;

class LoginThrottle {
 public:
  LoginThrottle(const base::Clock& clock, base::Random& random);

  // Whose count an attempt is.
  struct Who {
    std::optional<SecretHash> browser;  // the hash of the cookie, where the user is known by it
    std::string_view name;              // as folded_name gives it; read for other browsers
  };

  // Called before a password is looked at; counts as a failure until succeeded() takes it back, so
  // attempts that run at once count too. Errors: rate_limited with the time to wait, whatever the
  // name and password are.
  base::Status begin_attempt(const Who& who);
  void succeeded(const Who& who);
  // For an attempt whose password was not looked at after all.
  void taken_back(const Who& who);
  // Whether this known browser has failed so often that it is to be forgotten.
  bool spent(const SecretHash& browser) const;
  // For a browser that is forgotten: it is one of the strangers from then on.
  void forget(const SecretHash& browser) { known_.erase(browser); }

 private:
  struct Track {
    int failures = 0;
    std::int64_t next_allowed_ns = 0;
  };
  base::Status begin(Track& track);
  std::size_t track_of(std::string_view name) const;

  const base::Clock& clock_;
  SecretHash salt_{};                     // so that nobody can choose a name that shares a count
  std::map<std::size_t, Track> by_name_;  // at most kNameTracks
  std::map<SecretHash, Track> known_;     // as many as there are known browsers with a failure
};

}  // namespace b3iq::agent

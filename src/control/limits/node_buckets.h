// Who may ask how often: a bucket for each name, all with the same rate, and only for so many names
// as were seen lately. A name that was forgotten begins with a full bucket. Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/rate_bucket.h"
#include "base/result.h"
#include "control/auth/recent_map.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxLimitedNames = 200'000;

class RateLimiter {
 public:
  // `per_minute` 0: no limit.
  RateLimiter(std::int64_t per_minute, const base::Clock& clock,
              std::size_t bound = kMaxLimitedNames)
      : per_minute_(per_minute), clock_(clock), buckets_(bound) {}

  // Takes one. Error: rate_limited with the time to wait; `what` is in its text.
  base::Status take(std::string_view name, std::string_view what);
  // Whether one could be taken, without taking it. Error: as take().
  base::Status look(std::string_view name, std::string_view what);

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  base::Status check(const base::TokenBucket& bucket, std::string_view what) const;

  const std::int64_t per_minute_;
  const base::Clock& clock_;
  RecentMap<std::string, base::TokenBucket, TextHash> buckets_;
};

}  // namespace b3iq::control

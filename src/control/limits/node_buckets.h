// How often a node may ask, or how much it may bring: a bucket each, for as many nodes as were seen
// lately. A node that was forgotten begins with a full bucket. Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/rate_bucket.h"
#include "base/result.h"
#include "control/auth/recent_map.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxNodeBuckets = 200'000;

class NodeBuckets {
 public:
  // `per_minute` 0: no limit. `what`: of what, as the error says it; static storage.
  NodeBuckets(std::int64_t per_minute, const base::Clock& clock, std::string_view what = "requests",
              std::size_t bound = kMaxNodeBuckets)
      : per_minute_(per_minute), what_(what), clock_(clock), buckets_(bound) {}

  // Error: rate_limited with retry_after_ms; nothing is taken then.
  base::Status take(std::string_view node_id, std::int64_t amount = 1);

 private:
  const std::int64_t per_minute_;
  const std::string_view what_;
  const base::Clock& clock_;
  RecentMap<std::string, base::TokenBucket, TextHash> buckets_;
};

}  // namespace b3iq::control

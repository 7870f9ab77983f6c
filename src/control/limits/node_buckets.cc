#include "control/limits/node_buckets.h"

#include <fmt/format.h>

namespace b3iq::control {

base::Status NodeBuckets::take(std::string_view node_id, std::int64_t amount) {
  if (per_minute_ == 0) return {};
  const auto now = clock_.steady_ns();
  auto* bucket = buckets_.find(node_id);
  if (bucket == nullptr)
    bucket = &buckets_.put(std::string(node_id), base::TokenBucket(per_minute_, now));
  bucket->refill(now);
  if (bucket->fits(amount)) {
    bucket->take(amount);
    return {};
  }
  return base::Error(
      base::ErrorCode::rate_limited,
      fmt::format("A node may send {} {} a minute; send the next later.", per_minute_, what_), {},
      bucket->wait_ms(amount));
}

}  // namespace b3iq::control

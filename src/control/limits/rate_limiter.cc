#include "control/limits/rate_limiter.h"

#include <fmt/format.h>

namespace b3iq::control {

base::Status RateLimiter::check(const base::TokenBucket& bucket, std::string_view what) const {
  if (bucket.fits(1)) return {};
  const auto wait_ms = bucket.wait_ms(1);
  return base::Error(base::ErrorCode::rate_limited,
                     fmt::format("Too many {}; wait {} ms. The limit is {} a minute.", what,
                                 wait_ms, per_minute_),
                     {}, wait_ms);
}

base::Status RateLimiter::take(std::string_view name, std::string_view what) {
  if (per_minute_ == 0) return {};
  const auto now = clock_.steady_ns();
  auto* bucket = buckets_.find(name);
  if (bucket == nullptr)
    bucket = &buckets_.put(std::string(name), base::TokenBucket(per_minute_, now));
  bucket->refill(now);
  TRY_OK(check(*bucket, what));
  bucket->take(1);
  return {};
}

base::Status RateLimiter::look(std::string_view name, std::string_view what) {
  auto* bucket = per_minute_ == 0 ? nullptr : buckets_.find(name);
  if (bucket == nullptr) return {};
  bucket->refill(clock_.steady_ns());
  return check(*bucket, what);
}

}  // namespace b3iq::control

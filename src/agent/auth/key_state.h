// A key as the running node holds it: the record, its buckets and the meter it shares with its
// user's other keys. Loop thread only.
#pragma once

#include <memory>
#include <string>

#include "agent/auth/local_key_types.h"
#include "agent/auth/token_bucket.h"
#include "agent/auth/usage_meter.h"

namespace b3iq::agent {

struct KeyState {
  LocalKey key;
  TokenBucket requests;
  TokenBucket tokens;
  std::shared_ptr<UsageMeter> meter;
  std::string cache_partition;  // CachePartitions's, made at the first call

  KeyState(LocalKey k, std::shared_ptr<UsageMeter> m, std::int64_t now_ns)
      : key(std::move(k)),
        requests(key.spec.limits.requests_per_minute, now_ns),
        tokens(key.spec.limits.tokens_per_minute, now_ns),
        meter(std::move(m)) {}

  // Ok while the key may be used; key_revoked or key_expired otherwise.
  base::Status usable(std::int64_t now_ms) const;
};

}  // namespace b3iq::agent

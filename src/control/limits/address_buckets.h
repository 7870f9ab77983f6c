// Rate limits by address: a bucket each, for a bounded number of addresses. An IPv6 address counts
// as its /64, which one customer of a provider has whole. Loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/rate_bucket.h"
#include "base/result.h"

namespace b3iq::control {

// The bucket that was used longest ago makes room: an attacker with so many addresses is not
// stopped by limits per address.
inline constexpr std::size_t kMaxAddressBuckets = 65'536;

class AddressBuckets {
 public:
  // 0: no limit.
  AddressBuckets(std::int64_t per_minute, const base::Clock& clock)
      : per_minute_(per_minute), clock_(clock) {}

  // Takes one. Error: rate_limited with retry_after_ms.
  base::Status take(std::string_view address);
  // The same without taking: whether take() would let it pass.
  base::Status check(std::string_view address);
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Entry {
    std::string address;
    base::TokenBucket bucket;
  };
  Entry& entry_of(std::string_view address);
  base::Status judged(std::string_view address, std::int64_t taken);

  std::int64_t per_minute_;
  const base::Clock& clock_;
  std::list<Entry> buckets_;  // the one used last in front
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_address_;
};

}  // namespace b3iq::control

#include "control/limits/address_buckets.h"

#include <fmt/format.h>

#include "control/config/address_range.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

constexpr std::size_t kIpv6NetworkBytes = 8;

// Bytes, not text: one address has many spellings.
std::string bucket_key(std::string_view address) {
  const auto bytes = parse_address(address);
  if (!bytes) return std::string(address.substr(0, 64));
  const bool v4 =
      AddressRange{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0}, 96}.contains(*bytes);
  return {reinterpret_cast<const char*>(bytes->data()), v4 ? bytes->size() : kIpv6NetworkBytes};
}

}  // namespace

AddressBuckets::Entry& AddressBuckets::entry_of(std::string_view address) {
  const auto key = bucket_key(address);
  if (const auto found = by_address_.find(key); found != by_address_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
    return buckets_.front();
  }
  if (buckets_.size() >= kMaxAddressBuckets) {
    by_address_.erase(buckets_.back().address);
    buckets_.pop_back();
  }
  buckets_.push_front({key, base::TokenBucket(per_minute_, clock_.steady_ns())});
  by_address_[buckets_.front().address] = buckets_.begin();
  return buckets_.front();
}

Status AddressBuckets::judged(std::string_view address, std::int64_t taken) {
  if (per_minute_ == 0) return {};
  auto& bucket = entry_of(address).bucket;
  bucket.refill(clock_.steady_ns());
  if (!bucket.fits(1)) {
    Error error(ErrorCode::rate_limited,
                fmt::format("This address may make {} such requests a minute. Wait as long as "
                            "Retry-After says.",
                            per_minute_));
    error.retry_after_ms = bucket.wait_ms(1);
    return error;
  }
  bucket.take(taken);
  return {};
}

Status AddressBuckets::take(std::string_view address) { return judged(address, 1); }
// An address that has no bucket would begin with a full one.
Status AddressBuckets::check(std::string_view address) {
  if (by_address_.empty() || !by_address_.contains(bucket_key(address))) return {};
  return judged(address, 0);
}

}  // namespace b3iq::control

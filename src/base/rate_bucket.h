// A token bucket that may go into debt: work is admitted on an estimate and corrected by what it
// really used.
#pragma once

#include <algorithm>
#include <cstdint>

namespace b3iq::base {

class TokenBucket {
 public:
  // `per_minute` tokens a minute, full at the start; 0 means no limit.
  TokenBucket(std::int64_t per_minute, std::int64_t now_ns)
      : capacity_(static_cast<double>(per_minute)), level_(capacity_), updated_ns_(now_ns) {}

  bool limited() const { return capacity_ > 0; }
  std::int64_t capacity() const { return static_cast<std::int64_t>(capacity_); }

  void refill(std::int64_t now_ns) {
    const double elapsed_minutes =
        static_cast<double>(std::max<std::int64_t>(0, now_ns - updated_ns_)) / 60e9;
    level_ = std::min(capacity_, level_ + elapsed_minutes * capacity_);
    updated_ns_ = std::max(updated_ns_, now_ns);
  }
  // Whether `amount` fits now. An amount above the capacity fits a full bucket (else it could never
  // run).
  bool fits(std::int64_t amount) const {
    return !limited() || level_ >= std::min(static_cast<double>(amount), capacity_);
  }
  // Negative amounts give back.
  void take(std::int64_t amount) {
    if (limited()) level_ = std::min(capacity_, level_ - static_cast<double>(amount));
  }
  std::int64_t remaining() const {
    return std::max<std::int64_t>(0, static_cast<std::int64_t>(level_));
  }
  // Milliseconds until `amount` fits.
  std::int64_t wait_ms(std::int64_t amount) const {
    if (fits(amount)) return 0;
    const double missing = std::min(static_cast<double>(amount), capacity_) - level_;
    return static_cast<std::int64_t>(missing / capacity_ * 60'000) + 1;
  }
  // Milliseconds until the bucket is full.
  std::int64_t full_ms() const {
    return limited() ? static_cast<std::int64_t>((capacity_ - level_) / capacity_ * 60'000) : 0;
  }

 private:
  double capacity_;
  double level_;
  std::int64_t updated_ns_;
};

}  // namespace b3iq::base

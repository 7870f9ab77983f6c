// What a key (or all keys of one user) has used in the current UTC day, month and ever, with what
// running calls hold reserved. Loop thread only. Durable numbers come from the receipt log's
// transaction; this is their running copy.
#pragma once

#include <cstdint>

#include "agent/auth/local_key_types.h"

namespace b3iq::agent {

// Days since 1970-01-01 UTC.
std::int64_t utc_day(std::int64_t wall_ms);
// The first day of the day's month.
std::int64_t utc_month_start(std::int64_t day);

class UsageMeter {
 public:
  struct Amount {
    std::int64_t requests = 0;
    std::int64_t tokens = 0;
  };

  // Adds finished use of `day` (also from the database at start, in any order of days up to
  // `today`).
  void add(std::int64_t day, Amount amount, std::int64_t today);
  Amount used(BudgetPeriod period, std::int64_t today);

  Amount reserved() const { return reserved_; }
  void reserve(Amount amount);
  void release(Amount amount);

 private:
  void roll(std::int64_t today);
  std::int64_t day_ = 0;
  Amount total_, month_, today_;
  Amount reserved_;
};

}  // namespace b3iq::agent

#include "agent/auth/usage_meter.h"

#include <chrono>

namespace b3iq::agent {

std::int64_t utc_day(std::int64_t wall_ms) {
  return std::chrono::floor<std::chrono::days>(std::chrono::milliseconds(wall_ms)).count();
}

std::int64_t utc_month_start(std::int64_t day) {
  using namespace std::chrono;
  const year_month_day date{sys_days(days(day))};
  return sys_days(date.year() / date.month() / 1).time_since_epoch().count();
}

// A clock that steps back must not open a new allowance: the day only moves forward.
void UsageMeter::roll(std::int64_t today) {
  if (today <= day_) return;
  if (utc_month_start(today) != utc_month_start(day_)) month_ = {};
  today_ = {};
  day_ = today;
}

void UsageMeter::add(std::int64_t day, Amount amount, std::int64_t today) {
  roll(today);
  const auto plus = [&](Amount& to) {
    to.requests += amount.requests;
    to.tokens += amount.tokens;
  };
  plus(total_);
  if (day >= utc_month_start(day_)) plus(month_);
  if (day >= day_) plus(today_);
}

UsageMeter::Amount UsageMeter::used(BudgetPeriod period, std::int64_t today) {
  roll(today);
  switch (period) {
    case BudgetPeriod::total:
      return total_;
    case BudgetPeriod::month:
      return month_;
    case BudgetPeriod::day:
      return today_;
  }
  return total_;
}

void UsageMeter::reserve(Amount amount) {
  reserved_.requests += amount.requests;
  reserved_.tokens += amount.tokens;
}

void UsageMeter::release(Amount amount) {
  reserved_.requests -= amount.requests;
  reserved_.tokens -= amount.tokens;
}

}  // namespace b3iq::agent

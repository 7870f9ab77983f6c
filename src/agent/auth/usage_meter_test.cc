#include "agent/auth/usage_meter.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

TEST(UsageMeter, UtcDaysAndMonths) {
  EXPECT_EQ(utc_day(0), 0);
  EXPECT_EQ(utc_day(kDayMs - 1), 0);
  EXPECT_EQ(utc_day(kDayMs), 1);
  const auto leap_day = utc_day(1'709'164'800'000);  // 2024-02-29
  EXPECT_EQ(leap_day - utc_month_start(leap_day), 28);
}

TEST(UsageMeter, CountsByPeriod) {
  UsageMeter meter;
  const auto today = utc_month_start(20'000) + 10;
  meter.add(today - 40, {1, 100}, today);
  meter.add(today - 3, {1, 10}, today);
  meter.add(today, {1, 1}, today);
  EXPECT_EQ(meter.used(BudgetPeriod::total, today).tokens, 111);
  EXPECT_EQ(meter.used(BudgetPeriod::month, today).tokens, 11);
  EXPECT_EQ(meter.used(BudgetPeriod::day, today).tokens, 1);
  EXPECT_EQ(meter.used(BudgetPeriod::day, today + 1).tokens, 0);
  EXPECT_EQ(meter.used(BudgetPeriod::total, today + 1).requests, 3);
}

TEST(UsageMeter, AClockThatStepsBackOpensNoNewAllowance) {
  UsageMeter meter;
  meter.add(20'000, {1, 50}, 20'000);
  EXPECT_EQ(meter.used(BudgetPeriod::day, 19'999).tokens, 50);
  EXPECT_EQ(meter.used(BudgetPeriod::day, 20'000).tokens, 50);
}

TEST(UsageMeter, ReservationsComeAndGo) {
  UsageMeter meter;
  meter.reserve({1, 30});
  meter.reserve({1, 5});
  EXPECT_EQ(meter.reserved().tokens, 35);
  meter.release({1, 30});
  EXPECT_EQ(meter.reserved().requests, 1);
  EXPECT_EQ(meter.reserved().tokens, 5);
}

}  // namespace
}  // namespace b3iq::agent

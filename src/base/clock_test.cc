#include "base/clock.h"

#include <gtest/gtest.h>

#include <string>

namespace b3iq::base {
namespace {

TEST(Clock, FormatsAndParsesTheWireForm) {
  EXPECT_EQ(format_rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(1'700'000'000'123), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(format_rfc3339(-1), "1969-12-31T23:59:59.999Z");
  for (const std::int64_t ms :
       {std::int64_t{0}, std::int64_t{951'782'400'000}, std::int64_t{4'102'444'799'999}}) {
    std::int64_t back = -1;
    ASSERT_TRUE(parse_rfc3339(format_rfc3339(ms), back));
    EXPECT_EQ(back, ms);
  }
  std::int64_t ms = 0;
  EXPECT_TRUE(parse_rfc3339("2024-02-29T12:00:00Z", ms));
  EXPECT_EQ(ms, 1'709'208'000'000);
}

TEST(Clock, RefusesOtherForms) {
  for (const char* bad :
       {"", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z",
        "2024-01-01T00:00:00", "2024-01-01T00:00:00+00:00", "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.1234Z", "2024-01-01T00:00:00.12aZ",
        "2024-1-01T00:00:00Z", "+024-01-01T00:00:00Z", "2024-01-01T00:00:00Zx",
        "2024-01-01T00:00:00z"}) {
    std::int64_t ms = 42;
    EXPECT_FALSE(parse_rfc3339(bad, ms)) << bad;
    EXPECT_EQ(ms, 42) << bad;
  }
}

TEST(Clock, TheFakeMovesBothClocks) {
  FakeClock clock(1000);
  const auto steady = clock.steady_ns();
  clock.advance_ms(250);
  EXPECT_EQ(clock.wall_ms(), 1250);
  EXPECT_EQ(clock.steady_ns() - steady, 250'000'000);
  clock.set_wall_ms(5);
  EXPECT_EQ(clock.wall_ms(), 5);
  EXPECT_EQ(clock.steady_ns() - steady, 250'000'000);
}

TEST(Clock, TheSystemClockRuns) {
  EXPECT_GT(system_clock().wall_ms(), 1'700'000'000'000);
  const auto a = system_clock().steady_ns();
  EXPECT_GE(system_clock().steady_ns(), a);
}

}  // namespace
}  // namespace b3iq::base

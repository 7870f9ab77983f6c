#include "agent/auth/admission.h"

#include <gtest/gtest.h>

#include <vector>

namespace b3iq::agent {
namespace {

using base::ErrorCode;

std::shared_ptr<KeyState> make_state(
    KeyLimits limits, const base::Clock& clock,
    std::shared_ptr<UsageMeter> meter = std::make_shared<UsageMeter>()) {
  LocalKey key;
  key.id = "key_1";
  key.spec.name = "k";
  key.spec.limits = limits;
  return std::make_shared<KeyState>(std::move(key), std::move(meter), clock.steady_ns());
}

TEST(Admission, G3_35_OnlyOneOfManyTakesTheLastRoom) {
  base::FakeClock clock;
  auto state = make_state({.budget_requests = 1}, clock);
  std::vector<Admission> held;
  int refused = 0;
  for (int i = 0; i < 64; ++i) {
    auto admitted = admit(state, {10, 10}, clock);
    if (admitted.ok()) {
      held.push_back(std::move(admitted).value());
    } else {
      EXPECT_EQ(admitted.error().code, ErrorCode::budget_exceeded);
      ++refused;
    }
  }
  EXPECT_EQ(held.size(), 1u);
  EXPECT_EQ(refused, 63);
}

TEST(Admission, TokenBudgetCountsWhatRunningCallsHold) {
  base::FakeClock clock;
  auto state = make_state({.budget_tokens = 100}, clock);
  auto first = admit(state, {20, 40}, clock);
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(admit(state, {20, 40}, clock).ok());
  first->settle(25, utc_day(clock.wall_ms()));
  auto second = admit(state, {20, 40}, clock);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(budget_left(*state, utc_day(clock.wall_ms())), 100 - 25 - 60);
}

TEST(Admission, NearTheEndOfATokenBudgetOneCallRunsAtATime) {
  base::FakeClock clock;
  auto state = make_state({.budget_tokens = 100}, clock);
  const CallEstimate call{.prompt_tokens = 10, .completion_tokens = 10, .prompt_bytes = 60};
  auto first = admit(state, call, clock);
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(admit(state, call, clock).ok());  // each may need 70
  first->settle(35, utc_day(clock.wall_ms()));
  EXPECT_TRUE(admit(state, call, clock).ok());
}

TEST(Admission, AnAbandonedCallGivesItsReservationBack) {
  base::FakeClock clock;
  auto state = make_state({.tokens_per_minute = 100, .budget_tokens = 100}, clock);
  {
    auto admitted = admit(state, {50, 50}, clock);
    ASSERT_TRUE(admitted.ok());
    EXPECT_FALSE(admit(state, {1, 0}, clock).ok());
  }
  EXPECT_TRUE(admit(state, {50, 50}, clock).ok());
}

TEST(Admission, RateLimitNamesTheWait) {
  base::FakeClock clock;
  auto state = make_state({.requests_per_minute = 2}, clock);
  ASSERT_TRUE(admit(state, {1, 1}, clock).ok());
  ASSERT_TRUE(admit(state, {1, 1}, clock).ok());
  auto refused = admit(state, {1, 1}, clock);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
  EXPECT_NEAR(static_cast<double>(refused.error().retry_after_ms), 30'000, 5);
  clock.advance_ms(refused.error().retry_after_ms);
  EXPECT_TRUE(admit(state, {1, 1}, clock).ok());
}

TEST(Admission, G3_41_KeysOfOneUserShareTheAllowance) {
  base::FakeClock clock;
  auto meter = std::make_shared<UsageMeter>();
  auto first = make_state({.budget_requests = 1}, clock, meter);
  auto second = make_state({.budget_requests = 1}, clock, meter);
  auto admitted = admit(first, {1, 1}, clock);
  ASSERT_TRUE(admitted.ok());
  admitted->settle(2, utc_day(clock.wall_ms()));
  EXPECT_FALSE(admit(second, {1, 1}, clock).ok());
}

TEST(Admission, ANewPeriodOpensTheBudgetAgain) {
  base::FakeClock clock;
  auto state = make_state({.budget_requests = 1, .budget_period = BudgetPeriod::day}, clock);
  auto admitted = admit(state, {1, 1}, clock);
  ASSERT_TRUE(admitted.ok());
  admitted->settle(2, utc_day(clock.wall_ms()));
  EXPECT_FALSE(admit(state, {1, 1}, clock).ok());
  clock.advance_ms(86'400'000);
  EXPECT_TRUE(admit(state, {1, 1}, clock).ok());
}

TEST(Admission, HeadersAsOpenAiClientsReadThem) {
  base::FakeClock clock;
  auto state = make_state({.requests_per_minute = 60, .tokens_per_minute = 1000}, clock);
  auto admitted = admit(state, {100, 100}, clock);
  std::vector<http::Header> headers;
  append_rate_limit_headers(*state, clock.steady_ns(), headers);
  ASSERT_EQ(headers.size(), 6u);
  EXPECT_EQ(headers[0].name, "x-ratelimit-limit-requests");
  EXPECT_EQ(headers[0].value, "60");
  EXPECT_EQ(headers[1].value, "59");
  EXPECT_EQ(headers[4].name, "x-ratelimit-remaining-tokens");
  EXPECT_EQ(headers[4].value, "800");
  EXPECT_EQ(headers[5].value, "12s");
}

TEST(Admission, AKeyWithoutLimitsHasNoHeaders) {
  base::FakeClock clock;
  auto state = make_state({}, clock);
  std::vector<http::Header> headers;
  append_rate_limit_headers(*state, clock.steady_ns(), headers);
  EXPECT_TRUE(headers.empty());
}

}  // namespace
}  // namespace b3iq::agent

// Spend caps over rolling windows.
#include <gtest/gtest.h>

#include <algorithm>

#include "control/testing/ledger_fixture.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;

class LedgerCapTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    make_account(kTestAccount);
  }
};

TEST_P(LedgerCapTest, G7_91_ASpendCapIsNeverExceededOverItsRollingWindow) {
  constexpr std::int64_t kHour = 3'600'000;
  credit(10'000);
  int number = 0;
  const auto spend = [&](std::uint64_t wei) {
    const auto job = "job_cap_" + std::to_string(number++);
    auto order = reserve_of(wei, job);
    order.cap = SpendCap{Amount(100), 24 * kHour};
    const auto reserved = post(order);
    if (!reserved.ok()) {
      EXPECT_EQ(reserved.error().code, ErrorCode::spend_cap_exceeded);
      return false;
    }
    EXPECT_TRUE(post(settle_of(wei, wei, 0, job)).ok());
    return true;
  };
  EXPECT_TRUE(spend(60));
  clock_.advance_ms(12 * kHour);
  EXPECT_TRUE(spend(40));
  EXPECT_FALSE(spend(1));
  clock_.advance_ms(-6 * kHour);  // a step back gives nothing
  EXPECT_FALSE(spend(1));
  clock_.advance_ms(6 * kHour);
  clock_.advance_ms(12 * kHour - 1);
  EXPECT_FALSE(spend(1));
  clock_.advance_ms(1);  // the first 60 are out of the window now
  EXPECT_TRUE(spend(60));
  EXPECT_FALSE(spend(1));
  EXPECT_EQ(verify(), "");
}

TEST_P(LedgerCapTest, G7_91_OpenReservationsCountAgainstTheCap) {
  credit(1'000);
  std::vector<LedgerOrder> orders;
  for (int i = 0; i < 10; ++i) {
    auto order = reserve_of(40, "job_open_" + std::to_string(i));
    order.cap = SpendCap{Amount(100), 1'000};
    orders.emplace_back(order);
  }
  const auto outcomes = post_all(std::move(orders));
  EXPECT_EQ(std::ranges::count_if(outcomes, [](const auto& one) { return one.ok(); }), 2);
}

B3_ON_EVERY_DATABASE(LedgerCapTest);

}  // namespace
}  // namespace b3iq::control

#include "agent/routing/circuit_breaker.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

class CircuitBreakerTest : public ::testing::Test {
 protected:
  void fail(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(breaker_.begin());
      breaker_.failed();
    }
  }
  base::FakeClock clock_;
  CircuitBreaker breaker_{clock_};
};

TEST_F(CircuitBreakerTest, OpensAfterFailuresInARowOnly) {
  fail(kFailuresToOpen - 1);
  ASSERT_TRUE(breaker_.begin());
  breaker_.succeeded();
  fail(kFailuresToOpen - 1);
  EXPECT_FALSE(breaker_.open());
  fail(1);
  EXPECT_TRUE(breaker_.open());
  EXPECT_FALSE(breaker_.begin());
  EXPECT_EQ(breaker_.wait_ms(), kFirstPauseMs);
}

TEST_F(CircuitBreakerTest, LetsOneTrialThroughAndClosesWhenItSucceeds) {
  fail(kFailuresToOpen);
  clock_.advance_ms(kFirstPauseMs);
  EXPECT_TRUE(breaker_.begin());
  EXPECT_FALSE(breaker_.begin()) << "one trial at a time";
  breaker_.succeeded();
  EXPECT_FALSE(breaker_.open());
  EXPECT_TRUE(breaker_.begin());
}

TEST_F(CircuitBreakerTest, PausesDoubleToABound) {
  fail(kFailuresToOpen);
  std::int64_t pause = kFirstPauseMs;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(breaker_.wait_ms(), pause);
    clock_.advance_ms(pause - 1);
    EXPECT_FALSE(breaker_.begin());
    clock_.advance_ms(1);
    ASSERT_TRUE(breaker_.begin());
    breaker_.failed();
    pause = std::min(pause * 2, kLongestPauseMs);
  }
}

TEST_F(CircuitBreakerTest, ACallerThatGoesLeavesTheTrialToTheNext) {
  fail(kFailuresToOpen);
  clock_.advance_ms(kFirstPauseMs);
  ASSERT_TRUE(breaker_.begin());
  breaker_.undecided();
  EXPECT_TRUE(breaker_.begin());
}

TEST_F(CircuitBreakerTest, LateFailuresOfEarlierCallsDoNotLengthenThePause) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(breaker_.begin());
  for (int i = 0; i < 10; ++i) breaker_.failed();
  EXPECT_EQ(breaker_.wait_ms(), kFirstPauseMs);
}

}  // namespace
}  // namespace b3iq::agent

#include "base/rate_bucket.h"

#include <gtest/gtest.h>

namespace b3iq::base {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(TokenBucket, ZeroMeansNoLimit) {
  TokenBucket bucket(0, 0);
  EXPECT_FALSE(bucket.limited());
  EXPECT_TRUE(bucket.fits(1'000'000));
  bucket.take(1'000'000);
  EXPECT_EQ(bucket.wait_ms(5), 0);
}

TEST(TokenBucket, RefillsByTheMinute) {
  TokenBucket bucket(60, 0);
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(bucket.fits(1));
    bucket.take(1);
  }
  EXPECT_FALSE(bucket.fits(1));
  EXPECT_NEAR(static_cast<double>(bucket.wait_ms(1)), 1000, 2);
  bucket.refill(kSecond);
  EXPECT_TRUE(bucket.fits(1));
  EXPECT_FALSE(bucket.fits(2));
}

TEST(TokenBucket, NeverHoldsMoreThanAMinute) {
  TokenBucket bucket(10, 0);
  bucket.refill(3600 * kSecond);
  EXPECT_EQ(bucket.remaining(), 10);
  bucket.take(-100);
  EXPECT_EQ(bucket.remaining(), 10);
}

TEST(TokenBucket, DebtIsPaidBack) {
  TokenBucket bucket(100, 0);
  bucket.take(150);  // the estimate was 50 too low
  EXPECT_EQ(bucket.remaining(), 0);
  bucket.refill(30 * kSecond);
  EXPECT_FALSE(bucket.fits(1));
  bucket.refill(31 * kSecond);
  EXPECT_TRUE(bucket.fits(1));
}

TEST(TokenBucket, ACallAboveTheCapacityRunsOnAFullBucket) {
  TokenBucket bucket(100, 0);
  EXPECT_TRUE(bucket.fits(500));
  bucket.take(1);
  EXPECT_FALSE(bucket.fits(500));
}

TEST(TokenBucket, AClockThatStepsBackGivesNothing) {
  TokenBucket bucket(60, 10 * kSecond);
  bucket.take(60);
  bucket.refill(5 * kSecond);
  EXPECT_EQ(bucket.remaining(), 0);
  bucket.refill(11 * kSecond);
  EXPECT_EQ(bucket.remaining(), 1);
}

}  // namespace
}  // namespace b3iq::base

#include "agent/downloads/retry_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;

// Draws the same byte for ever.
class FixedRandom final : public base::Random {
 public:
  explicit FixedRandom(std::uint8_t byte) : byte_(byte) {}
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, byte_); }

 private:
  std::uint8_t byte_;
};

const Error kFailed(ErrorCode::download_failed, "x");

TEST(RetrySchedule, DoublesWithJitterUpToABound) {
  FixedRandom least(0);
  RetrySchedule schedule({}, least);
  for (const std::int64_t half : {500, 1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}) {
    schedule.begin();
    EXPECT_EQ(schedule.next_ms(kFailed), half);
  }
  RetrySchedule random({}, base::system_random());
  for (int i = 0; i < kDownloadRetries; ++i) {
    const auto wait_ms = random.next_ms(kFailed);
    ASSERT_TRUE(wait_ms);
    EXPECT_GE(*wait_ms, kFirstBackoffMs / 2);
    EXPECT_LE(*wait_ms, kMaxBackoffMs);
  }
  EXPECT_FALSE(random.next_ms(kFailed)) << "it has an end";
}

TEST(RetrySchedule, EnoughProgressResetsTheCount) {
  FixedRandom least(0);
  DownloadLimits limits;
  limits.retries = 2;
  RetrySchedule schedule(limits, least);
  for (int i = 0; i < 20; ++i) {
    schedule.begin();
    schedule.progressed(kTryProgressBytes / 2);
    schedule.progressed(kTryProgressBytes / 2);
    EXPECT_EQ(schedule.next_ms(kFailed), kFirstBackoffMs / 2);
  }
  // A byte a try is none.
  int tries = 0;
  for (;; ++tries) {
    schedule.begin();
    schedule.progressed(1);
    if (!schedule.next_ms(kFailed)) break;
    ASSERT_LT(tries, 10);
  }
}

TEST(RetrySchedule, TheServersWishIsTheLeast) {
  FixedRandom least(0);
  RetrySchedule schedule({}, least);
  EXPECT_EQ(schedule.next_ms(Error(ErrorCode::download_failed, "x", "", 90'000)), 90'000);
  EXPECT_EQ(schedule.next_ms(Error(ErrorCode::download_failed, "x", "", 90'000'000)),
            kMaxRetryAfterMs);
}

}  // namespace
}  // namespace b3iq::agent

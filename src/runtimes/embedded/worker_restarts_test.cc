#include "runtimes/embedded/worker_restarts.h"

#include <gtest/gtest.h>

namespace b3iq::runtimes {
namespace {

TEST(WorkerRestarts, ThePauseDoublesAndTheThirdEndWithinAMinuteIsTheLast) {
  WorkerRestarts restarts;
  restarts.ended(1'000, 0);
  EXPECT_EQ(restarts.next_pause_ms(), kFirstBackoffMs);
  restarts.ended(2'000, 0);
  EXPECT_EQ(restarts.next_pause_ms(), 2 * kFirstBackoffMs);
  restarts.ended(3'000, 0);
  EXPECT_EQ(restarts.ends(), 3u);
  EXPECT_FALSE(restarts.next_pause_ms());
}

TEST(WorkerRestarts, AQuietMinuteForgetsWhatWasBefore) {
  WorkerRestarts restarts;
  restarts.ended(1'000, 0);
  EXPECT_TRUE(restarts.next_pause_ms());
  restarts.ended(1'000 + kBreakerWindowMs + 1, 0);
  EXPECT_EQ(restarts.ends(), 1u);
  EXPECT_EQ(restarts.next_pause_ms(), kFirstBackoffMs);
}

TEST(WorkerRestarts, TheSilenceBeforeAnEndIsNotTimeThatItLived) {
  constexpr std::int64_t kSilence = 2 * kBreakerWindowMs;
  WorkerRestarts restarts;
  for (std::int64_t at = 0; at < 3 * kSilence; at += kSilence) restarts.ended(at, kSilence);
  EXPECT_EQ(restarts.ends(), 3u);
  EXPECT_FALSE(restarts.next_pause_ms());
}

TEST(WorkerRestarts, ThePauseHasABound) {
  WorkerRestarts restarts;
  for (std::int64_t at = 0, pauses = 0; pauses < 12; ++pauses, at += kBreakerWindowMs / 2 + 1) {
    restarts.ended(at, 0);
    const auto pause = restarts.next_pause_ms();
    ASSERT_TRUE(pause);
    EXPECT_LE(*pause, kMaxBackoffMs);
  }
}

}  // namespace
}  // namespace b3iq::runtimes

#include "agent/downloads/bandwidth.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace b3iq::agent {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kStart = 77 * kNsPerMs;

TEST(Bandwidth, NoLimitNeverWaits) {
  Bandwidth bandwidth(0);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(bandwidth.pause_ms(1 << 30, kStart), 0);
}

TEST(Bandwidth, IsExactOverSeconds) {
  for (const std::int64_t rate : {3'000LL, 100'000LL, 12'345'678LL, 20'000'000'000LL}) {
    Bandwidth bandwidth(rate);
    const std::int64_t piece = std::min<std::int64_t>(rate / 7, 1 << 20);
    std::int64_t now_ns = kStart;
    std::int64_t bytes = 0;
    while (now_ns < kStart + 10'000 * kNsPerMs) {
      bytes += piece;
      const std::int64_t wait_ms = bandwidth.pause_ms(piece, now_ns);
      // Timers are late; the work itself takes a moment.
      now_ns += wait_ms * kNsPerMs + (wait_ms > 0 ? 2 * kNsPerMs : 1'000);
      const double seconds = static_cast<double>(now_ns - kStart) / 1e9;
      const double most =
          static_cast<double>(rate) * (seconds + static_cast<double>(kBandwidthCreditMs) / 1e3) +
          static_cast<double>(piece);
      ASSERT_LE(static_cast<double>(bytes), most) << rate;
    }
    if (rate < 1'000'000'000) {
      EXPECT_GE(static_cast<double>(bytes), static_cast<double>(rate) * 9.9) << "slower than said";
    }
  }
}

TEST(Bandwidth, TimeNotUsedIsGivenBackOnlyALittle) {
  Bandwidth bandwidth(1'000'000);
  EXPECT_EQ(bandwidth.pause_ms(100'000, kStart), 100);
  // An hour later a second's worth still costs nearly a second.
  const std::int64_t later = kStart + 3'600'000 * kNsPerMs;
  EXPECT_EQ(bandwidth.pause_ms(1'000'000, later), 1'000 - kBandwidthCreditMs);
}

}  // namespace
}  // namespace b3iq::agent

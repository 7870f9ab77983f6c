#include "control/auth/recent_map.h"

#include <gtest/gtest.h>

#include <string>

#include "control/limits/node_buckets.h"

namespace b3iq::control {
namespace {

TEST(RecentMap, StaysInItsBoundAndKeepsWhatIsUsed) {
  RecentMap<std::string, int, TextHash> map(100);
  map.put("kept", 7);
  for (int i = 0; i < 10'000; ++i) {
    map.put(std::to_string(i), i);
    ASSERT_NE(map.find(std::string_view("kept")), nullptr) << i;
    ASSERT_LE(map.size(), 102U);
  }
  EXPECT_EQ(*map.find(std::string_view("kept")), 7);
  EXPECT_EQ(map.find(std::string_view("1")), nullptr);
  EXPECT_NE(map.find(std::string_view("9999")), nullptr);
}

TEST(RecentMap, PutReplaces) {
  RecentMap<std::string, int, TextHash> map(2);
  map.put("a", 1);
  map.put("b", 1);
  map.put("a", 2);
  EXPECT_EQ(*map.find(std::string_view("a")), 2);
}

TEST(NodeBuckets, ANodeThatAsksTooOftenWaitsAndOthersDoNot) {
  base::FakeClock clock;
  NodeBuckets buckets(60, clock);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(buckets.take("a").ok());
  const auto refused = buckets.take("a");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::rate_limited);
  EXPECT_NEAR(static_cast<double>(refused.error().retry_after_ms), 1000, 10);
  EXPECT_TRUE(buckets.take("b").ok());
  clock.advance_ms(refused.error().retry_after_ms);
  EXPECT_TRUE(buckets.take("a").ok());
}

}  // namespace
}  // namespace b3iq::control

#include "config/value_text.h"

#include <gtest/gtest.h>

namespace b3iq::config {
namespace {

TEST(ValueText, Durations) {
  EXPECT_EQ(parse_duration_ms("250ms"), 250);
  EXPECT_EQ(parse_duration_ms("30s"), 30'000);
  EXPECT_EQ(parse_duration_ms("2h"), 7'200'000);
  EXPECT_EQ(parse_duration_ms("1500"), 1500);
  for (const auto* text : {"", "s", "-1s", "1.5s", "1 s", "1week", "99999999999999999d"}) {
    EXPECT_FALSE(parse_duration_ms(text)) << text;
  }
}

TEST(ValueText, Sizes) {
  EXPECT_EQ(parse_bytes("512"), 512);
  EXPECT_EQ(parse_bytes("8MiB"), 8 * 1024 * 1024);
  for (const auto* text : {"", "8MB", "8mib", "-1", "1e3", "9999999999999GiB"})
    EXPECT_FALSE(parse_bytes(text)) << text;
}

TEST(ValueText, Distances) {
  EXPECT_EQ(edit_distance("listen", "listen"), 0u);
  EXPECT_EQ(edit_distance("lisen", "listen"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
}

}  // namespace
}  // namespace b3iq::config

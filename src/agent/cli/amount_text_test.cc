#include "agent/cli/amount_text.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

TEST(AmountText, BytesInTheUnitThatFits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.0 KiB");
  EXPECT_EQ(bytes_text(std::int64_t{512} << 20), "512 MiB");
  EXPECT_EQ(bytes_text((std::int64_t{47} << 30) / 2), "23.5 GiB");
  EXPECT_EQ(bytes_text(std::int64_t{3} << 50), "3072 TiB");
}

TEST(AmountText, DurationsInTwoUnits) {
  EXPECT_EQ(duration_text(999), "0 s");
  EXPECT_EQ(duration_text(61'000), "1 min 1 s");
  EXPECT_EQ(duration_text(3'600'000), "1 h 0 min");
  EXPECT_EQ(duration_text(90'000'000), "1 d 1 h");
}

}  // namespace
}  // namespace b3iq::agent

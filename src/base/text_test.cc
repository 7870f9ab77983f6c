#include "base/text.h"

#include <gtest/gtest.h>

namespace b3iq::base {
namespace {

TEST(Text, TrimsSpaceAtBothSidesAndNowhereElse) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \r\n\t"), "");
  EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace b3iq::base

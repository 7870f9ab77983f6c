#include "config/nearest_name.h"

#include <gtest/gtest.h>

namespace b3iq::config {
namespace {

TEST(NearestName, FindsTypos) {
  const std::string_view names[] = {"listen", "limits.max_body", "log.level", "allow_remote"};
  EXPECT_EQ(nearest_name("lisen", names), "listen");
  EXPECT_EQ(nearest_name("lsiten", names), "listen");
  EXPECT_EQ(nearest_name("listenn", names), "listen");
  EXPECT_EQ(nearest_name("limits.maxbody", names), "limits.max_body");
  EXPECT_EQ(nearest_name("limit.max_body", names), "limits.max_body");
  EXPECT_EQ(nearest_name("max_body", names), "limits.max_body");
  EXPECT_EQ(nearest_name("allowremote", names), "allow_remote");
}

TEST(NearestName, SaysNothingWhenNothingIsNear) {
  const std::string_view names[] = {"listen", "log.level"};
  EXPECT_EQ(nearest_name("telemetry", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name(std::string(100'000, 'l'), names), "");
  EXPECT_EQ(nearest_name("listen", {}), "");
}

}  // namespace
}  // namespace b3iq::config

#include "config/rewrite.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace b3iq::config {
namespace {

TEST(Rewrite, ReplacesOneMemberAndKeepsTheOthers) {
  const auto out =
      with_member(R"({"b":1,"a":{"x":[1,2]},"setup":{"old":true}})", "setup", R"({"new":1})");
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(*out, "{\n  \"b\": 1,\n  \"a\": {\"x\":[1,2]},\n  \"setup\": {\"new\":1}\n}\n");
}

TEST(Rewrite, AppendsWhatIsNotThere) {
  EXPECT_EQ(with_member("{}", "setup", "true").value(), "{\n  \"setup\": true\n}\n");
}

TEST(Rewrite, LongValuesAreBrokenIntoLinesAndMeanTheSame) {
  std::string list = "[";
  for (int i = 0; i < 60; ++i) list += (i ? "," : "") + std::to_string(i);
  list += "]";
  const auto out = with_member("{\"x\":" + list + "}", "y", "1");
  ASSERT_TRUE(out.ok());
  const auto document = json::Document::parse(*out);
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root().find("x").to_text(), list);
}

TEST(Rewrite, RefusesWhatIsNoObject) {
  EXPECT_EQ(with_member("[]", "a", "1").error().code, base::ErrorCode::config_invalid);
  EXPECT_EQ(with_member("{", "a", "1").error().code, base::ErrorCode::config_invalid);
}

}  // namespace
}  // namespace b3iq::config

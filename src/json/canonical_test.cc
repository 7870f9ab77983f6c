#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "json/json.h"

namespace b3iq::json {
namespace {

std::string canonical_of(std::string_view text) {
  auto document = Document::parse(text);
  EXPECT_TRUE(document.ok()) << text;
  if (!document.ok()) return "(not parsed)";
  auto out = canonical(document->root());
  return out.ok() ? *out : "(refused)";
}

std::string read_vectors(const std::string& name) {
  std::ifstream file(std::string(B3IQ_SOURCE_DIR) + "/tests/vectors/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Canonical, FollowsTheVectors) {
  const std::string text = read_vectors("jcs.json");
  auto vectors = Document::parse(text);
  ASSERT_TRUE(vectors.ok()) << vectors.error().detail;
  const Value cases = vectors->root().find("cases");
  ASSERT_GE(cases.size(), 8u);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(canonical_of(*cases.at(i).find("input").string()),
              *cases.at(i).find("canonical").string())
        << *cases.at(i).find("name").string();
  }
  const Value refused = vectors->root().find("refused");
  ASSERT_GE(refused.size(), 8u);
  for (std::size_t i = 0; i < refused.size(); ++i) {
    auto document = Document::parse(*refused.at(i).find("input").string());
    EXPECT_FALSE(document.ok() && canonical(document->root()).ok())
        << *refused.at(i).find("name").string();
  }
}

TEST(Canonical, LeavesOutOneTopLevelMemberOnly) {
  auto document = Document::parse(R"({"b":{"sig":1},"sig":"x","a":[]})");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(*canonical_without(document->root(), "sig"), R"({"a":[],"b":{"sig":1}})");
  EXPECT_EQ(*canonical_without(document->root(), "none"), R"({"a":[],"b":{"sig":1},"sig":"x"})");
  auto array = Document::parse("[1]");
  EXPECT_EQ(*canonical_without(array->root(), "sig"), "[1]");
}

TEST(Canonical, IsAFixedPoint) {
  const std::string once =
      canonical_of(R"( { "z" : [ 3 , -0 , "\u0007\/" ] , "a" : { "y" : null , "x" : true } } )");
  EXPECT_EQ(once, R"({"a":{"x":true,"y":null},"z":[3,0,"\u0007/"]})");
  EXPECT_EQ(canonical_of(once), once);
}

}  // namespace
}  // namespace b3iq::json

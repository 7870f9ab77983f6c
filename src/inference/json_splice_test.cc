#include "inference/json_splice.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace b3iq::inference {
namespace {

std::string joined(const std::vector<std::string_view>& pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text.append(piece);
  return text;
}

std::string without(std::string_view object, std::string_view name) {
  const auto member = find_member(object, name);
  if (!member) return "absent";
  return joined(splice(object, {removal(object, *member)}));
}

TEST(JsonSplice, finds_a_member_behind_anything) {
  const std::string_view object =
      R"( { "a" : "x\"}],\\" , "b":[{"model":1},"]"],"c":{"model":"{"}, "model" : "right" } )";
  const auto member = find_member(object, "model");
  ASSERT_TRUE(member);
  EXPECT_EQ(object.substr(member->value_begin, member->value_end - member->value_begin),
            R"("right")");
  EXPECT_FALSE(find_member(object, "x"));
}

TEST(JsonSplice, finds_a_member_whose_name_is_escaped) {
  EXPECT_TRUE(find_member(R"({"\u0062\u0033iq":1})", "b3iq"));
  EXPECT_EQ(without(R"({"a":1,"\u0062\u0033iq":{"x":[1]}})", "b3iq"), R"({"a":1})");
}

TEST(JsonSplice, removes_first_middle_last_and_only) {
  EXPECT_EQ(without(R"({"a":1,"b":2,"c":3})", "a"), R"({"b":2,"c":3})");
  EXPECT_EQ(without(R"({"a":1,"b":2,"c":3})", "b"), R"({"a":1,"c":3})");
  EXPECT_EQ(without(R"({"a":1,"b":2,"c":3})", "c"), R"({"a":1,"b":2})");
  EXPECT_EQ(without(R"({"a":1})", "a"), "{}");
  EXPECT_EQ(without("{ \"a\" : 1 ,\n \"b\" : 2 }", "a"), "{ \n \"b\" : 2 }");
}

TEST(JsonSplice, edits_at_one_place_keep_their_order) {
  const std::string_view object = R"({"b3iq":{},"model":"old","x":1})";
  const auto old = find_member(object, "model");
  const auto gone = find_member(object, "b3iq");
  const Insertion front = front_insertion(object);
  ASSERT_TRUE(front.needs_comma);
  EXPECT_EQ(joined(splice(object, {{old->value_begin, old->value_end, R"("new")"},
                                   removal(object, *gone),
                                   {front.at, front.at, R"("s":1,)"}})),
            R"({"s":1,"model":"new","x":1})");
}

TEST(JsonSplice, appends_a_member) {
  std::string object = "{\"a\":1} \n";
  append_member(object, "b3iq", "{}");
  EXPECT_EQ(object, R"({"a":1,"b3iq":{}})");
  std::string empty = "{ }";
  append_member(empty, "b3iq", "1");
  EXPECT_EQ(empty, R"({ "b3iq":1})");
}

TEST(JsonSplice, removes_a_member_and_nothing_that_looks_like_it) {
  std::string nested = R"({"b3iq":"forged","c":[{"b3iq":1}],"t":"\"b3iq\":3}"})";
  remove_member(nested, "b3iq");
  EXPECT_EQ(nested, R"({"c":[{"b3iq":1}],"t":"\"b3iq\":3}"})");
  append_member(nested, "b3iq", "1");
  EXPECT_TRUE(json::Document::parse(nested).ok());
  std::string same = "{\"a\":1}\n";
  remove_member(same, "b3iq");
  EXPECT_EQ(same, R"({"a":1})");
}

TEST(JsonSplice, stays_inside_texts_that_are_no_json) {
  for (const std::string_view text : {"", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":\"",
                                      "{\"a\":[", "{\"a\":}", "{\"a\\", "[1]", "}"}) {
    EXPECT_FALSE(find_member(text, "zz"));
    std::string copy(text);
    append_member(copy, "zz", "1");
    remove_member(copy, "zz");
  }
}

}  // namespace
}  // namespace b3iq::inference

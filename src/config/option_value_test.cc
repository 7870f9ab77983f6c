#include "config/option_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace b3iq::config {
namespace {

using ::testing::HasSubstr;

Option option(Type type, std::int64_t min = 0,
              std::int64_t max = std::numeric_limits<std::int64_t>::max()) {
  return {.name = "x", .type = type, .min = min, .max = max};
}

base::Result<OptionValue> from_json(const Option& o, std::string_view text) {
  const auto document = json::Document::parse(text);
  EXPECT_TRUE(document.ok()) << text;
  return parse_json(o, document->root());
}

TEST(OptionValue, DurationsAndSizesHaveUnits) {
  const Option duration = option(Type::duration);
  EXPECT_EQ(*parse_text(duration, "250"), OptionValue(std::int64_t{250}));
  EXPECT_EQ(*parse_text(duration, "250ms"), OptionValue(std::int64_t{250}));
  EXPECT_EQ(*parse_text(duration, "3s"), OptionValue(std::int64_t{3000}));
  EXPECT_EQ(*parse_text(duration, "2m"), OptionValue(std::int64_t{120'000}));
  EXPECT_EQ(*from_json(duration, "\"1h\""), OptionValue(std::int64_t{3'600'000}));
  EXPECT_EQ(*from_json(duration, "5"), OptionValue(std::int64_t{5}));
  const Option size = option(Type::size);
  EXPECT_EQ(*parse_text(size, "64KiB"), OptionValue(std::int64_t{65'536}));
  EXPECT_EQ(*parse_text(size, "1GiB"), OptionValue(std::int64_t{1 << 30}));
  for (const char* bad : {"", "s", "1 s", "1.5s", "1S", "1KiB", "99999999999999999999",
                          "9999999999999999h", "+1", "1ss"}) {
    EXPECT_FALSE(parse_text(duration, bad).ok()) << bad;
  }
  for (const char* bad : {"1kb", "1MB", "-1", "0x10"})
    EXPECT_FALSE(parse_text(size, bad).ok()) << bad;
}

TEST(OptionValue, BoundsAreIncludedAndNamed) {
  const Option o = option(Type::duration, 1000, 600'000);
  EXPECT_TRUE(parse_text(o, "1s").ok());
  EXPECT_TRUE(parse_text(o, "10m").ok());
  EXPECT_FALSE(parse_text(o, "999ms").ok());
  EXPECT_EQ(parse_text(o, "11m").error().detail, "is 11m, but must be a duration from 1s to 10m");
  EXPECT_EQ(parse_text(option(Type::integer, 1), "0").error().detail,
            "is 0, but must be a whole number of at least 1");
}

TEST(OptionValue, KindsAreNotMixed) {
  EXPECT_FALSE(from_json(option(Type::boolean), "1").ok());
  EXPECT_FALSE(from_json(option(Type::boolean), "\"true\"").ok());
  EXPECT_FALSE(from_json(option(Type::integer), "\"1\"").ok());
  EXPECT_FALSE(from_json(option(Type::integer), "1.5").ok());
  EXPECT_FALSE(from_json(option(Type::text), "1").ok());
  EXPECT_FALSE(from_json(option(Type::text), "null").ok());
  EXPECT_FALSE(from_json(option(Type::list), "\"a,b\"").ok());
  EXPECT_FALSE(from_json(option(Type::section), "\"a\"").ok());
  EXPECT_THAT(from_json(option(Type::list), R"(["a", 1])").error().detail, HasSubstr("number 2"));
}

TEST(OptionValue, ListsAndSections) {
  EXPECT_EQ(*parse_text(option(Type::list), "a,b c,,d"),
            OptionValue(std::vector<std::string>{"a", "b c", "", "d"}));
  EXPECT_EQ(*parse_text(option(Type::list), ""), OptionValue(std::vector<std::string>{}));
  EXPECT_EQ(*from_json(option(Type::section), R"([ {"id": "x"} ])"),
            OptionValue(std::string(R"([{"id":"x"}])")));
}

TEST(OptionValue, ASecretIsNotInTheError) {
  Option o = option(Type::text, 0, 5);
  o.secrecy = Secrecy::secret;
  EXPECT_THAT(parse_text(o, "hunter2hunter2").error().detail, Not(HasSubstr("hunter")));
  o.type = Type::integer;
  EXPECT_THAT(parse_text(o, "hunter2").error().detail, Not(HasSubstr("hunter")));
}

TEST(OptionValue, ShownValuesReadBackTheSame) {
  for (const auto& [type, text] : {std::pair{Type::duration, "90s"},
                                   {Type::size, "3MiB"},
                                   {Type::size, "1000B"},
                                   {Type::integer, "-4"},
                                   {Type::boolean, "true"},
                                   {Type::list, "a,b"},
                                   {Type::text, "é"}}) {
    const Option o = option(type, type == Type::integer ? -10 : 0);
    const auto value = parse_text(o, text);
    ASSERT_TRUE(value.ok()) << text;
    EXPECT_EQ(show_value(o, *value), text);
  }
}

}  // namespace
}  // namespace b3iq::config

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "base/bytes.h"
#include "json/json.h"

namespace b3iq::json {
namespace {

base::Error error_of(std::string_view text, const Limits& limits = {}) {
  auto document = Document::parse(text, limits);
  EXPECT_FALSE(document.ok()) << text.substr(0, 200);
  if (document.ok()) return base::Error(base::ErrorCode::internal, "parsed");
  return document.error();
}

TEST(Document, ReadsEveryKind) {
  auto document = Document::parse(
      R"({"s":"a\u00e9\ud83d\ude00\n","i":-7,"r":0.7,"t":true,"f":false,"z":null,"l":[1,[],{}]})");
  ASSERT_TRUE(document.ok());
  const Value root = document->root();
  EXPECT_EQ(root.size(), 7u);
  EXPECT_EQ(root.find("s").string(), "a\xC3\xA9\xF0\x9F\x98\x80\n");
  EXPECT_EQ(root.find("i").integer(), -7);
  EXPECT_EQ(root.find("i").number(), -7.0);
  EXPECT_EQ(root.find("r").number(), 0.7);
  EXPECT_FALSE(root.find("r").integer());
  EXPECT_EQ(root.find("t").boolean(), true);
  EXPECT_EQ(root.find("f").boolean(), false);
  EXPECT_TRUE(root.find("z"));
  EXPECT_TRUE(root.find("z").is_null());
  EXPECT_EQ(root.find("l").size(), 3u);
  EXPECT_EQ(root.find("l").at(0).integer(), 1);
  EXPECT_EQ(root.find("l").at(1).size(), 0u);
  EXPECT_FALSE(root.find("l").at(3));
  EXPECT_FALSE(root.find("absent"));
  EXPECT_EQ(root.member(1).name, "i");
  EXPECT_FALSE(root.member(7).value);
  EXPECT_EQ(root.to_text(),
            "{\"s\":\"a\xC3\xA9\xF0\x9F\x98\x80\\n\",\"i\":-7,\"r\":0.7,\"t\":true,\"f\":false,"
            "\"z\":null,\"l\":[1,[],{}]}");
}

TEST(Document, HandlesSurviveMoves) {
  auto parsed = Document::parse(R"({"a":["long enough to be no small string at all, really"]})");
  ASSERT_TRUE(parsed.ok());
  const Value before = parsed->root();
  Document moved = std::move(parsed).value();
  Document again(std::move(moved));
  EXPECT_EQ(before.find("a").at(0).string(), "long enough to be no small string at all, really");
  EXPECT_EQ(again.root().raw_node(), before.raw_node());
}

bool lies_in(std::string_view part, std::string_view text) {
  return part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
}

TEST(Document, InPlaceLeavesWhatHasNoEscapeInTheText) {
  const std::string text = R"({"plain":"stays","a\u0062c":["caf\u00e9 x","",{"k":"\"q\" \\"}]})";
  for (const bool in_place : {false, true}) {
    const auto parsed = in_place ? Document::parse_in_place(text) : Document::parse(text);
    ASSERT_TRUE(parsed.ok());
    const Value root = parsed->root();
    EXPECT_EQ(root.find("plain").string(), "stays");
    EXPECT_EQ(root.member(1).name, "abc");
    EXPECT_EQ(root.find("abc").at(0).string(), "caf\xC3\xA9 x");
    EXPECT_EQ(root.find("abc").at(1).string(), "");
    EXPECT_EQ(root.find("abc").at(2).find("k").string(), "\"q\" \\");
    EXPECT_EQ(lies_in(*root.find("plain").string(), text), in_place);
    EXPECT_EQ(lies_in(root.member(0).name, text), in_place);
    EXPECT_FALSE(lies_in(root.member(1).name, text));
    EXPECT_FALSE(lies_in(*root.find("abc").at(0).string(), text));
  }
}

TEST(Document, AnAbsentValueAnswersEverything) {
  const Value absent;
  EXPECT_FALSE(absent);
  EXPECT_TRUE(absent.is_null());
  EXPECT_FALSE(absent.string());
  EXPECT_FALSE(absent.find("x").find("y").at(3));
  EXPECT_EQ(absent.to_text(), "null");
}

// CASES G2 #21 and G4 #49.
TEST(Document, RefusesDuplicateNames) {
  for (std::string_view text : {R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})",
                                R"([{"x":{"b":1,"c":2,"b":3}}])", R"({"":1,"":2})"}) {
    const auto error = error_of(text);
    EXPECT_EQ(error.code, base::ErrorCode::invalid_json) << text;
    EXPECT_NE(error.detail.find("same name"), std::string::npos) << error.detail;
  }
  EXPECT_TRUE(Document::parse(R"([{"a":1},{"a":2},{"b":{"a":1},"a":2}])").ok());
}

TEST(Document, RefusesDuplicateNamesInLargeObjectsAndFindsTheirMembers) {
  for (int n : {16, 17, 40, 5000}) {
    std::string text = "{";
    for (int i = 0; i < n; ++i)
      text += "\"member" + std::to_string(i * 7919 % n) + "x\":" + std::to_string(i) + ",";
    auto with_new = Document::parse(text + "\"new\":true}");
    ASSERT_TRUE(with_new.ok()) << n;
    for (int i = 0; i < n; ++i) {
      EXPECT_EQ(with_new->root().find("member" + std::to_string(i * 7919 % n) + "x").integer(), i);
    }
    EXPECT_EQ(with_new->root().find("new").boolean(), true);
    EXPECT_FALSE(with_new->root().find("member"));
    EXPECT_NE(error_of(text + "\"member3x\":1}").detail.find("same name"), std::string::npos);
  }
}

TEST(Document, RefusesWhatIsNotJson) {
  for (std::string_view text : {"",
                                " ",
                                "{",
                                "[1,]",
                                "{\"a\":1,}",
                                "{'a':1}",
                                "nul",
                                "nulll",
                                "NaN",
                                "Infinity",
                                "-Infinity",
                                "-",
                                "+1",
                                "01",
                                "1.",
                                ".5",
                                "1e",
                                "0x10",
                                "\"\t\"",
                                "\"\\x41\"",
                                "\"unterminated",
                                "// comment\n1",
                                "1 /* c */",
                                "1 2",
                                "{}{}",
                                "\xEF\xBB\xBF{}",
                                "[1 2]",
                                "{\"a\" 1}",
                                "{1:2}",
                                "\"\\u12g4\"",
                                "True"}) {
    EXPECT_EQ(error_of(text).code, base::ErrorCode::invalid_json) << text;
  }
  EXPECT_TRUE(Document::parse(" \t\r\n{} \n").ok());
}

TEST(Document, RefusesInvalidUnicode) {
  for (std::string_view text :
       {R"("\ud800")", R"("\udc00")", R"("\ud800\u0041")", R"("\ud83dx")", R"("\ude00\ud83d")",
        R"({"\ud800":1})", "\"\xFF\"", "\"\xC0\xAF\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"",
        "\"\xE2\x82\"", "\"\x80\"", "{\"\xFF\":1}", "\xFF"}) {
    EXPECT_EQ(error_of(text).code, base::ErrorCode::invalid_json) << text;
  }
  auto nul = Document::parse(R"("a\u0000b")");
  ASSERT_TRUE(nul.ok());
  EXPECT_EQ(nul->root().string(), std::string_view("a\0b", 3));
}

TEST(Document, BoundsDepthAndSize) {
  const std::string deep = std::string(100'000, '[');
  EXPECT_NE(error_of(deep).detail.find("too deeply"), std::string::npos);
  const auto nested = [](int n) {
    return std::string(static_cast<std::size_t>(n), '[') +
           std::string(static_cast<std::size_t>(n), ']');
  };
  EXPECT_TRUE(Document::parse(nested(64)).ok());
  EXPECT_FALSE(Document::parse(nested(65)).ok());
  EXPECT_TRUE(Document::parse(nested(3), {.max_depth = 3}).ok());
  EXPECT_FALSE(Document::parse(nested(4), {.max_depth = 3}).ok());
  EXPECT_EQ(error_of("[1,2,3]", {.max_bytes = 6}).code, base::ErrorCode::payload_too_large);
  const std::string big = "\"" + std::string(10'000'000, 'x') + "\"";
  EXPECT_EQ(error_of(big).code, base::ErrorCode::payload_too_large);
  auto allowed = Document::parse(big, {.max_bytes = 20'000'000});
  ASSERT_TRUE(allowed.ok());
  EXPECT_EQ(allowed->root().string()->size(), 10'000'000u);
}

// CASES G2 #22: what an integer field sees.
TEST(Document, KeepsNumbersExact) {
  const auto parsed = [](std::string_view text) {
    return std::move(Document::parse(text)).value();
  };
  EXPECT_EQ(parsed("-1").root().integer(), -1);
  EXPECT_EQ(parsed("9223372036854775807").root().integer(),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parsed("-9223372036854775808").root().integer(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_FALSE(parsed("9223372036854775808").root().integer());
  EXPECT_EQ(parsed("9223372036854775808").root().number(), 9223372036854775808.0);
  EXPECT_EQ(parsed("18446744073709551615").root().to_text(), "18446744073709551615");
  EXPECT_FALSE(parsed("1.0").root().integer());
  EXPECT_EQ(parsed("1.0").root().kind(), Kind::real);
  EXPECT_EQ(parsed("1.0").root().to_text(), "1.0");
  EXPECT_FALSE(parsed("0.5").root().integer());
  EXPECT_FALSE(parsed("1e2").root().integer());
  EXPECT_EQ(parsed("1e-400").root().number(), 0.0);
  EXPECT_EQ(parsed("5e-324").root().number(), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(parsed("1.7976931348623157e308").root().number(), std::numeric_limits<double>::max());
  for (std::string_view text : {"1e400", "-1e400", "1e99999999999999999999", "1.8e308"}) {
    EXPECT_EQ(error_of(text).code, base::ErrorCode::invalid_json) << text;
  }
}

TEST(Document, TellsTheOffsetAndNothingOfTheContent) {
  const auto error = error_of(R"({"secret":"hunter2", bad})");
  EXPECT_NE(error.detail.find("byte 21"), std::string::npos) << error.detail;
  EXPECT_EQ(error.detail.find("hunter2"), std::string::npos);
}

TEST(Document, TellsLineAndColumnOfATextOfSeveralLines) {
  const auto told = [](std::string_view text) { return error_of(text).detail; };
  EXPECT_NE(told("{\n  \"a\": 1\n  \"b\": 2\n}").find("line 3, column 3"), std::string::npos);
  EXPECT_NE(told("[1,,\n2]").find("line 1, column 4"), std::string::npos);
  EXPECT_NE(told("[1,\n").find("byte 4"), std::string::npos);
  EXPECT_NE(told("").find("byte 0"), std::string::npos);
}

TEST(Document, JoinsEscapedStringsOfAnySize) {
  for (std::size_t n : {1u, 4000u, 4096u, 5000u, 70'000u}) {
    std::string text = "[\"";
    std::string expected;
    for (std::size_t i = 0; i < n; ++i) {
      text += i % 3 == 0 ? "\\n" : i % 3 == 1 ? "\\u00e9" : "abcdefgh";
      expected += i % 3 == 0 ? "\n" : i % 3 == 1 ? "\xC3\xA9" : "abcdefgh";
    }
    auto document = Document::parse(text + "\",\"tail\"]");
    ASSERT_TRUE(document.ok());
    EXPECT_EQ(document->root().at(0).string(), expected);
    EXPECT_EQ(document->root().at(1).string(), "tail");
  }
}

RC_GTEST_PROP(DocumentProperty, WrittenDoublesReadBackTheSame, (double number)) {
  RC_PRE(std::isfinite(number));
  std::string text;
  Writer(text).value(number);
  auto document = Document::parse(text);
  RC_ASSERT(document.ok());
  RC_ASSERT(document->root().number() == number);
}

RC_GTEST_PROP(DocumentProperty, WrittenStringsReadBackTheSame, (const std::string& text)) {
  std::string out;
  append_string(out, text);
  auto document = Document::parse(out);
  RC_ASSERT(document.ok());
  if (base::valid_utf8(text)) RC_ASSERT(document->root().string() == text);
}

RC_GTEST_PROP(DocumentProperty, AnyBytesEitherParseOrAreRefused, (const std::string& text)) {
  auto document = Document::parse(text);
  const auto in_place = Document::parse_in_place(text);
  RC_ASSERT(document.ok() == in_place.ok());
  if (!document.ok()) return;
  RC_ASSERT(in_place->root().to_text() == document->root().to_text());
  auto again = Document::parse(document->root().to_text());
  RC_ASSERT(again.ok());
  RC_ASSERT(again->root().to_text() == document->root().to_text());
}

}  // namespace
}  // namespace b3iq::json

#include "json/member_text.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace b3iq::json {
namespace {

TEST(MemberText, IsTheTextAsItStands) {
  const std::string_view text =
      " {\"a\" : 1.50 ,\n\"b\":{\"c\":\"}\\\"{\",\"a\":[1,{}]  } , \"d\":[ [\"]\"],2 "
      "],\"e\":\"x\\\\\","
      "\"f\":null,\"g\":-2e9,\"h\":\"\",\"i\":{},\"j\":[]}  ";
  ASSERT_TRUE(Document::parse(text).ok());
  EXPECT_EQ(member_text(text, "a"), "1.50");
  EXPECT_EQ(member_text(text, "b"), "{\"c\":\"}\\\"{\",\"a\":[1,{}]  }");
  EXPECT_EQ(member_text(text, "d"), "[ [\"]\"],2 ]");
  EXPECT_EQ(member_text(text, "e"), "\"x\\\\\"");
  EXPECT_EQ(member_text(text, "f"), "null");
  EXPECT_EQ(member_text(text, "g"), "-2e9");
  EXPECT_EQ(member_text(text, "h"), "\"\"");
  EXPECT_EQ(member_text(text, "i"), "{}");
  EXPECT_EQ(member_text(text, "j"), "[]");
  EXPECT_EQ(member_text(text, "c"), std::nullopt) << "of the inner object";
  EXPECT_EQ(member_text(text, ""), std::nullopt);
}

TEST(MemberText, AnotherSpellingOfTheNameIsNotFound) {
  EXPECT_EQ(member_text(R"({"\u0061":1})", "a"), std::nullopt);
  EXPECT_EQ(member_text("{}", "a"), std::nullopt);
  EXPECT_EQ(member_text("{ }", "a"), std::nullopt);
}

TEST(MemberText, FindsItBehindLongAndForeignTexts) {
  const std::string prompt = "\"" + std::string(5000, 'x') + "\xc3\xa9\\n\\\"" + "\xe4\xbd\xa0\"";
  const std::string text = "{\"p\":" + prompt + ",\"q\":[" + prompt + "],\"r\":7}";
  ASSERT_TRUE(Document::parse(text).ok());
  EXPECT_EQ(member_text(text, "p"), prompt);
  EXPECT_EQ(member_text(text, "q"), "[" + prompt + "]");
  EXPECT_EQ(member_text(text, "r"), "7");
}

TEST(MemberText, SeveralInOneWalk) {
  const std::string_view text = R"({"a":[1],"b":{"c":2},"d":"x"})";
  const std::string_view names[] = {"d", "none", "a"};
  std::optional<std::string_view> texts[3];
  member_texts(text, names, texts);
  EXPECT_EQ(texts[0], "\"x\"");
  EXPECT_EQ(texts[1], std::nullopt);
  EXPECT_EQ(texts[2], "[1]");
}

// What it gives is the value that the parser found, for every member.
TEST(MemberText, AgreesWithTheParser) {
  const std::string text =
      R"({"a":{"b":[{"c":"\\"},"]"],"d":{}},"e":[],"f":"{","g":[[[1],2],{"h":"\""}],"i":false})";
  const auto document = Document::parse(text);
  ASSERT_TRUE(document.ok());
  for (std::size_t i = 0; i < document->root().size(); ++i) {
    const auto member = document->root().member(i);
    EXPECT_EQ(member_text(text, member.name), member.value.to_text());
  }
}

// On a text that no parser took it ends, inside of the text.
TEST(MemberText, EndsOnBrokenTexts) {
  const std::string text = R"({"a":{"b":[{"c":"\\"},"]"]},"z":1})";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const std::string cut = text.substr(0, n);
    const auto found = member_text(cut, "z");
    if (found) {
      EXPECT_LE(found->data() + found->size(), cut.data() + cut.size());
    }
  }
  for (std::string_view broken :
       {"", "{", "}", "\"", "{\"", "{\"z", "{\"z\"", "{\"z\":", "{\"z\":\"", "[", "{\"z\":}"})
    (void)member_text(broken, "z");
}

}  // namespace
}  // namespace b3iq::json

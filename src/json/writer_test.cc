#include <gtest/gtest.h>

#include <limits>

#include "json/json.h"

namespace b3iq::json {
namespace {

std::string as_json(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

TEST(Writer, PlacesCommas) {
  std::string out;
  Writer w(out);
  w.begin_object();
  w.member("id", "x");
  w.key("list");
  w.begin_array();
  w.value(1);
  w.value(-2);
  w.begin_object();
  w.end_object();
  w.begin_array();
  w.end_array();
  w.null();
  w.raw("{\"raw\":1}");
  w.end_array();
  w.member("flag", true);
  w.member("big", std::numeric_limits<std::uint64_t>::max());
  w.member("small", std::numeric_limits<std::int64_t>::min());
  w.member("real", 0.25);
  w.member("text", std::string("s"));
  w.key("nested");
  w.begin_object();
  w.member("a", 1u);
  w.end_object();
  w.end_object();
  EXPECT_EQ(out,
            "{\"id\":\"x\",\"list\":[1,-2,{},[],null,{\"raw\":1}],\"flag\":true,\"big\":"
            "18446744073709551615,"
            "\"small\":-9223372036854775808,\"real\":0.25,\"text\":\"s\",\"nested\":{\"a\":1}}");
}

TEST(Writer, NumbersThatJsonDoesNotHaveBecomeNull) {
  std::string out;
  Writer w(out);
  w.begin_array();
  w.value(std::numeric_limits<double>::quiet_NaN());
  w.value(std::numeric_limits<double>::infinity());
  w.value(1e22);
  w.value(0.1);
  w.end_array();
  EXPECT_EQ(out, "[null,null,1e+22,0.1]");
}

TEST(AppendString, EscapesEveryControlCharacter) {
  EXPECT_EQ(as_json("\"\\/\b\f\n\r\t"), R"("\"\\/\b\f\n\r\t")");
  EXPECT_EQ(as_json(std::string_view("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\x7f\"");
}

TEST(AppendString, FindsSpecialBytesAtEveryPosition) {
  for (char special : {'"', '\\', '\n', '\x1f'}) {
    for (std::size_t at = 0; at < 24; ++at) {
      std::string text(24, 'x');
      text[at] = special;
      auto document = Document::parse(as_json(text));
      ASSERT_TRUE(document.ok()) << at;
      EXPECT_EQ(document->root().string(), text);
    }
  }
}

TEST(AppendString, ReplacesInvalidUtf8) {
  EXPECT_EQ(as_json("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(as_json("\xE2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(as_json("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(as_json("\xE2\x82\xAC\xF0\x9F\x98\x80"), "\"\xE2\x82\xAC\xF0\x9F\x98\x80\"");
}

}  // namespace
}  // namespace b3iq::json

#include "inference/sse_event.h"

#include <gtest/gtest.h>

#include "inference/find_bytes.h"

namespace b3iq::inference {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

TEST(EventBorder, finds_the_empty_line_of_every_kind) {
  EXPECT_EQ(EventBorder().find("data: x\n\ny"), 9U);
  EXPECT_EQ(EventBorder().find("data: x\r\n\r\ny"), 11U);
  EXPECT_EQ(EventBorder().find("data: x\r\ry"), 9U);
  EXPECT_EQ(EventBorder().find("data: x\n\r\ny"), 10U);
  EXPECT_EQ(EventBorder().find("\n"), 1U);
  EXPECT_EQ(EventBorder().find("data: x\n"), kNone);
  EXPECT_EQ(EventBorder().find("data: x\r"), kNone);
}

TEST(EventBorder, goes_on_where_it_stopped) {
  const std::string text = "a: b\r\ndata: {}\r\n\r\n";
  EventBorder border;
  for (std::size_t length = 0; length < text.size() - 1; ++length) {
    EXPECT_EQ(border.find(std::string_view(text).substr(0, length)), kNone) << length;
  }
  // The CR alone ends the event; its LF is the caller's to skip.
  EXPECT_EQ(border.find(std::string_view(text).substr(0, text.size() - 1)), text.size() - 1);
}

TEST(EventBorder, knows_the_normal_form) {
  const auto normal = [](std::string_view event) {
    EventBorder border;
    EXPECT_EQ(border.find(event), event.size());
    return border.normal(event);
  };
  EXPECT_TRUE(normal("data: {\"a\":1}\n\n"));
  EXPECT_FALSE(normal("data:{\"a\":1}\n\n"));
  EXPECT_FALSE(normal("data: {\"a\":1}\r\n\r\n"));
  EXPECT_FALSE(normal("data: {\ndata: }\n\n"));
  EXPECT_FALSE(normal("data: {}\rid: {}\n\n"));
  EXPECT_FALSE(normal("data: [DONE]\n\n"));
  EXPECT_FALSE(normal("data: {} \n\n"));
}

TEST(ReadFields, by_the_rules) {
  EXPECT_EQ(read_fields("data:x\n\n").data, "x");
  EXPECT_EQ(read_fields("data:  x\n\n").data, " x");
  EXPECT_EQ(read_fields("data: a\r\ndata: b\rdata: c\n\n").data, "a b c");
  EXPECT_FALSE(read_fields(": comment\nid: 7\nretry: 5\n\n").has_data);
  EXPECT_TRUE(read_fields("event: error\ndata: {}\n\n").is_error);
  EXPECT_TRUE(read_fields("data\n\n").has_data);
  EXPECT_EQ(read_fields("\xEF\xBB\xBF"
                        "data: x\n\n")
                .data,
            "x");
}

TEST(FindBytes, agrees_with_the_library) {
  const std::string_view needle = "\"usage\"";
  for (std::size_t length = 0; length < 80; ++length) {
    for (std::size_t at = 0; at + needle.size() <= length; ++at) {
      std::string text(length, 'u');
      text.replace(at, needle.size(), needle);
      EXPECT_EQ(find_bytes(text, needle), text.find(needle));
      EXPECT_EQ(find_bytes(text, needle, at), at);
      EXPECT_EQ(find_bytes(text, needle, at + 1), kNone);
    }
  }
}

}  // namespace
}  // namespace b3iq::inference

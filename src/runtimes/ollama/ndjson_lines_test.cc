#include "runtimes/ollama/ndjson_lines.h"

#include <gtest/gtest.h>

#include <vector>

namespace b3iq::runtimes {
namespace {

// All lines of `text` fed in pieces of `size` bytes.
std::vector<std::string> lines_of(std::string_view text, std::size_t size) {
  NdjsonLines lines;
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size(); at += size) {
    lines.feed(text.substr(at, size));
    for (;;) {
      const auto line = lines.next();
      EXPECT_TRUE(line.ok());
      if (!line.ok() || !*line) break;
      out.emplace_back(**line);
    }
  }
  out.push_back("rest:" + std::string(lines.rest()));
  return out;
}

TEST(NdjsonLines, the_cuts_do_not_matter) {
  const std::string text = "{\"a\":1}\n\r\n  \n{\"b\":\"\xc3\xa4\"}\r\n{\"c\"";
  const std::vector<std::string> expected = {"{\"a\":1}", "{\"b\":\"\xc3\xa4\"}", "rest:{\"c\""};
  for (std::size_t size = 1; size <= text.size(); ++size) EXPECT_EQ(lines_of(text, size), expected);
}

TEST(NdjsonLines, G6_73_a_line_without_end_is_cut_at_the_bound) {
  NdjsonLines lines;
  const std::string block(1 << 20, 'x');
  std::size_t fed = 0;
  while (fed <= kMaxNdjsonLineBytes + block.size()) {
    lines.feed(block);
    fed += block.size();
    const auto line = lines.next();
    if (!line.ok()) {
      EXPECT_EQ(line.error().code, base::ErrorCode::upstream_failed);
      EXPECT_LE(fed, kMaxNdjsonLineBytes + block.size());
      return;
    }
    EXPECT_FALSE(*line);
  }
  FAIL() << "never cut";
}

TEST(NdjsonLines, G6_73_a_whole_line_past_the_bound_is_cut_too) {
  NdjsonLines lines;
  lines.feed(std::string(kMaxNdjsonLineBytes + 1, 'x') + "\n");
  EXPECT_FALSE(lines.next().ok());
}

}  // namespace
}  // namespace b3iq::runtimes

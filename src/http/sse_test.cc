#include "http/sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace b3iq::http {
namespace {

std::vector<std::string> read(std::string_view bytes, std::size_t step) {
  SseReader reader;
  SseReader::Event event;
  std::vector<std::string> out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    EXPECT_TRUE(reader.feed(bytes.substr(at, step)).ok());
    while (reader.next(event))
      out.push_back(std::string(event.event) + "|" + std::string(event.data));
  }
  return out;
}

TEST(Sse, LineEndsFieldsAndCommentsInAnyCut) {
  const std::string_view bytes =
      "\xEF\xBB\xBF"
      "data: a\n\n"
      "data:b\r\n\r\n"
      ": comment\rdata:  c\r\r"
      "event: named\ndata: d1\ndata: d2\nid: 7\nretry: 5\nunknown: x\n\n"
      "event: dropped\n\n"
      "data\n\n"
      "data: \"e\"\r\n\r\n\n\n"
      "data: never ended";
  for (const std::size_t step : {1u, 2u, 3u, 7u, 1000u}) {
    EXPECT_THAT(read(bytes, step),
                testing::ElementsAre("|a", "|b", "| c", "named|d1\nd2", "|", "|\"e\""))
        << step;
  }
}

TEST(Sse, WriterAndReaderAgree) {
  std::string out;
  append_sse_event(out, R"({"a":1})");
  out += kSseDone;
  EXPECT_EQ(out, "data: {\"a\":1}\n\ndata: [DONE]\n\n");
  EXPECT_THAT(read(out, 5), testing::ElementsAre(R"(|{"a":1})", "|[DONE]"));
}

TEST(Sse, G6_73_EndlessEventIsCut) {
  for (const char* piece : {"data: aaaaaaaaaaaaaaaa", "data: aaaaaaaaaaaaaaa\n"}) {
    SseReader reader;
    SseReader::Event event;
    std::string block;
    while (block.size() < 64 * 1024) block += piece;
    std::size_t fed = 0;
    while (fed < 100'000'000) {
      const auto taken = reader.feed(block);
      if (!taken.ok()) {
        EXPECT_EQ(taken.error().code, base::ErrorCode::upstream_failed);
        break;
      }
      fed += block.size();
      EXPECT_FALSE(reader.next(event));
    }
    EXPECT_LE(fed, 2 * kMaxSseEventBytes);
  }
}

TEST(Sse, ManySmallEventsInOnePieceAreNoLargeEvent) {
  std::string many;
  while (many.size() < kMaxSsePieceBytes - 100) append_sse_event(many, "{}");
  SseReader reader;
  SseReader::Event event;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(reader.feed(many).ok());
    while (reader.next(event)) ASSERT_EQ(event.data, "{}");
  }
}

TEST(Sse, NothingIsReadBehindAWipe) {
  SseReader reader;
  SseReader::Event event;
  ASSERT_TRUE(reader.feed("data: a\n\ndata: b\n\ndata: c").ok());
  ASSERT_TRUE(reader.next(event));
  reader.wipe();
  ASSERT_TRUE(reader.feed("\n\n").ok());
  EXPECT_FALSE(reader.next(event));
}

}  // namespace
}  // namespace b3iq::http

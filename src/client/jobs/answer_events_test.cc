#include "client/jobs/answer_events.h"

#include <gtest/gtest.h>

#include "client/proxy/chat_request.h"

namespace b3iq::client {
namespace {

TEST(AnswerEvents, ToolCallsGetTheirPlaces) {
  const auto events = events_of_answer(
      R"({"id":"x","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant",)"
      R"("content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f",)"
      R"("arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},)"
      R"("finish_reason":"tool_calls"}],"b3iq":{"latency_ms":4}})",
      false);
  ASSERT_TRUE(events.ok());
  EXPECT_NE(events->find(R"([{"index":0,"id":"a")"), std::string::npos) << *events;
  EXPECT_NE(events->find(R"({"index":1,"id":"b")"), std::string::npos);
  EXPECT_NE(events->find(R"("finish_reason":"tool_calls"}],"b3iq":{"latency_ms":4}})"),
            std::string::npos);
  EXPECT_EQ(events->find("usage"), std::string::npos);
}

TEST(AnswerEvents, WhatIsNoCompletionIsRefused) {
  for (const std::string_view bad : {"{}", "[]", R"({"choices":[]})", R"({"choices":7})"})
    EXPECT_EQ(events_of_answer(bad, true).error().code, base::ErrorCode::upstream_failed) << bad;
}

TEST(ChatRequest, IsSealedByteForByte) {
  const std::string plain = "{ \"model\":\"m\", \"temperature\": 0.70 }";
  const auto whole = read_chat_request(plain);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->body.reveal_text(), plain);
  EXPECT_FALSE(whole->stream);
  const std::string wish =
      R"({"model":"m","stream":true,"seed":5, "stream_options":{"include_usage":true}})";
  const auto streamed = read_chat_request(wish);
  ASSERT_TRUE(streamed.ok());
  EXPECT_EQ(streamed->body.reveal_text(), wish);
  EXPECT_TRUE(streamed->stream);
  EXPECT_TRUE(streamed->include_usage);
  EXPECT_FALSE(read_chat_request(R"({"model":"m","stream":false})")->stream);
}

}  // namespace
}  // namespace b3iq::client

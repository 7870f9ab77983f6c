#include "inference/openai_response.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace b3iq::inference {
namespace {

using json::Document;

constexpr AnswerHead kHead{"chatcmpl-1", 1'700'000'000, "a \"model\""};

std::vector<Document> events_of(std::string_view stream) {
  std::vector<Document> events;
  EXPECT_TRUE(stream.ends_with(kStreamDone));
  stream.remove_suffix(kStreamDone.size());
  while (!stream.empty()) {
    EXPECT_TRUE(stream.starts_with("data: "));
    const std::size_t end = stream.find("\n\n");
    auto document = Document::parse(stream.substr(6, end - 6));
    EXPECT_TRUE(document.ok()) << stream;
    if (!document.ok()) break;
    events.push_back(std::move(*document));
    stream.remove_prefix(end + 2);
  }
  return events;
}

TEST(OpenaiResponse, finish_names_come_back) {
  for (const Finish finish : {Finish::stop, Finish::length, Finish::tool_calls,
                              Finish::content_filter, Finish::cancelled, Finish::error}) {
    EXPECT_EQ(finish_from_name(finish_name(finish)), finish);
  }
  EXPECT_FALSE(finish_from_name("eos"));
  EXPECT_EQ(wire_finish(Finish::error), "length");
}

TEST(OpenaiResponse, completion_has_every_member_the_schema_asks_for) {
  ChatAnswer answer;
  answer.text = "h\xC3\xA9llo\n";
  answer.usage = {.prompt_tokens = 3, .completion_tokens = 2, .cached_prompt_tokens = 1};
  const auto document = Document::parse(completion_json(kHead, answer, false, R"({"x":1})"));
  ASSERT_TRUE(document.ok()) << document.error().detail;
  const json::Value root = document->root();
  EXPECT_EQ(root.find("object").string(), "chat.completion");
  EXPECT_EQ(root.find("model").string(), "a \"model\"");
  EXPECT_EQ(root.find("created").integer(), 1'700'000'000);
  const json::Value choice = root.find("choices").at(0);
  EXPECT_EQ(choice.find("message").find("content").string(), "h\xC3\xA9llo\n");
  EXPECT_TRUE(choice.find("message").find("refusal") && choice.find("logprobs"));
  EXPECT_EQ(choice.find("finish_reason").string(), "stop");
  EXPECT_EQ(root.find("usage").find("total_tokens").integer(), 5);
  EXPECT_EQ(root.find("usage").find("prompt_tokens_details").find("cached_tokens").integer(), 1);
  EXPECT_EQ(root.member(root.size() - 1).name, "b3iq");
}

TEST(OpenaiResponse, tool_calls_have_null_content) {
  ChatAnswer answer;
  answer.tool_calls.push_back({"call_1", "look", R"({"a":"b"})"});
  answer.finish = Finish::tool_calls;
  const auto document = Document::parse(completion_json(kHead, answer, false, ""));
  ASSERT_TRUE(document.ok());
  const json::Value message = document->root().find("choices").at(0).find("message");
  EXPECT_TRUE(message.find("content").is_null());
  const json::Value call = message.find("tool_calls").at(0);
  EXPECT_EQ(call.find("type").string(), "function");
  EXPECT_EQ(call.find("function").find("arguments").string(), R"({"a":"b"})");
  EXPECT_FALSE(document->root().find("b3iq"));
}

TEST(OpenaiResponse, logprobs_carry_the_bytes_of_half_characters) {
  ChatAnswer answer;
  answer.logprobs.push_back({"\xC3", -0.5, {{"\xC3", -0.5}, {"a", -1.25}}});
  const auto document = Document::parse(completion_json(kHead, answer, true, ""));
  ASSERT_TRUE(document.ok());
  const json::Value logprobs = document->root().find("choices").at(0).find("logprobs");
  const json::Value token = logprobs.find("content").at(0);
  EXPECT_EQ(token.find("token").string(), "\xEF\xBF\xBD");
  EXPECT_EQ(token.find("bytes").at(0).integer(), 0xC3);
  EXPECT_EQ(token.find("logprob").number(), -0.5);
  EXPECT_EQ(token.find("top_logprobs").at(1).find("bytes").at(0).integer(), 97);
  EXPECT_TRUE(logprobs.find("refusal").is_null());
}

TEST(OpenaiResponse, stream_without_usage_has_b3iq_beside_the_finish_reason) {
  const ChunkWriter writer(kHead, ChatRequest{});
  std::string out;
  writer.append_opening(out);
  StreamStep step;
  step.text = "hi";
  writer.append_step(out, step);
  writer.append_step(out, StreamStep{});
  writer.append_end(out, Finish::length, {}, R"({"receipt_hash":"h"})");
  const auto events = events_of(out);
  ASSERT_EQ(events.size(), 3U);
  for (const Document& event : events) {
    EXPECT_EQ(event.root().find("choices").size(), 1U);
    EXPECT_FALSE(event.root().find("usage"));
  }
  const json::Value opening = events[0].root().find("choices").at(0);
  EXPECT_EQ(opening.find("delta").find("role").string(), "assistant");
  EXPECT_TRUE(opening.find("finish_reason") && opening.find("finish_reason").is_null());
  EXPECT_EQ(events[1].root().find("choices").at(0).find("delta").find("content").string(), "hi");
  EXPECT_EQ(events[2].root().find("choices").at(0).find("finish_reason").string(), "length");
  EXPECT_EQ(events[2].root().find("b3iq").find("receipt_hash").string(), "h");
}

TEST(OpenaiResponse, stream_with_usage_has_b3iq_in_the_usage_chunk) {
  ChatRequest request;
  request.include_usage = true;
  const ChunkWriter writer(kHead, request);
  std::string out;
  writer.append_opening(out);
  writer.append_end(out, Finish::stop, {.prompt_tokens = 1, .completion_tokens = 2}, "{}");
  const auto events = events_of(out);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_TRUE(events[1].root().find("usage") && events[1].root().find("usage").is_null());
  EXPECT_FALSE(events[1].root().find("b3iq"));
  EXPECT_EQ(events[2].root().find("choices").size(), 0U);
  EXPECT_EQ(events[2].root().find("usage").find("total_tokens").integer(), 3);
  EXPECT_TRUE(events[2].root().find("b3iq"));
}

TEST(OpenaiResponse, tool_call_deltas) {
  const ChunkWriter writer(kHead, ChatRequest{});
  std::string out;
  StreamStep step;
  step.tool_calls.push_back({.index = 0, .id = "c", .name = "f"});
  step.tool_calls.push_back({.index = 0, .arguments = "{}"});
  writer.append_step(out, step);
  out.append(kStreamDone);
  const auto events = events_of(out);
  const json::Value calls =
      events.at(0).root().find("choices").at(0).find("delta").find("tool_calls");
  EXPECT_EQ(calls.at(0).find("id").string(), "c");
  EXPECT_EQ(calls.at(0).find("function").find("name").string(), "f");
  EXPECT_EQ(calls.at(1).find("function").find("arguments").string(), "{}");
  EXPECT_FALSE(calls.at(1).find("id"));
}

TEST(OpenaiResponse, b3iq_object_leaves_out_what_is_not_known) {
  EXPECT_EQ(b3iq_json({.runtime_id = "r", .runtime_kind = "openai", .latency_ms = 5}),
            R"({"runtime_id":"r","runtime_kind":"openai","latency_ms":5})");
  EXPECT_EQ(b3iq_json({"r", "embedded", 5, 2, "h", "s"}),
            R"({"runtime_id":"r","runtime_kind":"embedded","latency_ms":5,"ttft_ms":2,)"
            R"("receipt_hash":"h","receipt_salt":"s"})");
}

TEST(OpenaiResponse, a_relayed_answer_keeps_its_bytes_around_b3iq) {
  std::string answer = "{\"id\": \"x\", \"b3iq\": {\"receipt_hash\":\"forged\"}, \"n\": 1.50}\n";
  splice_b3iq(answer, "");
  EXPECT_EQ(answer, R"({"id": "x", "n": 1.50})");
  splice_b3iq(answer, R"({"r":1})");
  EXPECT_EQ(answer, R"({"id": "x", "n": 1.50,"b3iq":{"r":1}})");
}

TEST(OpenaiResponse, relayed_end_puts_b3iq_into_the_last_event_only) {
  std::string out;
  append_relayed_end(
      out, "data: {\"a\":\"data: {}\"}\n\ndata: {\"t\":\"x data: y\",\"b3iq\":0}\n\n", "{}");
  EXPECT_EQ(out,
            "data: {\"a\":\"data: {}\"}\n\ndata: {\"t\":\"x data: y\",\"b3iq\":{}}\n\n"
            "data: [DONE]\n\n");
  out.clear();
  append_relayed_end(out, "data: {\"a\":1}\n\n", "");
  EXPECT_EQ(out, "data: {\"a\":1}\n\ndata: [DONE]\n\n");
}

}  // namespace
}  // namespace b3iq::inference

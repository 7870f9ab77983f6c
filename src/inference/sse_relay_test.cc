#include "inference/sse_relay.h"

#include <gtest/gtest.h>

namespace b3iq::inference {
namespace {

const std::string kRole =
    R"(data: {"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null})"
    "\n\n";
const std::string kFinish =
    R"(data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"length"}],"usage":null})"
    "\n\n";
const std::string kUsage =
    R"(data: {"id":"c1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"prompt_tokens_details":{"cached_tokens":4}}})"
    "\n\n";
const std::string kDone = "data: [DONE]\n\n";

std::string content(std::string_view text) {
  return R"(data: {"id":"c1","choices":[{"index":0,"delta":{"content":")" + std::string(text) +
         R"("},"finish_reason":null}]})" + "\n\n";
}

struct Outcome {
  std::string passed;
  int content_events = 0;
  std::int64_t text_bytes = 0;
  bool ok = true;
  std::string error;
  bool done = false;
  std::string tail;
  Finish finish = Finish::stop;
  std::optional<Usage> usage;
};

// Feeds `input` in pieces of `size` bytes.
Outcome relay(std::string_view input, std::size_t size, UsageChunk usage = UsageChunk::drop) {
  SseRelay relay(usage);
  Outcome out;
  const auto fail = [&](const base::Error& error) {
    out.ok = false;
    out.error = error.detail;
    EXPECT_EQ(error.code, base::ErrorCode::upstream_failed);
    return out;
  };
  for (std::size_t at = 0; at < input.size(); at += size) {
    const std::string piece(input.substr(at, size));  // its own memory: reads past it are seen
    relay.feed(piece);
    for (;;) {
      auto run = relay.next();
      if (!run.ok()) return fail(run.error());
      if (run->events.empty()) break;
      out.passed.append(run->events);
      out.content_events += run->content.events;
      out.text_bytes += run->content.text_bytes;
    }
  }
  if (const auto status = relay.close(); !status.ok()) return fail(status.error());
  out.done = relay.done();
  out.tail = relay.tail();
  out.finish = relay.finish();
  out.usage = relay.usage();
  out.content_events += relay.tail_content().events;
  out.text_bytes += relay.tail_content().text_bytes;
  return out;
}

void expect_same_for_all_splits(std::string_view input) {
  const Outcome whole = relay(input, input.size());
  for (std::size_t size = 1; size < input.size(); ++size) {
    const Outcome cut = relay(input, size);
    ASSERT_EQ(cut.passed, whole.passed) << size;
    ASSERT_EQ(cut.error, whole.error) << size;
    ASSERT_EQ(cut.tail, whole.tail) << size;
    ASSERT_EQ(cut.content_events, whole.content_events) << size;
    ASSERT_EQ(cut.text_bytes, whole.text_bytes) << size;
  }
}

TEST(SseRelay, passes_events_byte_for_byte_and_holds_the_end) {
  const std::string body = kRole + content("Hel") + content("lo");
  const Outcome out = relay(body + kFinish + kUsage + kDone, 1 << 20);
  ASSERT_TRUE(out.ok) << out.error;
  EXPECT_EQ(out.passed, body);
  EXPECT_EQ(out.tail, kFinish);
  EXPECT_EQ(out.content_events, 2);
  EXPECT_EQ(out.text_bytes, 5);
  EXPECT_EQ(out.finish, Finish::length);
  ASSERT_TRUE(out.usage);
  EXPECT_EQ(out.usage->prompt_tokens, 7);
  EXPECT_EQ(out.usage->cached_prompt_tokens, 4);
}

TEST(SseRelay, text_is_counted_wherever_a_delta_carries_it) {
  const auto bytes_of = [](const std::string& delta) {
    return relay(R"(data: {"choices":[{"index":0,"delta":{)" + delta + "}}]}\n\n" + kFinish + kDone,
                 1 << 20)
        .text_bytes;
  };
  EXPECT_EQ(bytes_of(R"("content":"a\"b\\")"), 6);  // escapes as they stand
  EXPECT_EQ(bytes_of(R"("content" : "abc")"), 3);
  EXPECT_EQ(bytes_of(R"("content":null,"reasoning_content":"abcd")"), 4);
  EXPECT_EQ(bytes_of(R"("content":"","refusal":"no")"), 2);
  EXPECT_EQ(bytes_of(R"("tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}])"), 1);
  EXPECT_EQ(bytes_of(R"("tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}])"), 9);
  EXPECT_EQ(bytes_of(R"("role":"assistant","content":"")"), 0);
}

TEST(SseRelay, the_usage_chunk_goes_on_only_when_asked_for) {
  const Outcome out =
      relay(kRole + content("x") + kFinish + kUsage + kDone, 1 << 20, UsageChunk::pass);
  EXPECT_EQ(out.tail, kFinish + kUsage);
}

TEST(SseRelay, a_read_of_whole_events_is_passed_without_a_copy) {
  SseRelay relay(UsageChunk::drop);
  relay.feed(kRole);
  ASSERT_TRUE(relay.next().ok());
  const std::string read = content("a") + content("b") + content("c");
  relay.feed(read);
  const auto run = relay.next();
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->events.data(), read.data());
  EXPECT_EQ(run->events.size(), read.size());
  EXPECT_EQ(run->content.events, 3);
}

TEST(SseRelay, output_does_not_depend_on_the_cuts) {
  expect_same_for_all_splits(kRole + content("a") + content("b\\n\\ndata: [DONE]") + kFinish +
                             kUsage + kDone);
  expect_same_for_all_splits(
      "\xEF\xBB\xBF"
      "data:{\"a\":1}\r\n\r\n: hi\r\n\r\ndata: {\r\ndata: "
      "\"b\":2}\r\n\r\nid: 1\rdata: {\"c\":3}\r\rdata: [DONE]\r\r");
  expect_same_for_all_splits(kRole + content("a") + "data: {\"error\":{\"message\":\"m\"}}\n\n");
  expect_same_for_all_splits(kRole + content("a") + "data: {bad}\r\n\r\n");
  expect_same_for_all_splits(kFinish + content("late") + kFinish + "data: [DONE]");
}

// CASES G6 #73: unusual but legal forms are parsed right.
TEST(SseRelay, case_73_unusual_events_are_brought_to_normal_form) {
  const Outcome out = relay(
      ": keep-alive\n\ndata:{\"id\":\"1\"}\n\nevent: message\nid: 4\nretry: 10\r\ndata: "
      "{\"id\":\r\n"
      "data: \"2\"}\r\n\r\n\n\ndata:\n\ndata: {\"id\":\"3\"}\r\rdata:[DONE]\r\n\r\n",
      1 << 20);
  ASSERT_TRUE(out.ok) << out.error;
  EXPECT_EQ(out.passed,
            "data: {\"id\":\"1\"}\n\ndata: {\"id\": \"2\"}\n\ndata: {\"id\":\"3\"}\n\n");
  EXPECT_TRUE(out.done);
}

TEST(SseRelay, case_73_an_event_without_end_is_cut_at_the_bound) {
  SseRelay relay(UsageChunk::drop);
  const std::string piece(1 << 20, 'x');
  bool failed = false;
  for (int i = 0; i < 8 && !failed; ++i) {
    relay.feed(piece);
    failed = !relay.next().ok();
  }
  EXPECT_TRUE(failed);
  EXPECT_FALSE(relay.close().ok());
}

// CASES G6 #75: never a silent success.
TEST(SseRelay, case_75_errors_inside_the_stream_are_errors) {
  const std::string start = kRole + content("a");
  const Outcome event =
      relay(start + "data: {\"error\":{\"message\":\"out of memory\"}}\n\n" + kDone, 1 << 20);
  EXPECT_FALSE(event.ok);
  EXPECT_EQ(event.passed, start);
  EXPECT_NE(event.error.find("out of memory"), std::string::npos);
  EXPECT_FALSE(relay(start + "event: error\ndata: {\"message\":\"broken\"}\n\n", 1 << 20).ok);
  EXPECT_FALSE(relay(start + "data: {\"error\":\"text\"}\n\n", 1 << 20).ok);
  EXPECT_FALSE(relay("data: {\"error\":{}}\n\n", 1 << 20).ok);
  EXPECT_FALSE(relay(start + "data: <html>\n\n", 1 << 20).ok);
  EXPECT_FALSE(relay(start + "data: [1]\n\n", 1 << 20).ok);
}

TEST(SseRelay, case_75_a_stream_that_stops_early_is_an_error) {
  EXPECT_FALSE(relay(kRole + content("a"), 1 << 20).ok);
  EXPECT_FALSE(relay(kRole + content("a") + "data: {\"id\":", 1 << 20).ok);
  EXPECT_FALSE(relay("", 1).ok);
  EXPECT_FALSE(relay(kDone, 1 << 20).ok);
  EXPECT_FALSE(relay("<html>Bad gateway</html>", 1 << 20).ok);
}

TEST(SseRelay, an_end_without_done_or_without_finish_is_accepted_alone) {
  const Outcome no_done = relay(kRole + content("a") + kFinish, 1 << 20);
  EXPECT_TRUE(no_done.ok && no_done.done);
  const Outcome no_finish = relay(kRole + content("a") + "data: [DONE]", 1 << 20);
  ASSERT_TRUE(no_finish.ok) << no_finish.error;
  EXPECT_EQ(
      no_finish.tail,
      "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":5,\"model\":\"m\","
      "\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}"
      "\n\n");
}

TEST(SseRelay, text_that_looks_like_members_is_text) {
  const std::string tricky = content(R"(\"usage\":{\"prompt_tokens\":1},\"error\":{},\"b3iq\":1)") +
                             content(R"(\"finish_reason\":\"stop\")") +
                             R"(data: {"choices":[{"delta":{"content":"error"},"error":null}]})" +
                             "\n\n";
  const Outcome out = relay(kRole + tricky + kFinish + kDone, 1 << 20);
  ASSERT_TRUE(out.ok) << out.error;
  EXPECT_EQ(out.passed, kRole + tricky);
  EXPECT_EQ(out.content_events, 3);
}

TEST(SseRelay, an_upstreams_b3iq_member_is_taken_out) {
  const Outcome out = relay(
      kRole + "data: {\"b3iq\":{\"receipt_hash\":\"forged\"},\"choices\":[]}\n\n" + kFinish + kDone,
      1 << 20);
  ASSERT_TRUE(out.ok) << out.error;
  EXPECT_EQ(out.passed, kRole + "data: {\"choices\":[]}\n\n");
}

TEST(SseRelay, content_behind_a_finish_lets_the_held_events_go) {
  const Outcome out = relay(kRole + kFinish + content("more") + kFinish + kDone, 1 << 20);
  EXPECT_EQ(out.passed, kRole + kFinish + content("more"));
  EXPECT_EQ(out.tail, kFinish);
}

TEST(SseRelay, a_finish_with_usage_and_content_counts_as_all_three) {
  const std::string all =
      "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],"
      "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n";
  const Outcome out = relay(all + kDone, 1 << 20);
  EXPECT_EQ(out.tail, all);
  EXPECT_EQ(out.content_events, 1);
  EXPECT_EQ(out.usage->completion_tokens, 1);
}

TEST(SseRelay, counts_that_cannot_be_are_no_usage) {
  for (const std::string_view bad : {"-1", "1.5", "\"3\"", "99999999999", "null"}) {
    const Outcome out = relay(
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,"
        "\"completion_tokens\":" +
            std::string(bad) + "}}\n\n" + kFinish + kDone,
        1 << 20);
    ASSERT_TRUE(out.ok) << out.error;
    EXPECT_FALSE(out.usage) << bad;
  }
}

}  // namespace
}  // namespace b3iq::inference

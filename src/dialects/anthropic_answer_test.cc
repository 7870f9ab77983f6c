#include "dialects/anthropic_answer.h"

#include <gtest/gtest.h>

#include "dialects/anthropic.h"

namespace b3iq::dialects {
namespace {

using inference::ToolCallDelta;

constexpr std::string_view kB3iq = R"({"receipt_hash":"0x1"})";
constexpr std::string_view kMessageHead =
    R"("id":"msg_01X","type":"message","role":"assistant","model":"m","content":[)";
constexpr Usage kUsage{.prompt_tokens = 10, .completion_tokens = 5, .cached_prompt_tokens = 4};
constexpr std::string_view kUsageText =
    R"("usage":{"input_tokens":6,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,"output_tokens":5})";

AnthropicWriter writer(bool with_reasoning = false) {
  ChatRequest request;
  request.wants_reasoning = with_reasoning;
  return AnthropicWriter({"01X", 1, "m"}, request);
}

std::string event(std::string_view name, std::string_view members) {
  std::string out = "event: ";
  out.append(name).append("\ndata: {\"type\":\"").append(name).append("\"");
  if (!members.empty()) out.append(",").append(members);
  return out + "}\n\n";
}
std::string start(int index, std::string_view block) {
  return event("content_block_start",
               "\"index\":" + std::to_string(index) + ",\"content_block\":" + std::string(block));
}
std::string delta(int index, std::string_view delta) {
  return event("content_block_delta",
               "\"index\":" + std::to_string(index) + ",\"delta\":" + std::string(delta));
}
std::string stop(int index) {
  return event("content_block_stop", "\"index\":" + std::to_string(index));
}
std::string end(std::string_view reason, std::string_view more = "") {
  return event("message_delta", R"("delta":{"stop_reason":")" + std::string(reason) +
                                    R"(","stop_sequence":null},)" + std::string(kUsageText) +
                                    std::string(more)) +
         event("message_stop", "");
}

const std::string kTextStart = R"({"type":"text","text":""})";
std::string text(std::string_view text) {
  return R"({"type":"text_delta","text":")" + std::string(text) + "\"}";
}
std::string call(std::string_view id, std::string_view name) {
  return R"({"type":"tool_use","id":")" + std::string(id) + R"(","name":")" + std::string(name) +
         R"(","input":{}})";
}
std::string input(std::string_view escaped) {
  return R"({"type":"input_json_delta","partial_json":")" + std::string(escaped) + "\"}";
}

std::string stream(AnthropicWriter& w, const std::vector<StreamStep>& steps, Finish finish) {
  std::string out;
  for (const auto& step : steps) w.append_step(out, step);
  w.append_end(out, finish, kUsage, "");
  return out;
}
StreamStep text_step(std::string_view text) {
  StreamStep step;
  step.text = text;
  return step;
}
StreamStep call_step(std::vector<ToolCallDelta> deltas) {
  StreamStep step;
  step.tool_calls = std::move(deltas);
  return step;
}

TEST(AnthropicAnswer, AWholeAnswer) {
  ChatAnswer answer;
  answer.text = "Hi \"you\"";
  answer.reasoning = "hm";
  answer.usage = kUsage;
  const std::string tail =
      R"(],"stop_reason":"end_turn","stop_sequence":null,)" + std::string(kUsageText);
  const std::string blocks = R"({"type":"text","text":"Hi \"you\""})";
  const std::string head = "{" + std::string(kMessageHead);
  EXPECT_EQ(writer().whole(answer, ""), head + blocks + tail + "}");
  EXPECT_EQ(writer().whole(answer, kB3iq),
            head + blocks + tail + ",\"b3iq\":" + std::string(kB3iq) + "}");
  EXPECT_EQ(writer(true).whole(answer, ""),
            head + R"({"type":"thinking","thinking":"hm","signature":""},)" + blocks + tail + "}");
}

TEST(AnthropicAnswer, ToolCallsHaveTheirInputParsed) {
  ChatAnswer answer;
  answer.tool_calls = {{"c1", "f", R"({ "a" : 1 })"}, {"", "g", ""}, {"c3", "h", "{\"a\":"}};
  answer.usage = kUsage;
  EXPECT_EQ(
      writer().whole(answer, ""),
      "{" + std::string(kMessageHead) +
          R"({"type":"tool_use","id":"c1","name":"f","input":{"a":1}},)"
          R"({"type":"tool_use","id":"toolu_01X_1","name":"g","input":{}},)"
          R"({"type":"tool_use","id":"c3","name":"h","input":{"unparsed_arguments":"{\"a\":"}}],)"
          R"("stop_reason":"tool_use","stop_sequence":null,)" +
          std::string(kUsageText) + "}");
}

TEST(AnthropicAnswer, EveryEndHasItsReason) {
  for (const auto& [finish, reason] :
       {std::pair{Finish::stop, "end_turn"}, std::pair{Finish::length, "max_tokens"},
        std::pair{Finish::tool_calls, "tool_use"}, std::pair{Finish::content_filter, "refusal"},
        std::pair{Finish::error, "max_tokens"}}) {
    ChatAnswer answer;
    answer.finish = finish;
    EXPECT_NE(writer().whole(answer, "").find(std::string(R"("stop_reason":")") + reason + "\""),
              std::string::npos);
    auto w = writer();
    EXPECT_EQ(stream(w, {}, finish), end(reason));
  }
}

TEST(AnthropicAnswer, AStreamOfText) {
  auto w = writer();
  std::string out;
  w.append_opening(out);
  EXPECT_EQ(
      out,
      event(
          "message_start",
          R"("message":{)" + std::string(kMessageHead) +
              R"(],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,)"
              R"("cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}})"));
  out.clear();
  w.append_step(out, text_step("He"));
  EXPECT_EQ(out, start(0, kTextStart) + delta(0, text("He")));
  out.clear();
  w.append_step(out, text_step(""));
  EXPECT_EQ(out, "");
  w.append_step(out, text_step("y"));
  EXPECT_EQ(out, delta(0, text("y")));
  std::string first;
  w.append_end(first, Finish::length, kUsage, "");
  EXPECT_EQ(first, stop(0) + end("max_tokens"));
  std::string second;
  w.append_end(second, Finish::length, kUsage, kB3iq);
  EXPECT_EQ(second, stop(0) + end("max_tokens", ",\"b3iq\":" + std::string(kB3iq)));
}

TEST(AnthropicAnswer, ReasoningIsABlockOfItsOwnOrNothing) {
  StreamStep thought;
  thought.reasoning = "hm";
  auto silent = writer();
  EXPECT_EQ(stream(silent, {thought, text_step("a")}, Finish::stop),
            start(0, kTextStart) + delta(0, text("a")) + stop(0) + end("end_turn"));
  auto telling = writer(true);
  EXPECT_EQ(stream(telling, {thought, thought, text_step("a")}, Finish::stop),
            start(0, R"({"type":"thinking","thinking":"","signature":""})") +
                delta(0, R"({"type":"thinking_delta","thinking":"hm"})") +
                delta(0, R"({"type":"thinking_delta","thinking":"hm"})") + stop(0) +
                start(1, kTextStart) + delta(1, text("a")) + stop(1) + end("end_turn"));
}

TEST(AnthropicAnswer, ToolInputGoesOutAsItComes) {
  auto w = writer();
  std::string out;
  w.append_step(out, text_step("I look."));
  out.clear();
  w.append_step(out, call_step({{0, "c1", "f", ""}}));
  EXPECT_EQ(out, stop(0) + start(1, call("c1", "f")));
  out.clear();
  w.append_step(out, call_step({{0, "", "", "{\"a\""}}));
  EXPECT_EQ(out, delta(1, input("{\\\"a\\\"")));
  w.append_step(out, call_step({{0, "", "", ":1}"}}));
  out.clear();
  w.append_step(out, call_step({{1, "c2", "g", "{}"}}));
  EXPECT_EQ(out, stop(1) + start(2, call("c2", "g")) + delta(2, input("{}")));
  out.clear();
  w.append_end(out, Finish::tool_calls, kUsage, "");
  EXPECT_EQ(out, stop(2) + end("tool_use"));
}

TEST(AnthropicAnswer, CallsThatComeMixedAreToldOneAfterTheOther) {
  auto w = writer();
  EXPECT_EQ(
      stream(w,
             {call_step({{0, "a", "f", "{"}, {1, "b", "g", "{"}}),
              call_step({{1, "", "", "}"}, {2, "c", "h", ""}}), call_step({{0, "", "", "}"}})},
             Finish::tool_calls),
      start(0, call("a", "f")) + delta(0, input("{")) + delta(0, input("}")) + stop(0) +
          start(1, call("b", "g")) + delta(1, input("{}")) + stop(1) + start(2, call("c", "h")) +
          stop(2) + end("tool_use"));
}

TEST(AnthropicAnswer, TextBehindACallWaitsUntilTheCallIsWhole) {
  auto w = writer();
  EXPECT_EQ(stream(w,
                   {call_step({{0, "a", "f", "{"}}), text_step("late "),
                    call_step({{0, "", "", "}"}}), text_step("text")},
                   Finish::tool_calls),
            start(0, call("a", "f")) + delta(0, input("{")) + delta(0, input("}")) + stop(0) +
                start(1, kTextStart) + delta(1, text("late text")) + stop(1) + end("tool_use"));
  auto other = writer();
  EXPECT_EQ(stream(other, {call_step({{0, "a", "f", "{}"}}), text_step("x")}, Finish::stop),
            start(0, call("a", "f")) + delta(0, input("{}")) + stop(0) + start(1, kTextStart) +
                delta(1, text("x")) + stop(1) + end("tool_use"));
}

TEST(AnthropicAnswer, AnErrorEndsAStreamInItsOwnShape) {
  std::string out;
  writer().append_error(out, base::Error(base::ErrorCode::upstream_failed, "It broke."), "r1");
  EXPECT_EQ(
      out,
      "event: error\ndata: "
      R"({"type":"error","error":{"type":"api_error","message":"It broke."},"request_id":"r1",)"
      R"("b3iq":{"status":502,"title":"The runtime failed","detail":"It broke.","code":"runtime_failed"}})"
      "\n\n");
}

TEST(AnthropicAnswer, ErrorTypesFollowTheStatus) {
  using base::ErrorCode;
  for (const auto& [code, type] : {std::pair{ErrorCode::invalid_json, "invalid_request_error"},
                                   std::pair{ErrorCode::unauthorized, "authentication_error"},
                                   std::pair{ErrorCode::budget_exceeded, "billing_error"},
                                   std::pair{ErrorCode::scope_denied, "permission_error"},
                                   std::pair{ErrorCode::model_not_found, "not_found_error"},
                                   std::pair{ErrorCode::payload_too_large, "request_too_large"},
                                   std::pair{ErrorCode::rate_limited, "rate_limit_error"},
                                   std::pair{ErrorCode::overloaded, "overloaded_error"},
                                   std::pair{ErrorCode::deadline_exceeded, "timeout_error"},
                                   std::pair{ErrorCode::unimplemented, "api_error"}}) {
    const auto body = anthropic_error_body(base::Error(code, ""), "");
    EXPECT_NE(body.find(std::string(R"("error":{"type":")") + type + "\""), std::string::npos)
        << body;
    EXPECT_EQ(body.find("request_id"), std::string::npos);
  }
}

}  // namespace
}  // namespace b3iq::dialects

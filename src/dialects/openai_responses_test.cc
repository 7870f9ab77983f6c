#include "dialects/openai_responses.h"

#include <gtest/gtest.h>

#include "dialects/responses_request.h"
#include "json/json.h"

namespace b3iq::dialects {
namespace {

// The chat body that a response request means.
std::string chat_of(const std::string& body) {
  const auto decoded = decode_responses(body);
  return decoded.ok() ? std::string(decoded->body) : decoded.error().detail;
}

std::string refused_param(const std::string& body) {
  const auto decoded = decode_responses(body);
  return decoded.ok() ? "accepted" : decoded.error().param;
}

TEST(OpenAiResponses, ATextIsAUsersMessage) {
  EXPECT_EQ(
      chat_of(R"({"model":"m","input":"Hi \"you\"","instructions":"Be brief.","store":null})"),
      R"({"model":"m","messages":[{"role":"system","content":"Be brief."},)"
      R"({"role":"user","content":"Hi \"you\""}]})");
}

TEST(OpenAiResponses, ItemsAreMessagesAndCallsJoinTheirTurn) {
  EXPECT_EQ(
      chat_of(R"({"model":"m","input":[
        {"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]},
        {"type":"reasoning","id":"r","summary":[]},
        {"type":"message","role":"assistant","content":[{"type":"output_text","text":"c","annotations":[]}]},
        {"type":"function_call","call_id":"1","name":"f","arguments":"{}"},
        {"type":"reasoning","id":"r","summary":[]},
        {"type":"function_call","call_id":"2","name":"g","arguments":"[]"},
        {"type":"function_call_output","call_id":"1","output":"x"},
        {"type":"function_call","call_id":"3","name":"f","arguments":"{}"}]})"),
      R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},)"
      R"({"role":"assistant","content":"c","tool_calls":[)"
      R"({"id":"1","type":"function","function":{"name":"f","arguments":"{}"}},)"
      R"({"id":"2","type":"function","function":{"name":"g","arguments":"[]"}}]},)"
      R"({"role":"tool","tool_call_id":"1","content":"x"},)"
      R"({"role":"assistant","content":null,"tool_calls":[)"
      R"({"id":"3","type":"function","function":{"name":"f","arguments":"{}"}}]}]})");
}

TEST(OpenAiResponses, ToolsFormatAndLimits) {
  EXPECT_EQ(
      chat_of(R"({"model":"m","input":"x","max_output_tokens":7,"reasoning":{"effort":"low"},
        "tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":null}],
        "tool_choice":{"type":"function","name":"f"},
        "text":{"format":{"type":"json_schema","name":"s","schema":{},"strict":true},"verbosity":"low"}})"),
      R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":7,"reasoning_effort":"low",)"
      R"("tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],)"
      R"("tool_choice":{"type":"function","function":{"name":"f"}},)"
      R"("response_format":{"type":"json_schema","json_schema":{"name":"s","strict":true,"schema":{}}},"verbosity":"low"})");
}

TEST(OpenAiResponses, TheReceiptCoversWhatTheCallerSent) {
  const std::string body = R"( {"model":"m","input":"x","b3iq":{"job_id":"j"}} )";
  const auto decoded = decode_responses(body);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->caller_body, body);
  EXPECT_TRUE(decoded->has_b3iq);
}

TEST(OpenAiResponses, WhatNeedsMemoryIsRefused) {
  const auto with = [](const std::string& member) {
    return refused_param(R"({"model":"m","input":"x",)" + member + "}");
  };
  EXPECT_EQ(with(R"("store":true)"), "store");
  EXPECT_EQ(with(R"("store":false)"), "accepted");
  EXPECT_EQ(with(R"("previous_response_id":"r")"), "previous_response_id");
  EXPECT_EQ(with(R"("previous_response_id":null)"), "accepted");
  EXPECT_EQ(with(R"("background":true)"), "background");
  EXPECT_EQ(with(R"("background":false,"truncation":"disabled","include":[])"), "accepted");
  EXPECT_EQ(with(R"("include":["x"])"), "include");
  EXPECT_EQ(with(R"("tools":[{"type":"web_search"}])"), "tools[0].type");
  EXPECT_EQ(with(R"("text":{"format":{"type":"xml"}})"), "text.format.type");
  EXPECT_EQ(with(R"("stream_options":{"include_usage":true})"), "stream_options.include_usage");
  EXPECT_EQ(with(R"("n":1)"), "n");
  EXPECT_EQ(with(R"("max_tokens":1)"), "max_tokens");
  EXPECT_EQ(with(R"("messages":[])"), "messages");
}

TEST(OpenAiResponses, RefusalsSpeakThisDialect) {
  const auto told = in_responses_words({base::ErrorCode::unsupported_parameter,
                                        "Unsupported parameter 'messages[1].content[0]': no.",
                                        "messages[1].content[0]"});
  EXPECT_EQ(told.param, "input");
  EXPECT_EQ(told.detail, "Unsupported parameter 'input': no.");
  EXPECT_EQ(in_responses_words({base::ErrorCode::invalid_request, "x", "max_tokens"}).param,
            "max_output_tokens");
  EXPECT_EQ(in_responses_words({base::ErrorCode::invalid_request, "x", "top_p"}).param, "top_p");
}

class ResponsesWriterTest : public ::testing::Test {
 protected:
  ResponsesWriterTest() : request_(decode_responses(body_).value()) {
    writer_ = openai_responses().make_writer({"01", 5, "m"}, request_);
  }
  const std::string body_ = R"({"model":"m","input":"x","tools":[{"type":"function","name":"f"}]})";
  ChatRequest request_;
  std::unique_ptr<AnswerWriter> writer_;
};

const std::string kHead =
    R"({"id":"resp_01","object":"response","created_at":5,"status":"STATUS","error":null,"incomplete_details":null,"model":"m",)"
    R"("background":false,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"metadata":{},)"
    R"("parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":false,)"
    R"("temperature":null,"tool_choice":"auto","top_p":null,"truncation":"disabled","text":{"format":{"type":"text"}},)"
    R"("tools":[{"type":"function","name":"f","description":null,"parameters":null,"strict":null}],"output":[)";
const std::string kUsage =
    R"("usage":{"input_tokens":2,"input_tokens_details":{"cached_tokens":1,"cache_write_tokens":0},)"
    R"("output_tokens":3,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":5})";

std::string head(const std::string& status) {
  auto text = kHead;
  return text.replace(text.find("STATUS"), 6, status);
}

TEST_F(ResponsesWriterTest, AWholeAnswer) {
  ChatAnswer answer{.text = "Hello", .usage = {2, 3, 1}};
  EXPECT_EQ(
      writer_->whole(answer, R"({"k":1})"),
      head("completed") +
          R"({"id":"msg_01_0","status":"completed","type":"message","role":"assistant",)"
          R"("content":[{"type":"output_text","text":"Hello","annotations":[],"logprobs":[]}]}],)" +
          kUsage + R"(,"b3iq":{"k":1}})");
}

TEST_F(ResponsesWriterTest, AStream) {
  std::string out;
  writer_->append_opening(out);
  EXPECT_EQ(out,
            "event: response.created\ndata: "
            "{\"type\":\"response.created\",\"sequence_number\":0,\"response\":" +
                head("in_progress") +
                "]}}\n\nevent: response.in_progress\ndata: {\"type\":\"response.in_progress\","
                "\"sequence_number\":1,\"response\":" +
                head("in_progress") + "]}}\n\n");
  out.clear();
  writer_->append_step(out, {.text = "Hi"});
  EXPECT_EQ(out,
            "event: response.output_item.added\ndata: "
            "{\"type\":\"response.output_item.added\",\"sequence_number\":2,"
            "\"output_index\":0,\"item\":{\"id\":\"msg_01_0\",\"status\":\"in_progress\",\"type\":"
            "\"message\","
            "\"role\":\"assistant\",\"content\":[]}}\n\n"
            "event: response.content_part.added\ndata: "
            "{\"type\":\"response.content_part.added\",\"sequence_number\":3,"
            "\"item_id\":\"msg_01_0\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":"
            "\"output_text\","
            "\"text\":\"\",\"annotations\":[],\"logprobs\":[]}}\n\n"
            "event: response.output_text.delta\ndata: "
            "{\"type\":\"response.output_text.delta\",\"sequence_number\":4,"
            "\"item_id\":\"msg_01_0\",\"output_index\":0,\"content_index\":0,\"delta\":\"Hi\","
            "\"logprobs\":[]}\n\n");
  out.clear();
  writer_->append_step(out, {.tool_calls = {{0, "c", "f", ""}, {1, "d", "f", "{"}}});
  writer_->append_step(out, {.tool_calls = {{0, "", "", "{}"}, {1, "", "", "}"}}});
  out.clear();
  writer_->append_end(out, Finish::tool_calls, {2, 3, 1}, "");
  std::string again;
  writer_->append_end(again, Finish::tool_calls, {2, 3, 1}, "");
  EXPECT_EQ(out, again);
  const std::string items =
      R"({"id":"msg_01_0","status":"completed","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[],"logprobs":[]}]},)"
      R"({"id":"fc_01_1","status":"completed","type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
      R"({"id":"fc_01_2","status":"completed","type":"function_call","call_id":"d","name":"f","arguments":"{}"}],)";
  EXPECT_TRUE(out.ends_with("\"response\":" + head("completed") + items + kUsage + "}}\n\n"))
      << out;
  EXPECT_NE(
      out.find(
          R"({"type":"response.function_call_arguments.done","sequence_number":13,"item_id":"fc_01_1",)"
          R"("output_index":1,"name":"f","arguments":"{}"})"),
      std::string::npos)
      << out;
}

TEST_F(ResponsesWriterTest, ACutAnswerIsIncomplete) {
  ChatAnswer answer{.text = "He", .finish = Finish::length};
  const auto text = writer_->whole(answer, "");
  EXPECT_NE(
      text.find(
          R"("status":"incomplete","error":null,"incomplete_details":{"reason":"max_output_tokens"})"),
      std::string::npos);
  EXPECT_NE(text.find(R"("id":"msg_01_0","status":"incomplete")"), std::string::npos);
}

TEST_F(ResponsesWriterTest, AnErrorFailsTheResponseAndIsThrown) {
  std::string out;
  writer_->append_error(out, {base::ErrorCode::overloaded, "Busy."}, "req");
  EXPECT_NE(
      out.find(R"("status":"failed","error":{"code":"rate_limit_exceeded","message":"Busy."})"),
      std::string::npos);
  EXPECT_NE(out.find(R"(event: error
data: {"type":"error","sequence_number":1,"code":"overloaded","message":"Busy.","param":null,"error":{"message":"Busy.")"),
            std::string::npos)
      << out;
  const auto data = out.rfind("data: ") + 6;
  EXPECT_TRUE(
      json::Document::parse(std::string_view(out).substr(data, out.size() - data - 2)).ok());
}

}  // namespace
}  // namespace b3iq::dialects

#include "dialects/ollama_body.h"

#include <gtest/gtest.h>

#include <string>

namespace b3iq::dialects {
namespace {

using base::ErrorCode;

std::string chat_with(std::string_view more) {
  std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}])";
  if (!more.empty()) body.append(",").append(more);
  return body + "}";
}

std::string chat_of(std::string_view messages) {
  return R"({"model":"m","messages":[)" + std::string(messages) + "]}";
}

std::string said(const std::string& body) {
  const auto request = decode_ollama_chat(body);
  EXPECT_TRUE(request.ok()) << body << ": " << request.error().detail;
  if (!request.ok()) return "";
  EXPECT_EQ(request->caller_body.data(), body.data());
  return std::string(request->body);
}

std::string cut(std::string text, std::string_view begin, std::string_view end) {
  EXPECT_TRUE(text.starts_with(begin) && text.ends_with(end)) << text;
  return text.size() < begin.size() + end.size()
             ? ""
             : text.substr(begin.size(), text.size() - begin.size() - end.size());
}

// What `more` is said in.
std::string said_members(std::string_view more, std::string_view stream = "true") {
  return cut(
      said(chat_with(more)), R"({"model":"m",)",
      R"("stream":)" + std::string(stream) + R"(,"messages":[{"role":"user","content":"hi"}]})");
}

std::string said_messages(std::string_view messages) {
  return cut(said(chat_of(messages)), R"({"model":"m","stream":true,"messages":[)", "]}");
}

void expect_refused(const base::Result<inference::ChatRequest>& request, std::string_view param,
                    ErrorCode code) {
  ASSERT_FALSE(request.ok()) << param;
  EXPECT_EQ(request.error().param, param) << request.error().detail;
  EXPECT_EQ(request.error().code, code) << request.error().detail;
  EXPECT_NE(request.error().detail.find(param), std::string::npos) << request.error().detail;
}
void expect_invalid(const std::string& body, std::string_view param) {
  expect_refused(decode_ollama_chat(body), param, ErrorCode::invalid_request);
}
void expect_unsupported(const std::string& body, std::string_view param) {
  expect_refused(decode_ollama_chat(body), param, ErrorCode::unsupported_parameter);
}

TEST(OllamaRequest, AChatIsAStreamUnlessItSaysNo) {
  const std::string body = chat_with("");
  EXPECT_TRUE(decode_ollama_chat(body)->stream);
  EXPECT_TRUE(decode_ollama_chat(body)->wants_reasoning);
  EXPECT_EQ(said_members(R"("stream":false)", "false"), "");
  const std::string quiet = chat_with(R"("think":false)");
  EXPECT_FALSE(decode_ollama_chat(quiet)->wants_reasoning);
}

TEST(OllamaRequest, OptionsAreSaidInOpenAisWords) {
  EXPECT_EQ(
      said_members(R"("options":{"temperature":0.5,"top_p":1,"top_k":40,"min_p":0.1,"seed":7,)"
                   R"("stop":["a","b"],"num_predict":9,"repeat_penalty":1.1,)"
                   R"("presence_penalty":-1,"frequency_penalty":2},"keep_alive":"5m")"),
      R"("temperature":0.5,"top_p":1,"top_k":40,"min_p":0.1,"seed":7,"stop":["a","b"],)"
      R"("max_tokens":9,"repeat_penalty":1.1,"presence_penalty":-1,"frequency_penalty":2,)");
  EXPECT_EQ(said_members(R"("options":{"num_predict":-1,"num_ctx":8192,"num_gpu":1,"top_p":null})"),
            "");
  EXPECT_EQ(said_members(R"("options":{"stop":"END"},"keep_alive":-1)"), R"("stop":"END",)");
}

TEST(OllamaRequest, FormatsAndTools) {
  EXPECT_EQ(said_members(R"("format":"json")"), R"("response_format":{"type":"json_object"},)");
  EXPECT_EQ(said_members(R"("format":"")"), "");
  EXPECT_EQ(
      said_members(R"("format":{"type":"object"})"),
      R"("response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,)"
      R"("schema":{"type":"object"}}},)");
  const std::string tools =
      R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])";
  EXPECT_EQ(said_members(tools), tools + ",");
  EXPECT_EQ(said_members(R"("tools":[])"), "");
}

TEST(OllamaRequest, ImagesSayWhatTheyAre) {
  EXPECT_EQ(
      said_messages(R"({"role":"user","content":"what?","images":["iVBORw0KGgoAA","/9j/AA"]})"),
      R"({"role":"user","content":[{"type":"text","text":"what?"},{"type":"image_url",)"
      R"("image_url":{"url":"data:image/png;base64,iVBORw0KGgoAA"}},{"type":"image_url",)"
      R"("image_url":{"url":"data:image/jpeg;base64,/9j/AA"}}]})");
  expect_invalid(chat_of(R"({"role":"user","content":"x","images":["https://x.example/i.png"]})"),
                 "messages[0].images[0]");
  expect_unsupported(chat_of(R"({"role":"system","content":"x","images":["/9j/AA"]})"),
                     "messages[0].images");
}

TEST(OllamaRequest, ResultsOfToolsFindTheirCalls) {
  EXPECT_EQ(
      said_messages(
          R"({"role":"user","content":"go"},{"role":"assistant","content":"","thinking":"t",)"
          R"("tool_calls":[{"function":{"name":"f","arguments":{"a":"x"}}},)"
          R"({"id":"mine","function":{"index":1,"name":"g"}},{"function":{"name":"f","arguments":{}}}]},)"
          R"({"role":"tool","tool_name":"g","content":"2"},{"role":"tool","tool_name":"f","content":"1"},)"
          R"({"role":"tool","content":"3"})"),
      R"({"role":"user","content":"go"},{"role":"assistant","content":"","tool_calls":[)"
      R"({"id":"call_0","type":"function","function":{"name":"f","arguments":"{\"a\":\"x\"}"}},)"
      R"({"id":"mine","type":"function","function":{"name":"g","arguments":"{}"}},)"
      R"({"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"mine","content":"2"},)"
      R"({"role":"tool","tool_call_id":"call_0","content":"1"},)"
      R"({"role":"tool","tool_call_id":"call_1","content":"3"})");
  expect_invalid(chat_of(R"({"role":"tool","tool_name":"f","content":"1"})"), "messages[0]");
}

TEST(OllamaRequest, WhatCannotBeSaidIsRefusedByName) {
  expect_unsupported(chat_with(R"("options":{"mirostat":1})"), "options.mirostat");
  expect_unsupported(chat_with(R"("think":"high")"), "think");
  expect_unsupported(chat_with(R"("logprobs":true)"), "logprobs");
  expect_unsupported(chat_with(R"("truncate":true)"), "truncate");
  expect_unsupported(chat_with(R"("template":"x")"), "template");
  expect_unsupported(chat_with(R"("temperature":1)"), "temperature");
  expect_unsupported(chat_of(R"({"role":"user","content":"x","name":"n"})"), "messages[0].name");
  for (const auto* member :
       {R"("truncate":false)", R"("shift":false)", R"("logprobs":false)", R"("top_logprobs":0)"}) {
    EXPECT_EQ(said_members(member), "") << member;
  }
}

TEST(OllamaRequest, WhatIsWrongIsRefusedByName) {
  expect_invalid("{}", "model");
  expect_invalid(R"({"model":"m"})", "messages");
  expect_invalid(R"({"model":"m","messages":[]})", "messages");
  expect_invalid(chat_with(R"("options":{"temperature":"hot"})"), "options.temperature");
  expect_invalid(chat_with(R"("options":{"num_predict":0})"), "options.num_predict");
  expect_invalid(chat_with(R"("options":{"stop":["1","2","3","4","5"]})"), "options.stop");
  expect_invalid(chat_with(R"("format":"yaml")"), "format");
  expect_invalid(chat_with(R"("stream":1)"), "stream");
  expect_invalid(chat_of(R"({"role":"user"})"), "messages[0].content");
  expect_invalid(chat_of(R"({"role":"nobody","content":"x"})"), "messages[0].role");
  expect_invalid(chat_of(R"({"role":"assistant","tool_calls":[{"function":{"name":"f",)"
                         R"("arguments":"{}"}}]})"),
                 "messages[0].tool_calls[0].function.arguments");
  EXPECT_EQ(decode_ollama_chat("{").error().code, ErrorCode::invalid_json);
  EXPECT_FALSE(decode_ollama_chat("[]").ok());
}

TEST(OllamaRequest, AGenerateIsAChatOfOneMessage) {
  const std::string body =
      R"({"model":"m","prompt":"hi","system":"be brief","images":["/9j/AA"],"stream":false,)"
      R"("suffix":"","context":[],"raw":false})";
  const auto request = decode_ollama_generate(body);
  ASSERT_TRUE(request.ok()) << request.error().detail;
  EXPECT_EQ(request->body,
            R"({"model":"m","stream":false,"messages":[{"role":"system","content":"be brief"},)"
            R"({"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url",)"
            R"("image_url":{"url":"data:image/jpeg;base64,/9j/AA"}}]}]})");
  EXPECT_EQ(request->caller_body.data(), body.data());
}

TEST(OllamaRequest, AGenerateThatIsNoChatIsRefusedByName) {
  for (const auto& [member, name] :
       {std::pair{R"("raw":true)", "raw"}, std::pair{R"("template":"{{ .Prompt }}")", "template"},
        std::pair{R"("context":[1])", "context"}, std::pair{R"("suffix":"}")", "suffix"},
        std::pair{R"("messages":[])", "messages"}, std::pair{R"("width":64)", "width"}}) {
    const std::string body = R"({"model":"m","prompt":"x",)" + std::string(member) + "}";
    expect_refused(decode_ollama_generate(body), name, ErrorCode::unsupported_parameter);
  }
  const std::string empty = R"({"model":"m"})";
  expect_refused(decode_ollama_generate(empty), "prompt", ErrorCode::invalid_request);
}

}  // namespace
}  // namespace b3iq::dialects

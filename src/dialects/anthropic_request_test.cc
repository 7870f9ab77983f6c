#include "dialects/anthropic_request.h"

#include <gtest/gtest.h>

#include <string>

namespace b3iq::dialects {
namespace {

using base::ErrorCode;

// A valid body with `more` members.
std::string body_with(std::string_view more) {
  std::string body = R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}])";
  if (!more.empty()) body.append(",").append(more);
  return body + "}";
}

std::string body_with_messages(std::string_view messages) {
  return R"({"model":"m","max_tokens":9,"messages":[)" + std::string(messages) + "]}";
}

std::string said(const std::string& body) {
  const auto request = decode_anthropic(body);
  EXPECT_TRUE(request.ok()) << body << ": " << request.error().detail;
  if (!request.ok()) return "";
  EXPECT_EQ(request->caller_body.data(), body.data());
  EXPECT_TRUE(request->unknown_members.empty());
  return std::string(request->body);
}

// The members of the OpenAI body that `more` is said in.
std::string said_members(std::string_view more) {
  auto text = said(body_with(more));
  constexpr std::string_view kBegin = R"({"model":"m","max_tokens":9,)";
  constexpr std::string_view kMessages = R"("messages":[{"role":"user","content":"hi"}]})";
  EXPECT_TRUE(text.starts_with(kBegin)) << text;
  EXPECT_TRUE(text.ends_with(kMessages)) << text;
  text = text.substr(kBegin.size(), text.size() - kBegin.size() - kMessages.size());
  if (text.ends_with(',')) text.pop_back();
  return text;
}

std::string said_messages(std::string_view messages) {
  const auto text = said(body_with_messages(messages));
  constexpr std::string_view kBegin = R"({"model":"m","max_tokens":9,"messages":)";
  EXPECT_TRUE(text.starts_with(kBegin)) << text;
  return text.empty() ? text : text.substr(kBegin.size(), text.size() - kBegin.size() - 1);
}

void expect_refused(const std::string& body, std::string_view param,
                    ErrorCode code = ErrorCode::invalid_request) {
  const auto request = decode_anthropic(body);
  ASSERT_FALSE(request.ok()) << body;
  EXPECT_EQ(request.error().param, param) << body << ": " << request.error().detail;
  EXPECT_EQ(request.error().code, code) << body << ": " << request.error().detail;
  EXPECT_NE(request.error().detail.find(param), std::string::npos) << request.error().detail;
}

void expect_unsupported(const std::string& body, std::string_view param) {
  expect_refused(body, param, ErrorCode::unsupported_parameter);
}

TEST(AnthropicRequest, SamplingIsSaidInOpenAisWords) {
  EXPECT_EQ(said_members(R"("temperature":0.5,"top_p":1,"top_k":40,"stop_sequences":["a","b"],)"
                         R"("stream":true)"),
            R"("temperature":0.5,"top_p":1,"top_k":40,"stop":["a","b"],"stream":true)");
  const std::string body = body_with(R"("top_k":3,"stream":true)");
  const auto request = decode_anthropic(body);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->max_tokens, 9);
  EXPECT_EQ(request->sampling.top_k, 3);
  EXPECT_TRUE(request->stream);
  EXPECT_FALSE(request->wants_reasoning);
}

TEST(AnthropicRequest, BookkeepingHasNoEffect) {
  EXPECT_EQ(
      said_members(R"("metadata":{"user_id":"u"},"service_tier":"auto","thinking":)"
                   R"({"type":"disabled"},"cache_control":{"type":"ephemeral"},"system":null)"),
      "");
}

TEST(AnthropicRequest, ToolsAndTheirChoice) {
  EXPECT_EQ(
      said_members(
          R"("tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,)"
          R"("cache_control":{"type":"ephemeral"}},{"type":"custom","name":"g","input_schema":{}}],)"
          R"("tool_choice":{"type":"tool","name":"g","disable_parallel_tool_use":true})"),
      R"("tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,)"
      R"("parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{}}}],)"
      R"("tool_choice":{"type":"function","function":{"name":"g"}},"parallel_tool_calls":false)");
  const std::string tools = R"("tools":[{"name":"f","input_schema":{}}],"tool_choice":)";
  for (const auto& [theirs, ours] :
       {std::pair{"auto", "auto"}, std::pair{"any", "required"}, std::pair{"none", "none"}}) {
    const auto text = said_members(tools + R"({"type":")" + theirs + "\"}");
    EXPECT_TRUE(text.ends_with(std::string(R"("tool_choice":")") + ours + "\"")) << text;
  }
}

TEST(AnthropicRequest, AnOutputFormatIsAJsonSchema) {
  EXPECT_EQ(
      said_members(
          R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}})"),
      R"("response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,)"
      R"("schema":{"type":"object"}}})");
}

TEST(AnthropicRequest, TheSystemPromptComesFirst) {
  const std::string user = R"({"role":"user","content":"hi"}]})";
  const std::string begin = R"({"model":"m","max_tokens":9,"messages":[)";
  EXPECT_EQ(said(body_with(R"("system":"be brief")")),
            begin + R"({"role":"system","content":"be brief"},)" + user);
  EXPECT_EQ(said(body_with(R"("system":[{"type":"text","text":"a","cache_control":)"
                           R"({"type":"ephemeral"}},{"type":"text","text":"b"}])")),
            begin +
                R"({"role":"system","content":[{"type":"text","text":"a"},)"
                R"({"type":"text","text":"b"}]},)" +
                user);
  EXPECT_EQ(said(body_with(R"("system":"")")), begin + user);
  EXPECT_EQ(said(body_with(R"("system":[])")), begin + user);
}

TEST(AnthropicRequest, BlocksOfAUser) {
  EXPECT_EQ(said_messages(R"({"role":"user","content":[{"type":"text","text":"one"}]})"),
            R"([{"role":"user","content":"one"}])");
  EXPECT_EQ(
      said_messages(
          R"({"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":)"
          R"("image/png","data":"AAAA"}},{"type":"image","source":{"type":"url","url":)"
          R"("https://x.example/i.png"}},{"type":"text","text":"what?","citations":null}]})"),
      R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},)"
      R"({"type":"image_url","image_url":{"url":"https://x.example/i.png"}},)"
      R"({"type":"text","text":"what?"}]}])");
}

TEST(AnthropicRequest, ToolUseAndItsResults) {
  EXPECT_EQ(
      said_messages(
          R"({"role":"user","content":"go"},{"role":"assistant","content":[)"
          R"({"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"I look."},)"
          R"({"type":"tool_use","id":"t1","name":"f","input":{"a":[1,"x\n"]}},)"
          R"({"type":"tool_use","id":"t2","name":"g","input":{}}]},)"
          R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"42"},)"
          R"({"type":"tool_result","tool_use_id":"t2","is_error":true,"content":[)"
          R"({"type":"text","text":"no"},{"type":"text","text":"way"},{"type":"image","source":)"
          R"({"type":"base64","media_type":"image/gif","data":"BB"}}]},)"
          R"({"type":"tool_result","tool_use_id":"t3"},{"type":"text","text":"so?"}]})"),
      R"([{"role":"user","content":"go"},{"role":"assistant","content":"I look.","tool_calls":[)"
      R"({"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":[1,\"x\\n\"]}"}},)"
      R"({"id":"t2","type":"function","function":{"name":"g","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"t1","content":"42"},)"
      R"({"role":"tool","tool_call_id":"t2","content":"Error: no\nway"},)"
      R"({"role":"tool","tool_call_id":"t3","content":""},)"
      R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/gif;base64,BB"}},)"
      R"({"type":"text","text":"so?"}]}])");
  // Results alone need no user message; a call alone has no text.
  EXPECT_EQ(
      said_messages(
          R"({"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use",)"
          R"("id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result",)"
          R"("tool_use_id":"t","content":"1","is_error":false}]})"),
      R"([{"role":"user","content":"go"},{"role":"assistant","content":null,"tool_calls":[{"id":"t",)"
      R"("type":"function","function":{"name":"f","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"t","content":"1"}])");
}

TEST(AnthropicRequest, ReasoningIsToldWhereItIsAskedFor) {
  const std::string adaptive = body_with(R"("thinking":{"type":"adaptive"})");
  EXPECT_TRUE(decode_anthropic(adaptive)->wants_reasoning);
  const std::string omitted = body_with(R"("thinking":{"type":"adaptive","display":"omitted"})");
  EXPECT_FALSE(decode_anthropic(omitted)->wants_reasoning);
  expect_unsupported(body_with(R"("thinking":{"type":"enabled","budget_tokens":1024})"),
                     "thinking.type");
}

TEST(AnthropicRequest, WhatCannotBeSaidIsRefusedByName) {
  expect_unsupported(body_with(R"("container":"c")"), "container");
  expect_unsupported(body_with(R"("mcp_servers":[])"), "mcp_servers");
  expect_unsupported(body_with(R"("seed":1)"), "seed");
  expect_unsupported(body_with(R"("output_config":{"effort":"high"})"), "output_config.effort");
  expect_unsupported(body_with(R"("tools":[{"type":"web_search_20250305","name":"web_search"}])"),
                     "tools[0].type");
  expect_unsupported(body_with(R"("tools":[{"name":"f","input_schema":{},"defer_loading":true}])"),
                     "tools[0].defer_loading");
  expect_unsupported(body_with(R"("tools":[{"name":"f","input_schema":{},"input_examples":[]}])"),
                     "tools[0].input_examples");
  const std::string user = R"({"role":"user","content":"x"})";
  expect_unsupported(body_with_messages(user + R"(,{"role":"assistant","content":"The"})"),
                     "messages[1]");
  expect_unsupported(
      body_with_messages(R"({"role":"user","content":[{"type":"document","source":{}}]})"),
      "messages[0].content[0].type");
  expect_unsupported(
      body_with_messages(R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"image",)"
                         R"("source":{"type":"file","file_id":"f"}}]})"),
      "messages[0].content[1].source.type");
  expect_unsupported(body_with_messages(R"({"role":"user","content":"x","name":"n"})"),
                     "messages[0].name");
  expect_unsupported(
      body_with_messages(R"({"role":"assistant","content":[{"type":"server_tool_use"}]},)" + user),
      "messages[0].content[0].type");
  expect_unsupported(body_with(R"("b3iq":{"dispatch_mode":"private_job"})"), "b3iq.dispatch_mode");
}

TEST(AnthropicRequest, WhatIsWrongIsRefusedByName) {
  expect_refused(R"({"max_tokens":1,"messages":[]})", "model");
  expect_refused(R"({"model":"m","messages":[]})", "max_tokens");
  expect_refused(R"({"model":"m","max_tokens":1})", "messages");
  expect_refused(R"({"model":"m","max_tokens":1,"messages":[]})", "messages");
  expect_refused(R"({"model":"","max_tokens":1,"messages":[{"role":"user","content":"x"}]})",
                 "model");
  expect_refused(R"({"model":"m","max_tokens":0,"messages":[]})", "max_tokens");
  expect_refused(body_with(R"("temperature":1.5)"), "temperature");
  expect_refused(body_with(R"("stop_sequences":["a","b","c","d","e"])"), "stop_sequences");
  expect_refused(body_with(R"("stop_sequences":["a",""])"), "stop_sequences[1]");
  expect_refused(body_with(R"("stream":"yes")"), "stream");
  expect_refused(body_with(R"("tools":[{"name":"a b","input_schema":{}}])"), "tools[0].name");
  expect_refused(body_with(R"("tools":[{"name":"a"}])"), "tools[0].input_schema");
  expect_refused(body_with(R"("tool_choice":{"type":"any"})"), "tool_choice");
  expect_refused(body_with(R"("tool_choice":{"type":"most"})"), "tool_choice.type");
  expect_refused(body_with(R"("system":[{"type":"text"}])"), "system[0].text");
  expect_refused(body_with_messages(R"({"role":"tool","content":"x"})"), "messages[0].role");
  expect_refused(body_with_messages(R"({"role":"user"})"), "messages[0].content");
  expect_refused(body_with_messages(R"({"role":"user","content":[]})"), "messages[0].content");
  expect_refused(body_with_messages(R"({"role":"user","content":[{"type":"text","text":"a"},)"
                                    R"({"type":"tool_result","tool_use_id":"t"}]})"),
                 "messages[0].content[1]");
  expect_refused(body_with_messages(R"({"role":"user","content":[{"type":"image","source":{"type":)"
                                    R"("base64","media_type":"image/tiff","data":"A"}}]})"),
                 "messages[0].content[0].source.media_type");
  expect_refused(body_with_messages(R"({"role":"user","content":[{"type":"image","source":{"type":)"
                                    R"("url","url":"file:///etc/passwd"}}]})"),
                 "messages[0].content[0].source.url");
  EXPECT_FALSE(decode_anthropic("[]").ok());
  EXPECT_EQ(decode_anthropic("{").error().code, ErrorCode::invalid_json);
}

// The views of the request live in what it owns.
TEST(AnthropicRequest, AMovedRequestKeepsItsText) {
  const std::string body = body_with_messages(R"({"role":"user","content":"short"})");
  auto decoded = decode_anthropic(body);
  ASSERT_TRUE(decoded.ok());
  const inference::ChatRequest moved = std::move(decoded).value();
  EXPECT_EQ(moved.messages.at(0).content.at(0).text, "short");
  EXPECT_TRUE(moved.body.starts_with("{\"model\""));
}

TEST(AnthropicRequest, TheDeepestSchemaThatIsReadIsAlsoSaid) {
  std::string schema = "{}";
  for (int i = 0; i < 59; ++i) schema = R"({"p":)" + schema + "}";
  EXPECT_FALSE(said(body_with(R"("tools":[{"name":"f","input_schema":)" + schema + "}]")).empty());
}

}  // namespace
}  // namespace b3iq::dialects

#include "runtimes/ollama/ollama_request.h"

#include <gtest/gtest.h>

#include "inference/openai_request.h"
#include "json/json.h"

namespace b3iq::runtimes {
namespace {

base::Result<std::string> body_of(const std::string& text, std::int64_t context = 0) {
  auto request = inference::decode_chat_request(text);
  EXPECT_TRUE(request.ok()) << request.error().detail;
  request->runtime_model = "real:7b";
  return make_ollama_body(*request, context);
}

std::string with(const std::string& more) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}])" + more + "}";
}

TEST(OllamaRequest, a_plain_chat) {
  const auto body = body_of(with(R"(,"stream":true)"));
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(*body, R"({"model":"real:7b","stream":true,"truncate":false,"shift":false,)"
                   R"("messages":[{"role":"user","content":"hi"}],"options":{}})");
}

TEST(OllamaRequest, every_option_gets_its_name) {
  const auto body = body_of(
      with(
          R"(,"temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.05,"seed":7,"max_tokens":20,)"
          R"("repeat_penalty":1.1,"presence_penalty":0.5,"frequency_penalty":-0.5,"stop":["a","b"])"),
      8192);
  ASSERT_TRUE(body.ok());
  const auto document = json::Document::parse(*body);
  ASSERT_TRUE(document.ok()) << *body;
  EXPECT_EQ(
      document->root().find("options").to_text(),
      R"({"temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.05,"seed":7,"num_predict":20,)"
      R"("repeat_penalty":1.1,"presence_penalty":0.5,"frequency_penalty":-0.5,"num_ctx":8192,)"
      R"("stop":["a","b"]})");
}

TEST(OllamaRequest, formats) {
  EXPECT_NE(
      body_of(with(R"(,"response_format":{"type":"json_object"})"))->find(R"("format":"json")"),
      std::string::npos);
  const auto schema = body_of(with(
      R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}})"));
  EXPECT_NE(schema->find(R"("format":{"type":"object"})"), std::string::npos) << *schema;
}

TEST(OllamaRequest, logprobs) {
  const auto body = body_of(with(R"(,"logprobs":true,"top_logprobs":3)"));
  EXPECT_NE(body->find(R"("logprobs":true,"top_logprobs":3)"), std::string::npos);
}

TEST(OllamaRequest, tools_and_their_history) {
  const std::string text =
      R"({"model":"m","messages":[{"role":"developer","content":"be kind"},{"role":"user","content":"w?"},)"
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",)"
      R"("function":{"name":"weather","arguments":"{\"city\": \"Graz\"}"}}]},)"
      R"({"role":"tool","tool_call_id":"c1","content":"sunny"}],)"
      R"("tools":[{"type":"function","function":{"name":"weather","description":"d",)"
      R"("parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]})";
  const auto body = body_of(text);
  ASSERT_TRUE(body.ok()) << body.error().detail;
  const auto document = json::Document::parse(*body);
  const json::Value messages = document->root().find("messages");
  EXPECT_EQ(messages.at(0).to_text(), R"({"role":"system","content":"be kind"})");
  EXPECT_EQ(messages.at(2).to_text(),
            R"({"role":"assistant","content":"","tool_calls":[{"id":"c1","function":)"
            R"({"name":"weather","arguments":{"city":"Graz"}}}]})");
  EXPECT_EQ(messages.at(3).to_text(),
            R"({"role":"tool","content":"sunny","tool_call_id":"c1","tool_name":"weather"})");
  EXPECT_EQ(document->root().find("tools").at(0).find("function").find("name").string(), "weather");
}

TEST(OllamaRequest, tool_choice_none_sends_no_tools) {
  const auto body = body_of(
      with(R"(,"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none")"));
  EXPECT_EQ(body->find("\"tools\""), std::string::npos);
}

TEST(OllamaRequest, arguments_that_are_no_object_are_refused_by_name) {
  for (const std::string arguments : {"oops", "[1]", "{\\\"a\\\":", "7"}) {
    const auto body = body_of(
        R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function",)"
        R"("function":{"name":"f","arguments":")" +
        arguments + R"("}}]},{"role":"tool","tool_call_id":"c","content":"x"}]})");
    ASSERT_FALSE(body.ok()) << arguments;
    EXPECT_EQ(body.error().code, base::ErrorCode::invalid_request);
    EXPECT_EQ(body.error().param, "messages[0].tool_calls[0].function.arguments");
  }
}

TEST(OllamaRequest, images_come_from_data_urls_only) {
  const auto parts = [](const std::string& url) {
    return body_of(
        R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"what"},)"
        R"({"type":"text","text":"is it"},{"type":"image_url","image_url":{"url":")" +
        url + R"("}}]}]})");
  };
  const auto body = parts("data:image/png;base64,QUJD");
  ASSERT_TRUE(body.ok()) << body.error().detail;
  EXPECT_NE(body->find(R"({"role":"user","content":"what\nis it","images":["QUJD"]})"),
            std::string::npos)
      << *body;
  for (const std::string url :
       {"https://example.com/a.png", "file:///etc/passwd", "data:text,hi"}) {
    const auto refused = parts(url);
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_EQ(refused.error().code, base::ErrorCode::unsupported_parameter);
    EXPECT_EQ(refused.error().param, "messages[0].content[2].image_url.url");
  }
}

}  // namespace
}  // namespace b3iq::runtimes

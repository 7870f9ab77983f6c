#include "agent/runtimes/runtime_request.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

TEST(RuntimeRequest, ANewRuntimeWithAllItCanHave) {
  const auto decoded = decode_new_runtime(
      R"({"id":"gpu-1","kind":"openai","base_url":"http://h:1","api_key":"sk","max_concurrent":8,)"
      R"("profile":"llama-server"})");
  ASSERT_TRUE(decoded.ok()) << decoded.error().detail;
  EXPECT_EQ(decoded->settings.id, "gpu-1");
  EXPECT_EQ(decoded->settings.kind, RuntimeKind::openai);
  EXPECT_EQ(decoded->settings.profile, runtimes::ServerProfile::llama_server);
  EXPECT_EQ(decoded->settings.base_url, "http://h:1");
  EXPECT_EQ(decoded->settings.max_concurrent, 8);
  EXPECT_TRUE(decoded->settings.api_key_file.empty());
  EXPECT_EQ(decoded->api_key.reveal_text(), "sk");
}

TEST(RuntimeRequest, TheKindChoosesTheProfile) {
  const auto decoded = decode_runtime_test(R"({"kind":"vllm","base_url":"http://h:1"})");
  ASSERT_TRUE(decoded.ok()) << decoded.error().detail;
  EXPECT_EQ(decoded->settings.profile, runtimes::ServerProfile::vllm);
  EXPECT_TRUE(decoded->api_key.empty());
}

TEST(RuntimeRequest, WhatIsWrongIsNamed) {
  const std::string long_text(kMaxBaseUrlBytes + 1, 'x');
  const std::string long_key(kMaxRuntimeKeyBytes + 1, 'k');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"kind":"ollama","base_url":"u"})", "id"},
      {R"({"id":"A","kind":"ollama","base_url":"u"})", "id"},
      {R"({"id":7,"kind":"ollama","base_url":"u"})", "id"},
      {R"({"id":")" + std::string(65, 'a') + R"(","kind":"ollama","base_url":"u"})", "id"},
      {R"({"id":"a","base_url":"u"})", "kind"},
      {R"({"id":"a","kind":"embedded","base_url":"u"})", "kind"},
      {R"({"id":"a","kind":"ollama"})", "base_url"},
      {R"({"id":"a","kind":"ollama","base_url":""})", "base_url"},
      {R"({"id":"a","kind":"ollama","base_url":["u"]})", "base_url"},
      {R"({"id":"a","kind":"ollama","base_url":")" + long_text + R"("})", "base_url"},
      {R"({"id":"a","kind":"ollama","base_url":"u","api_key":1})", "api_key"},
      {R"({"id":"a","kind":"ollama","base_url":"u","api_key":")" + long_key + R"("})", "api_key"},
      {R"({"id":"a","kind":"ollama","base_url":"u","max_concurrent":-1})", "max_concurrent"},
      {R"({"id":"a","kind":"ollama","base_url":"u","max_concurrent":1.5})", "max_concurrent"},
      {R"({"id":"a","kind":"ollama","base_url":"u","max_concurrent":100001})", "max_concurrent"},
      {R"({"id":"a","kind":"openai","base_url":"u","profile":"x"})", "profile"},
      {R"({"id":"a","kind":"vllm","base_url":"u","profile":"lmstudio"})", "profile"},
      {R"({"id":"a","kind":"ollama","base_url":"u","api_key_file":"/etc/shadow"})", "api_key_file"},
  };
  for (const auto& [body, param] : cases) {
    const auto decoded = decode_new_runtime(body);
    ASSERT_FALSE(decoded.ok()) << body;
    EXPECT_EQ(decoded.error().code, base::ErrorCode::invalid_request) << body;
    EXPECT_EQ(decoded.error().param, param) << body;
    EXPECT_EQ(decoded.error().detail.find("kkkk"), std::string::npos) << "no key in an error";
  }
  EXPECT_EQ(decode_new_runtime("[]").error().code, base::ErrorCode::invalid_request);
  EXPECT_EQ(decode_new_runtime("{").error().code, base::ErrorCode::invalid_json);
  EXPECT_EQ(decode_runtime_test(R"({"id":"a","kind":"ollama","base_url":"u"})").error().param,
            "id");
}

}  // namespace
}  // namespace b3iq::agent

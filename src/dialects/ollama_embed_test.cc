#include "dialects/ollama_embed.h"

#include <gtest/gtest.h>

namespace b3iq::dialects {
namespace {

using base::ErrorCode;

TEST(OllamaEmbed, ATextOrTextsAndWhatChangesNothing) {
  const auto one = ollama_embed().decode(
      R"({"model":"m","input":"a","truncate":false,"keep_alive":"5m","options":{"num_ctx":64,"temperature":0}})");
  ASSERT_TRUE(one.ok()) << one.error().detail;
  EXPECT_EQ(one->request.inputs, (std::vector<std::string_view>{"a"}));
  EXPECT_FALSE(one->request.dimensions);
  const auto two = ollama_embed().decode(R"({"model":"m","input":["a","b"],"dimensions":8})");
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->request.count(), 2u);
  EXPECT_EQ(two->request.dimensions, 8);
  const auto older = ollama_embeddings().decode(R"({"model":"m","prompt":"a"})");
  ASSERT_TRUE(older.ok());
  EXPECT_EQ(older->request.inputs[0], "a");
}

TEST(OllamaEmbed, WhatIsWrongIsNamed) {
  const struct {
    const EmbeddingDialect& dialect;
    const char* body;
    ErrorCode code;
    const char* param;
  } kCases[] = {
      {ollama_embed(), R"({"input":"a"})", ErrorCode::invalid_request, "model"},
      {ollama_embed(), R"({"model":"m"})", ErrorCode::invalid_request, "input"},
      {ollama_embed(), R"({"model":"m","input":[]})", ErrorCode::invalid_request, "input"},
      {ollama_embed(), R"({"model":"m","input":["a",""]})", ErrorCode::invalid_request, "input[1]"},
      {ollama_embed(), R"({"model":"m","input":[1]})", ErrorCode::invalid_request, "input[0]"},
      {ollama_embed(), R"({"model":"m","input":"a","truncate":true})",
       ErrorCode::unsupported_parameter, "truncate"},
      {ollama_embed(), R"({"model":"m","input":"a","options":{"mirostat":1}})",
       ErrorCode::unsupported_parameter, "options.mirostat"},
      {ollama_embed(), R"({"model":"m","prompt":"a"})", ErrorCode::unsupported_parameter, "prompt"},
      {ollama_embeddings(), R"({"model":"m","input":"a"})", ErrorCode::unsupported_parameter,
       "input"},
      {ollama_embeddings(), R"({"model":"m"})", ErrorCode::invalid_request, "prompt"},
      {ollama_embeddings(), R"([])", ErrorCode::invalid_request, ""},
  };
  for (const auto& each : kCases) {
    const auto refused = each.dialect.decode(each.body);
    ASSERT_FALSE(refused.ok()) << each.body;
    EXPECT_EQ(refused.error().code, each.code) << each.body;
    EXPECT_EQ(refused.error().param, each.param) << each.body;
  }
}

TEST(OllamaEmbed, AnswersAreOllamas) {
  inference::EmbeddingAnswer answer;
  answer.vectors = {{0.5f, -0.1f}, {1, 0}};
  const EmbeddingFacts facts{VectorEncoding::numbers, "m\"", 7, 1'500};
  EXPECT_EQ(
      ollama_embed().write(answer, facts),
      R"({"model":"m\"","embeddings":[[0.5,-0.1],[1,0]],"total_duration":1500,"prompt_eval_count":7})");
  EXPECT_EQ(ollama_embeddings().write(answer, facts), R"({"embedding":[0.5,-0.1]})");
}

}  // namespace
}  // namespace b3iq::dialects

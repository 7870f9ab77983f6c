#include "dialects/openai_embeddings.h"

#include <gtest/gtest.h>

namespace b3iq::dialects {
namespace {

std::string refused_param(const std::string& body) {
  const auto decoded = decode_embeddings(body);
  return decoded.ok() ? "accepted" : decoded.error().param;
}

TEST(OpenAiEmbeddings, Texts) {
  const std::string body =
      R"({"model":"m","input":["a","ü"],"encoding_format":"base64","dimensions":3,"user":"u"})";
  const auto decoded = decode_embeddings(body);
  ASSERT_TRUE(decoded.ok()) << decoded.error().detail;
  EXPECT_EQ(decoded->request.model, "m");
  EXPECT_EQ(decoded->request.inputs, (std::vector<std::string_view>{"a", "ü"}));
  EXPECT_EQ(decoded->request.dimensions, 3);
  EXPECT_EQ(decoded->request.count(), 2U);
  EXPECT_EQ(decoded->request.body, body);
  EXPECT_EQ(decoded->encoding, VectorEncoding::base64);
}

TEST(OpenAiEmbeddings, TokenIds) {
  const std::string one = R"({"model":"m","input":[7,8]})";
  const auto flat = decode_embeddings(one);
  ASSERT_TRUE(flat.ok());
  EXPECT_EQ(flat->request.token_inputs, (std::vector<std::vector<std::int32_t>>{{7, 8}}));
  EXPECT_EQ(flat->request.count(), 1U);
  const std::string two = R"({"model":"m","input":[[7],[8,9]]})";
  const auto nested = decode_embeddings(two);
  ASSERT_TRUE(nested.ok());
  EXPECT_EQ(nested->request.count(), 2U);
  EXPECT_TRUE(nested->request.inputs.empty());
}

TEST(OpenAiEmbeddings, G2_22_WhatIsWrongIsNamed) {
  const auto with_input = [](const std::string& input) {
    return refused_param(R"({"model":"m","input":)" + input + "}");
  };
  EXPECT_EQ(with_input("\"\""), "input");
  EXPECT_EQ(with_input("null"), "input");
  EXPECT_EQ(with_input("[]"), "input");
  EXPECT_EQ(with_input("[[]]"), "input[0]");
  EXPECT_EQ(with_input("[\"a\",\"\"]"), "input[1]");
  EXPECT_EQ(with_input("[\"a\",[1]]"), "input[1]");
  EXPECT_EQ(with_input("[1,\"a\"]"), "input[1]");
  EXPECT_EQ(with_input("[[1],2]"), "input[1]");
  EXPECT_EQ(with_input("[2147483648]"), "input[0]");
  EXPECT_EQ(with_input("[1e400]"), "");  // no JSON number
  std::string many = "[\"x\"";
  for (std::size_t i = 0; i < inference::kMaxEmbeddingInputs; ++i) many += ",\"x\"";
  EXPECT_EQ(with_input(many + "]"), "input");
  EXPECT_EQ(refused_param(R"({"input":"x"})"), "model");
  EXPECT_EQ(refused_param(R"({"model":"m"})"), "input");
  EXPECT_EQ(refused_param(R"({"model":"m","input":"x","dimensions":0})"), "dimensions");
  EXPECT_EQ(refused_param(R"({"model":"m","input":"x","encoding_format":"x"})"), "encoding_format");
  EXPECT_EQ(refused_param(R"({"model":"m","input":"x","normalize":true})"), "normalize");
  EXPECT_FALSE(decode_embeddings("[]").ok());
}

TEST(OpenAiEmbeddings, TheAnswer) {
  const inference::EmbeddingAnswer answer{{{0.1F, -2.0F}, {1e-9F, 0.0F}}, 7};
  EXPECT_EQ(embeddings_json(answer, {VectorEncoding::numbers, "a\"b", 7}),
            R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-2]},)"
            R"({"object":"embedding","index":1,"embedding":[1e-09,0]}],"model":"a\"b",)"
            R"("usage":{"prompt_tokens":7,"total_tokens":7}})");
  EXPECT_EQ(embeddings_json({{{1.0F}}, 1}, {VectorEncoding::base64, "m", 1}),
            R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPw=="}],)"
            R"("model":"m","usage":{"prompt_tokens":1,"total_tokens":1}})");
}

}  // namespace
}  // namespace b3iq::dialects

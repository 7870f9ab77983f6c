#include "runtimes/ollama/ollama_models.h"

#include <gtest/gtest.h>

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;

TEST(OllamaModels, tags) {
  const auto tags = read_ollama_tags(
      R"({"models":[{"name":"llama3.2:latest","model":"llama3.2:latest","modified_at":"x","size":77,
          "digest":"abc","details":{}},
          {"name":"gpt-oss:120b-cloud","remote_host":"https://ollama.com:443","remote_model":"gpt-oss:120b",
          "size":5,"digest":"d"}]})");
  ASSERT_TRUE(tags.ok());
  ASSERT_EQ(tags->size(), 2U);
  EXPECT_EQ((*tags)[0].name, "llama3.2:latest");
  EXPECT_EQ((*tags)[0].size_bytes, 77);
  EXPECT_FALSE((*tags)[0].remote);
  EXPECT_TRUE((*tags)[1].remote);
}

TEST(OllamaModels, G6_78_a_strangers_answer_is_no_tag_list) {
  for (const std::string body : {"", "<html></html>", "[]", "{}", R"({"models":{}})",
                                 R"({"models":["a"]})", R"({"models":[{"name":""}]})",
                                 R"({"models":[{"name":"a"}]})", R"({"data":[{"id":"a"}]})"}) {
    const auto tags = read_ollama_tags(body);
    ASSERT_FALSE(tags.ok()) << body;
    EXPECT_EQ(tags.error().code, ErrorCode::upstream_failed);
  }
}

TEST(OllamaModels, what_show_tells) {
  inference::Capabilities can;
  ASSERT_TRUE(read_ollama_show(
      R"({"capabilities":["completion","tools","vision","thinking"],
          "model_info":{"general.architecture":"llama","llama.context_length":131072}})",
      can));
  EXPECT_TRUE(can.chat);
  EXPECT_TRUE(can.tools);
  EXPECT_TRUE(can.vision);
  EXPECT_FALSE(can.embeddings);
  EXPECT_EQ(can.context_tokens, 131072);
  inference::Capabilities embed;
  ASSERT_TRUE(read_ollama_show(
      R"({"capabilities":["embedding"],"model_info":{"bert.context_length":512}})", embed));
  EXPECT_FALSE(embed.chat);
  EXPECT_TRUE(embed.embeddings);
  inference::Capabilities old;
  ASSERT_TRUE(read_ollama_show(R"({"model_info":null})", old));
  EXPECT_TRUE(old.chat);
  EXPECT_FALSE(old.tools);
  EXPECT_EQ(old.context_tokens, 0);
  EXPECT_FALSE(read_ollama_show("<html>", old));
}

TEST(OllamaModels, versions) {
  EXPECT_EQ(read_ollama_version(R"({"version":"0.12.11"})"), "0.12.11");
  for (const std::string body : {"{}", "[]", R"({"version":7})", R"({"version":"new"})",
                                 R"({"version":"1 2"})", R"({"version":""})"}) {
    EXPECT_EQ(read_ollama_version(body), "") << body;
  }
  EXPECT_TRUE(version_at_least("0.12.11", 0, 12, 11));
  EXPECT_TRUE(version_at_least("0.13.0-rc1", 0, 12, 11));
  EXPECT_TRUE(version_at_least("1.0", 0, 12, 11));
  EXPECT_FALSE(version_at_least("0.12.10", 0, 12, 11));
  EXPECT_FALSE(version_at_least("0.9.99", 0, 12, 11));
  EXPECT_FALSE(version_at_least("", 0, 12, 11));
  EXPECT_FALSE(version_at_least("x.y", 0, 0, 0));
  EXPECT_TRUE(ollama_capabilities("0.12.11").logprobs);
  EXPECT_FALSE(ollama_capabilities("0.12.10").logprobs);
  EXPECT_FALSE(ollama_capabilities("").logprobs);
}

TEST(OllamaModels, ps) {
  const auto loaded = read_ollama_ps(
      R"({"models":[{"name":"a:latest","model":"a:latest","size_vram":5,"context_length":4096},{"name":"b"}]})");
  ASSERT_TRUE(loaded);
  EXPECT_EQ((*loaded)[0].context_tokens, 4096);
  EXPECT_EQ((*loaded)[1].context_tokens, 0);
  EXPECT_FALSE(read_ollama_ps("{}"));
}

TEST(OllamaModels, errors_name_the_fix) {
  const auto words = [](ErrorCode code, const std::string& detail) {
    return ollama_words(Error(code, detail), "llama3.2");
  };
  EXPECT_NE(words(ErrorCode::model_not_found, "x").detail.find("ollama pull llama3.2"),
            std::string::npos);
  EXPECT_NE(words(ErrorCode::runtime_unreachable, "x").detail.find("ollama serve"),
            std::string::npos);
  EXPECT_EQ(words(ErrorCode::invalid_request, "the prompt exceeds the context length").code,
            ErrorCode::context_length_exceeded);
  const auto busy =
      words(ErrorCode::upstream_failed, "server busy, please try again. maximum pending requests");
  EXPECT_EQ(busy.code, ErrorCode::overloaded);
  EXPECT_GT(busy.retry_after_ms, 0);
}

}  // namespace
}  // namespace b3iq::runtimes

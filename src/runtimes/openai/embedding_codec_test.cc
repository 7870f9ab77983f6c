#include "runtimes/openai/embedding_codec.h"

#include <gtest/gtest.h>

#include "runtimes/openai/openai_fixture.h"

namespace b3iq::runtimes {
namespace {

TEST(EmbeddingCodec, a_request_names_the_runtimes_model) {
  const inference::EmbeddingRequest request{
      .model = "alias", .runtime_model = "real", .inputs = {"a \"b\"", ""}, .dimensions = 8};
  EXPECT_EQ(embedding_body(request),
            R"({"model":"real","input":["a \"b\"",""],"encoding_format":"float","dimensions":8})");
}

TEST(EmbeddingCodec, token_ids_go_as_numbers) {
  const inference::EmbeddingRequest request{.model = "m", .token_inputs = {{1, 2}, {3}}};
  EXPECT_EQ(embedding_body(request),
            R"({"model":"m","input":[[1,2],[3]],"encoding_format":"float"})");
}

TEST(EmbeddingCodec, vectors_come_in_the_order_of_their_index) {
  const auto answer = read_embeddings(
      R"({"object":"list","data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2.5]}],
          "usage":{"prompt_tokens":7,"total_tokens":7}})",
      2);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->vectors[0], (std::vector<float>{1, 2.5F}));
  EXPECT_EQ(answer->vectors[1], (std::vector<float>{3, 4}));
  EXPECT_EQ(answer->prompt_tokens, 7);
  const auto untold = read_embeddings(R"({"data":[{"embedding":[1]}]})", 1);
  ASSERT_TRUE(untold.ok());
  EXPECT_FALSE(untold->prompt_tokens);
}

TEST(EmbeddingCodec, G6_75_anything_else_is_an_error) {
  for (const std::string_view body :
       {"", "{}", "[]", R"({"data":[]})", R"({"data":[{"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1]},{"index":-1,"embedding":[1]}]})",
        R"({"data":[{"embedding":[1]},{"embedding":[1,2]}]})",
        R"({"data":[{"embedding":[]},{"embedding":[]}]})",
        R"({"data":[{"embedding":"AAAA"},{"embedding":"AAAA"}]})",
        R"({"data":[{"embedding":[1e99]},{"embedding":[1]}]})",
        R"({"error":{"message":"no embeddings here"}})"}) {
    const auto answer = read_embeddings(body, 2);
    ASSERT_FALSE(answer.ok()) << body;
    EXPECT_EQ(answer.error().code, base::ErrorCode::upstream_failed);
  }
}

TEST(EmbeddingCodec, over_the_wire) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    wire.say(
        http_answer(R"({"data":[{"index":0,"embedding":[0.25]}],"usage":{"prompt_tokens":2}})"));
  });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url()});
  const inference::EmbeddingRequest request{.model = "e", .inputs = {"x"}};
  const auto answer = node.run(node.runtime->embed(request, {}));
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->vectors.at(0).at(0), 0.25F);
  EXPECT_TRUE(upstream.requests().at(0).starts_with("POST /v1/embeddings HTTP/1.1\r\n"));
}

}  // namespace
}  // namespace b3iq::runtimes

#include "inference/capability_check.h"

#include <gtest/gtest.h>

#include "inference/openai_request.h"

namespace b3iq::inference {
namespace {

std::string refused_param(std::string_view more, const Capabilities& can) {
  const std::string body =
      R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + std::string(more) + "}";
  const auto request = decode_chat_request(body);
  EXPECT_TRUE(request.ok()) << request.error().detail;
  const auto status = check_capabilities(*request, can);
  if (status.ok()) return "";
  EXPECT_EQ(status.error().code, base::ErrorCode::unsupported_parameter);
  return status.error().param;
}

constexpr std::string_view kTools = R"("tools":[{"type":"function","function":{"name":"a"}}])";

TEST(CapabilityCheck, what_a_runtime_cannot_do_is_refused) {
  const Capabilities none;
  EXPECT_EQ(refused_param(kTools, none), "tools");
  EXPECT_EQ(refused_param(R"("logprobs":true)", none), "logprobs");
  EXPECT_EQ(refused_param(R"("logit_bias":{"1":2})", none), "logit_bias");
  EXPECT_EQ(refused_param(R"("presence_penalty":1)", none), "presence_penalty");
  EXPECT_EQ(refused_param(R"("frequency_penalty":1)", none), "frequency_penalty");
  EXPECT_EQ(refused_param(R"("top_k":5)", none), "top_k");
  EXPECT_EQ(refused_param(R"("min_p":0.1)", none), "min_p");
  EXPECT_EQ(refused_param(R"("response_format":{"type":"json_object"})", none), "response_format");
  EXPECT_EQ(refused_param(R"("reasoning_effort":"low")", none), "reasoning_effort");
}

TEST(CapabilityCheck, what_changes_nothing_is_let_through) {
  const Capabilities none;
  EXPECT_EQ(refused_param(R"("presence_penalty":0,"temperature":1)", none), "");
  EXPECT_EQ(refused_param(R"("user":"u","metadata":{})", none), "");
  EXPECT_EQ(refused_param(std::string(kTools) + R"(,"tool_choice":"none")", none), "");
}

TEST(CapabilityCheck, what_a_runtime_can_do_is_let_through) {
  const Capabilities all{.tools = true,
                         .json_schema = true,
                         .json_object = true,
                         .logprobs = true,
                         .logit_bias = true,
                         .vision = true,
                         .audio = true,
                         .penalties = true,
                         .extensions = true,
                         .same_dialect = true};
  EXPECT_EQ(refused_param(kTools, all), "");
  EXPECT_EQ(refused_param(R"("reasoning_effort":"low","logprobs":true,"top_k":3)", all), "");
}

TEST(CapabilityCheck, a_runtime_that_cannot_force_tools_says_so) {
  const Capabilities can{.tools = true, .tool_control = false};
  const std::string tools(kTools);
  EXPECT_EQ(refused_param(tools + R"(,"tool_choice":"required")", can), "tool_choice");
  EXPECT_EQ(
      refused_param(tools + R"(,"tool_choice":{"type":"function","function":{"name":"a"}})", can),
      "tool_choice");
  EXPECT_EQ(refused_param(tools + R"(,"parallel_tool_calls":false)", can), "parallel_tool_calls");
  EXPECT_EQ(refused_param(tools + R"(,"tool_choice":"auto","parallel_tool_calls":true)", can), "");
}

TEST(CapabilityCheck, an_embedding_model_does_not_chat) {
  EXPECT_EQ(refused_param(R"("temperature":1)", {.embeddings = true, .chat = false}), "model");
}

TEST(CapabilityCheck, embedding_requests) {
  const auto refused = [](std::size_t inputs, std::optional<std::int64_t> dimensions, bool can) {
    const EmbeddingRequest request{.model = "m",
                                   .runtime_model = "m",
                                   .inputs = std::vector<std::string_view>(inputs, "x"),
                                   .dimensions = dimensions};
    const auto status = check_embedding(request, {.embeddings = can});
    return status.ok() ? std::string() : status.error().param;
  };
  EXPECT_EQ(refused(1, {}, true), "");
  EXPECT_EQ(refused(kMaxEmbeddingInputs, 256, true), "");
  EXPECT_EQ(refused(1, {}, false), "model");
  EXPECT_EQ(refused(0, {}, true), "input");
  EXPECT_EQ(refused(kMaxEmbeddingInputs + 1, {}, true), "input");
  EXPECT_EQ(refused(1, 0, true), "dimensions");
  EXPECT_EQ(refused(1, 1 << 20, true), "dimensions");
}

TEST(CapabilityCheck, token_ids_need_a_runtime_that_takes_them) {
  EmbeddingRequest request;
  request.token_inputs = {{1, 2}};
  EXPECT_EQ(check_embedding(request, {.embeddings = true}).error().param, "input");
  EXPECT_TRUE(check_embedding(request, {.embeddings = true, .embedding_tokens = true}).ok());
}

TEST(CapabilityCheck, a_raw_prompt_needs_a_runtime_that_goes_on_with_it) {
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"x"}]})";
  auto request = decode_chat_request(body);
  ASSERT_TRUE(request.ok());
  request->raw_prompt = true;
  EXPECT_EQ(check_capabilities(*request, {}).error().param, "model");
  EXPECT_TRUE(check_capabilities(*request, {.raw_prompts = true}).ok());
}

TEST(CapabilityCheck, min_p_can_be_missing_among_the_extensions) {
  EXPECT_EQ(refused_param(R"("min_p":0.1)", {.extensions = true, .min_p = false}), "min_p");
  EXPECT_EQ(refused_param(R"("top_k":4)", {.extensions = true, .min_p = false}), "");
}

TEST(CapabilityCheck, media_parts_are_named_by_their_place) {
  const std::string body =
      R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"},)"
      R"({"type":"image_url","image_url":{"url":"u"}}]}]})";
  const auto request = decode_chat_request(body);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(check_capabilities(*request, {}).error().param, "messages[0].content[1]");
  EXPECT_TRUE(check_capabilities(*request, {.vision = true}).ok());
}

TEST(CapabilityCheck, tool_messages_need_tools) {
  const std::string body =
      R"({"model":"m","messages":[{"role":"tool","tool_call_id":"c","content":"x"}]})";
  const auto request = decode_chat_request(body);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(check_capabilities(*request, {}).error().param, "messages[0]");
}

}  // namespace
}  // namespace b3iq::inference

#include "dialects/openai_completions.h"

#include <gtest/gtest.h>

namespace b3iq::dialects {
namespace {

std::string refused_param(const std::string& member) {
  const std::string body = R"({"model":"m","prompt":"x",)" + member + "}";
  const auto decoded = openai_completions().decode(body);
  return decoded.ok() ? "accepted" : decoded.error().param;
}

TEST(OpenAiCompletions, APromptIsGoneOnWithAsItStands) {
  const std::string body = R"({"model":"m","prompt":["Once \u00e9"],"seed":3,"stop":"."})";
  const auto decoded = openai_completions().decode(body);
  ASSERT_TRUE(decoded.ok()) << decoded.error().detail;
  EXPECT_TRUE(decoded->raw_prompt);
  ASSERT_EQ(decoded->messages.size(), 1U);
  EXPECT_EQ(decoded->messages[0].content[0].text, "Once é");
  EXPECT_EQ(decoded->body, body);  // what a runtime of the same dialect gets
  EXPECT_EQ(decoded->max_tokens, kDefaultCompletionTokens);
  EXPECT_TRUE(decoded->max_tokens_imposed);
  EXPECT_EQ(decoded->sampling.seed, 3);
  const std::string limited = R"({"model":"m","prompt":"x","max_tokens":5})";
  const auto own = openai_completions().decode(limited);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->max_tokens, 5);
  EXPECT_FALSE(own->max_tokens_imposed);
}

TEST(OpenAiCompletions, WhatCannotBeDoneIsRefusedByName) {
  EXPECT_EQ(refused_param(R"("n":2)"), "n");
  EXPECT_EQ(refused_param(R"("best_of":2)"), "best_of");
  EXPECT_EQ(refused_param(R"("best_of":1,"echo":false,"suffix":null,"logprobs":null,"n":1)"),
            "accepted");
  EXPECT_EQ(refused_param(R"("echo":true)"), "echo");
  EXPECT_EQ(refused_param(R"("suffix":"x")"), "suffix");
  EXPECT_EQ(refused_param(R"("logprobs":0)"), "logprobs");
  EXPECT_EQ(refused_param(R"("messages":[])"), "messages");
  EXPECT_EQ(refused_param(R"("tools":[])"), "tools");
  EXPECT_EQ(refused_param(R"("temperature":9)"), "temperature");
  for (const std::string prompt : {"null", "[]", "[\"a\",\"b\"]", "[1,2]", "7", "{}"}) {
    const std::string body = R"({"model":"m","prompt":)" + prompt + "}";
    const auto decoded = openai_completions().decode(body);
    ASSERT_FALSE(decoded.ok()) << prompt;
    EXPECT_EQ(decoded.error().param, "prompt");
  }
}

TEST(OpenAiCompletions, TheAnswer) {
  const std::string body =
      R"({"model":"m","prompt":"x","stream":true,"stream_options":{"include_usage":true}})";
  const auto request = openai_completions().decode(body);
  ASSERT_TRUE(request.ok());
  const auto writer = openai_completions().make_writer({"01", 5, "m"}, *request);
  const ChatAnswer answer{.text = "a\n", .finish = Finish::length, .usage = {1, 2, 0}};
  const std::string usage =
      R"("usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}})";
  const std::string head =
      R"({"id":"cmpl-01","object":"text_completion","created":5,"model":"m","choices":[)";
  EXPECT_EQ(writer->whole(answer, R"({"k":1})"),
            head + R"({"index":0,"text":"a\n","logprobs":null,"finish_reason":"length"}],)" +
                usage + R"(,"b3iq":{"k":1}})");
  std::string out;
  writer->append_opening(out);
  writer->append_step(out, {.text = "a"});
  writer->append_step(out, {.tokens = 1});
  EXPECT_EQ(out,
            "data: " + head +
                R"({"index":0,"text":"a","logprobs":null,"finish_reason":null}],"usage":null})" +
                "\n\n");
  out.clear();
  writer->append_end(out, Finish::stop, answer.usage, R"({"k":1})");
  EXPECT_EQ(
      out, "data: " + head +
               R"({"index":0,"text":"","logprobs":null,"finish_reason":"stop"}],"usage":null})" +
               "\n\ndata: " + head + "]," + usage + R"(,"b3iq":{"k":1}})" + "\n\ndata: [DONE]\n\n");
}

}  // namespace
}  // namespace b3iq::dialects

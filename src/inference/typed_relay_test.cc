#include "inference/typed_relay.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/single_thread_executor.h"

namespace b3iq::inference {
namespace {

using base::ErrorCode;
using base::Result;
using base::Task;

// Gives the steps that a test put in.
class Steps final : public TokenStream {
 public:
  explicit Steps(std::deque<StreamStep> steps) : steps_(std::move(steps)) {}
  Task<Result<const StreamStep*>> next() override {
    if (given_ == steps_.size()) co_return static_cast<const StreamStep*>(nullptr);
    co_return &steps_[given_++];
  }

 private:
  std::deque<StreamStep> steps_;
  std::size_t given_ = 0;
};

struct Seen {
  std::vector<std::string> texts;
  std::string reasoning;
  std::vector<ToolCallDelta> calls;
  std::vector<TokenLogprob> logprobs;
  std::optional<Finish> finish;
  std::optional<Usage> usage;
  int events = 0;
  std::optional<ErrorCode> error;
};

Task<Seen> read_all(std::deque<StreamStep> steps) {
  TypedRelay relay(std::make_unique<Steps>(std::move(steps)));
  Seen seen;
  for (;;) {
    auto step = co_await relay.next();
    if (!step.ok()) {
      seen.error = step.error().code;
      co_return seen;
    }
    if (*step == nullptr) co_return seen;
    const auto& s = **step;
    EXPECT_TRUE(s.sse.empty() && s.sse_tail.empty());
    if (!s.text.empty()) seen.texts.emplace_back(s.text);
    seen.reasoning += s.reasoning;
    seen.calls.insert(seen.calls.end(), s.tool_calls.begin(), s.tool_calls.end());
    seen.logprobs.insert(seen.logprobs.end(), s.logprobs.begin(), s.logprobs.end());
    seen.events += s.sse_content_events + s.tokens;
    if (s.finish) seen.finish = s.finish;
    if (s.usage) seen.usage = s.usage;
  }
}

Seen run(std::deque<StreamStep> steps) {
  base::SingleThreadExecutor executor;
  return executor.run_task([&] { return read_all(std::move(steps)); });
}

StreamStep events(std::string_view sse, int count = 0) {
  StreamStep step;
  step.sse = sse;
  step.sse_content_events = count;
  return step;
}

TEST(TypedRelay, EventsBecomeTextReasoningAndUsage) {
  StreamStep last;
  last.sse_tail =
      "data: {\"choices\":[{\"delta\":{\"content\":\"!\"},\"finish_reason\":\"stop\"}]}\n\n"
      "data: {\"choices\":[],\"usage\":{}}\n\n";
  last.finish = Finish::stop;
  last.usage = Usage{3, 2, 0};
  const auto seen =
      run({events("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n"
                  "data: {\"choices\":[{\"delta\":{\"content\":\"a\\u00e9\"}}]}\n\n"
                  "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n",
                  2),
           events("data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n"), last});
  EXPECT_EQ(seen.texts, (std::vector<std::string>{"a\u00e9b", "!"}));
  EXPECT_EQ(seen.reasoning, "hm");
  EXPECT_EQ(seen.events, 2);
  EXPECT_EQ(seen.finish, Finish::stop);
  EXPECT_EQ(seen.usage->prompt_tokens, 3);
}

TEST(TypedRelay, ToolCallsComeInPieces) {
  const auto seen = run({events(
      "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"c\",\"function\":{"
      "\"name\":\"f\",\"arguments\":\"\"}}]}}]}\n\n"
      "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":"
      "\"{}\"}}]}}]}\n\n")});
  ASSERT_EQ(seen.calls.size(), 2U);
  EXPECT_EQ(seen.calls[0].index, 1);
  EXPECT_EQ(seen.calls[0].id, "c");
  EXPECT_EQ(seen.calls[0].name, "f");
  EXPECT_EQ(seen.calls[1].arguments, "{}");
}

TEST(TypedRelay, LogProbabilitiesAreKept) {
  const auto seen = run({events(
      "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"logprobs\":{\"content\":[{\"token\":"
      "\"x\",\"logprob\":-0.5,\"top_logprobs\":[{\"token\":\"y\",\"logprob\":-2}]}]}}]}\n\n")});
  ASSERT_EQ(seen.logprobs.size(), 1U);
  EXPECT_DOUBLE_EQ(seen.logprobs[0].logprob, -0.5);
  EXPECT_EQ(seen.logprobs[0].top.at(0).first, "y");
}

TEST(TypedRelay, TypedStepsPassUnchanged) {
  StreamStep typed;
  typed.text = "as it is";
  typed.tokens = 1;
  const auto seen = run({typed});
  EXPECT_EQ(seen.texts, std::vector<std::string>{"as it is"});
  EXPECT_EQ(seen.events, 1);
}

TEST(TypedRelay, WhatIsNoChunkIsTheRuntimesFault) {
  for (const auto* sse :
       {"rubbish\n\n", "data: {\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":99999}]}}]}\n\n"}) {
    EXPECT_EQ(run({events(sse)}).error, ErrorCode::upstream_failed) << sse;
  }
  for (const auto* odd : {"data: []\n\n", "data: {\"choices\":{}}\n\n",
                          "data: {\"choices\":[{\"delta\":null}]}\n\n"}) {
    EXPECT_EQ(run({events(odd)}).error, std::nullopt) << odd;
  }
}

TEST(TypedRelay, AWholeAnswerIsTakenApart) {
  ChatAnswer answer;
  answer.body =
      R"({"choices":[{"message":{"content":null,"reasoning":"hm","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}]})";
  ASSERT_TRUE(make_typed(answer).ok());
  EXPECT_TRUE(answer.body.empty());
  EXPECT_EQ(answer.reasoning, "hm");
  ASSERT_EQ(answer.tool_calls.size(), 1U);
  EXPECT_EQ(answer.tool_calls[0].arguments, R"({"a":1})");
  ChatAnswer typed;
  typed.text = "kept";
  ASSERT_TRUE(make_typed(typed).ok());
  EXPECT_EQ(typed.text, "kept");
}

}  // namespace
}  // namespace b3iq::inference

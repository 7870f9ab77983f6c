#include "runtimes/embedded/embedded_runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "base/bytes.h"
#include "runtimes/embedded/embedded_fixture.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using inference::ChatAnswer;
using inference::Finish;
using testing::HasSubstr;

constexpr const char* kCapitalSchema =
    R"({"type":"object","properties":{"country":{"type":"string"},"capital":{"type":"string"}},)"
    R"("required":["country","capital"],"additionalProperties":false})";

// One worker for all tests that only ask.
class EmbeddedRuntimeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { node_ = std::make_unique<Node>(); }
  static void TearDownTestSuite() {
    node_.reset();
    loops_.clear();
  }
  static ChatAnswer ask(const inference::ChatRequest& request) {
    auto answer = node_->ask(request);
    EXPECT_TRUE(answer.ok()) << answer.error().detail;
    return answer.ok() ? std::move(answer).value() : ChatAnswer();
  }
  static base::Error refusal(const inference::ChatRequest& request) {
    auto answer = node_->ask(request);
    EXPECT_FALSE(answer.ok()) << answer->text;
    return answer.ok() ? base::Error(ErrorCode::internal, "answered") : answer.error();
  }
  static std::unique_ptr<Node> node_;
  static std::vector<std::unique_ptr<base::SingleThreadExecutor>> loops_;
};
std::unique_ptr<Node> EmbeddedRuntimeTest::node_;
std::vector<std::unique_ptr<base::SingleThreadExecutor>> EmbeddedRuntimeTest::loops_;

TEST_F(EmbeddedRuntimeTest, AnswersARealQuestion) {
  Question question(kFrance);
  ChatAnswer answer = ask(question.request);
  EXPECT_EQ(answer.text, kParis);
  EXPECT_EQ(answer.finish, Finish::stop);
  EXPECT_EQ(answer.usage.prompt_tokens, 16);
  EXPECT_EQ(answer.usage.completion_tokens, 9);
  EXPECT_GT(answer.ttft_ns, 0);
}

TEST_F(EmbeddedRuntimeTest, ARawPromptIsGivenAsItStands) {
  Question by_hand("<|im_start|>user\n" + std::string(kFrance) +
                   "<|im_end|>\n<|im_start|>assistant\n");
  by_hand.request.raw_prompt = true;
  const ChatAnswer answer = ask(by_hand.request);
  EXPECT_EQ(answer.text, kParis);
  EXPECT_EQ(answer.usage.prompt_tokens, 16);
  Question bare(kFrance);
  bare.request.raw_prompt = true;
  bare.request.max_tokens = 4;
  EXPECT_LT(ask(bare.request).usage.prompt_tokens, 16);
  bare.request.messages.resize(2);
  EXPECT_EQ(refusal(bare.request).param, "prompt");
}

TEST_F(EmbeddedRuntimeTest, EightAtOnceAnswerAsOneDoes) {
  const char* countries[] = {"France", "Italy", "Spain", "Germany",
                             "Japan",  "Kenya", "Peru",  "Norway"};
  std::vector<std::string> alone;
  for (const char* country : countries) {
    Question question(std::string("What is the capital of ") + country + "?");
    alone.push_back(ask(question.request).text);
  }
  std::vector<std::string> together(std::size(countries));
  std::vector<std::thread> threads;
  loops_.resize(std::size(countries));  // each on a loop of its own
  for (auto& loop : loops_) loop = std::make_unique<base::SingleThreadExecutor>();
  for (std::size_t i = 0; i < std::size(countries); ++i) {
    threads.emplace_back([&, i] {
      Question question(std::string("What is the capital of ") + countries[i] + "?");
      auto answer = loops_[i]->run_task(
          [&] { return node_->runtime().answer(question.request, base::CancelToken()); });
      together[i] = answer.ok() ? answer->text : answer.error().detail;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(together, alone);
  EXPECT_EQ(alone[1], "The capital of Italy is Rome.");
}

TEST_F(EmbeddedRuntimeTest, StreamsTheSameTextInPieces) {
  Question question(kFrance);
  struct Seen {
    std::string text;
    int tokens = 0;
    int steps = 0;
    int finishes = 0;
  };
  auto read = [&]() -> base::Task<Seen> {
    Seen seen;
    auto opening = node_->runtime().stream(question.request, base::CancelToken());
    auto stream = co_await std::move(opening);
    while (stream.ok()) {
      auto next = (*stream)->next();
      auto step = co_await std::move(next);
      if (!step.ok() || *step == nullptr) break;
      seen.text += (*step)->text;
      seen.tokens += (*step)->tokens;
      ++seen.steps;
      if ((*step)->finish) ++seen.finishes;
    }
    co_return seen;
  };
  std::promise<Seen> promise;
  auto future = promise.get_future();
  auto run = [&]() -> base::Task<void> {
    auto task = read();
    promise.set_value(co_await std::move(task));
  };
  node_->loop().post([&] { base::detach(run()); });
  Seen seen = future.get();
  EXPECT_EQ(seen.text, kParis);
  EXPECT_EQ(seen.tokens, 9);
  EXPECT_GE(seen.steps, 2);
  EXPECT_EQ(seen.finishes, 1);
}

TEST_F(EmbeddedRuntimeTest, StopStringsAreCutAcrossTokens) {
  Question question(kFrance);
  question.request.stop = {"France is P"};
  ChatAnswer answer = ask(question.request);
  EXPECT_EQ(answer.text, "The capital of ");
  EXPECT_EQ(answer.finish, Finish::stop);
}

TEST_F(EmbeddedRuntimeTest, AStopStringThatNeverCompletesLosesNothing) {
  Question question(kFrance);
  question.request.stop = {"Paris!", "Paris.\n"};
  EXPECT_EQ(ask(question.request).text, kParis);
}

TEST_F(EmbeddedRuntimeTest, MaxTokensEndsWithLength) {
  Question question(kFrance);
  question.request.max_tokens = 3;
  ChatAnswer answer = ask(question.request);
  EXPECT_EQ(answer.text, "The capital of");
  EXPECT_EQ(answer.finish, Finish::length);
  EXPECT_EQ(answer.usage.completion_tokens, 3);
}

TEST_F(EmbeddedRuntimeTest, TheSameSeedSaysTheSame) {
  auto told = [&](std::int64_t seed) {
    Question question("Tell me about Brazil.");
    question.request.sampling.temperature = 1.5;
    question.request.sampling.top_k = 0;
    question.request.sampling.min_p = 0;
    question.request.sampling.seed = seed;
    question.request.max_tokens = 40;
    return ask(question.request).text;
  };
  const std::string first = told(7);
  EXPECT_EQ(told(7), first);
  EXPECT_NE(told(8), first);
  EXPECT_NE(told(7 + (std::int64_t{1} << 40)), first) << "all 64 bits count";
}

TEST_F(EmbeddedRuntimeTest, LogprobsAreLogarithmsOfProbabilities) {
  Question question(kFrance);
  question.request.logprobs = true;
  question.request.top_logprobs = 5;
  ChatAnswer answer = ask(question.request);
  std::string joined;
  for (const auto& token : answer.logprobs) {
    joined += token.token;
    EXPECT_LE(token.logprob, 0);
    ASSERT_EQ(token.top.size(), 5u);
    EXPECT_EQ(token.top[0].first, token.token) << "greedy takes the likeliest";
    EXPECT_DOUBLE_EQ(token.top[0].second, token.logprob);
    double sum = 0;
    for (std::size_t i = 0; i < token.top.size(); ++i) {
      if (i > 0) EXPECT_GE(token.top[i - 1].second, token.top[i].second);
      sum += std::exp(token.top[i].second);
    }
    EXPECT_LE(sum, 1.0 + 1e-6);
  }
  EXPECT_EQ(joined, kParis);
}

TEST_F(EmbeddedRuntimeTest, LogprobsOfAStoppedAnswerCoverItsTextOnly) {
  Question question(kFrance);
  question.request.logprobs = true;
  question.request.stop = {" is"};
  ChatAnswer answer = ask(question.request);
  std::string joined;
  for (const auto& token : answer.logprobs) joined += token.token;
  EXPECT_EQ(answer.text, "The capital of France");
  EXPECT_EQ(joined, answer.text);
}

TEST_F(EmbeddedRuntimeTest, FollowsAJsonSchema) {
  Question question("Give me the capital of Italy as JSON.");
  question.request.response_format = inference::ResponseFormat::json_schema;
  question.request.json_schema = kCapitalSchema;
  EXPECT_EQ(ask(question.request).text, R"({"country": "Italy", "capital": "Rome"})");
}

TEST_F(EmbeddedRuntimeTest, JsonObjectIsAnObject) {
  Question question("Give me the capital of Italy as JSON.");
  question.request.response_format = inference::ResponseFormat::json_object;
  ChatAnswer answer = ask(question.request);
  auto document = json::Document::parse(answer.text);
  ASSERT_TRUE(document.ok()) << answer.text;
  EXPECT_TRUE(document->root().is_object());
}

TEST_F(EmbeddedRuntimeTest, ASchemaThatCannotBeEnforcedIsRefused) {
  Question question("As JSON.");
  question.request.response_format = inference::ResponseFormat::json_schema;
  question.request.json_schema = R"({"$ref":"#/definitions/missing"})";
  base::Error error = refusal(question.request);
  EXPECT_EQ(error.code, ErrorCode::invalid_request) << error.detail;
  EXPECT_EQ(error.param, "response_format");
  Question next(kFrance);
  EXPECT_EQ(ask(next.request).text, kParis) << "the worker is as it was";
}

TEST_F(EmbeddedRuntimeTest, ASharedPrefixIsComputedOnce) {
  const std::string story(600, 'a');
  Question first("Repeat this: " + story.substr(0, 200) + " one");
  Question second("Repeat this: " + story.substr(0, 200) + " two");
  first.request.max_tokens = second.request.max_tokens = 2;
  ask(first.request);
  ChatAnswer answer = ask(second.request);
  EXPECT_GT(answer.usage.cached_prompt_tokens, 20);
  EXPECT_LT(answer.usage.cached_prompt_tokens, answer.usage.prompt_tokens);
}

// What the worker had computed already, for the account called `partition`.
std::int64_t cached_tokens(Node& node, const std::string& partition, const std::string& text) {
  Question question(text);
  question.request.cache_partition = partition;
  question.request.max_tokens = 2;
  auto answer = node.ask(question.request);
  EXPECT_TRUE(answer.ok()) << answer.error().detail;
  return answer.ok() ? answer->usage.cached_prompt_tokens : -1;
}

TEST_F(EmbeddedRuntimeTest, G12_138_OnlyItsOwnAccountsPrefixIsReused) {
  const std::string text = "Keep this to yourself: " + std::string(200, 'b');
  EXPECT_EQ(cached_tokens(*node_, "a", text), 0);
  EXPECT_GT(cached_tokens(*node_, "a", text), 20);
  EXPECT_EQ(cached_tokens(*node_, "b", text), 0);
  EXPECT_LT(cached_tokens(*node_, "", text), 20) << "the template's beginning, of other tests";
  EXPECT_GT(cached_tokens(*node_, "b", text), 20);
  EXPECT_GT(cached_tokens(*node_, "a", text), 20) << "the others' took slots of their own";
}

TEST(EmbeddedSlots, G12_138_ASlotThatChangesAccountsForgetsAll) {
  EmbeddedSettings settings = test_settings();
  settings.slots = 1;
  Node node(settings);
  Question question(kFrance);
  for (const char* partition : {"a", "b", "a"}) {
    question.request.cache_partition = partition;
    auto answer = node.ask(question.request);
    ASSERT_TRUE(answer.ok()) << answer.error().detail;
    EXPECT_EQ(answer->usage.cached_prompt_tokens, 0);
    EXPECT_EQ(answer->text, kParis);
  }
  EXPECT_EQ(cached_tokens(node, "a", kFrance), 15);
}

TEST_F(EmbeddedRuntimeTest, APromptPastTheContextIsRefusedWithTheNumbers) {
  std::string words;
  for (int i = 0; i < 600; ++i) words += "capital ";
  Question question(words);
  base::Error error = refusal(question.request);
  EXPECT_EQ(error.code, ErrorCode::context_length_exceeded);
  EXPECT_THAT(error.detail, HasSubstr("512 tokens"));
  EXPECT_EQ(error.param, "messages");
}

TEST_F(EmbeddedRuntimeTest, TheAnswerEndsAtTheContext) {
  Question question("Count from 1 to 60.");
  question.request.sampling.logit_bias = {{2, -100},
                                          {4, -100}};  // </s>, <|im_end|>: never ends by itself
  question.request.max_tokens = 100'000;
  ChatAnswer answer = ask(question.request);
  EXPECT_EQ(answer.finish, Finish::length);
  EXPECT_EQ(answer.usage.total_tokens(), 512);
}

TEST_F(EmbeddedRuntimeTest, LogitBiasBansAndIsChecked) {
  Question question(kFrance);
  question.request.logprobs = true;
  ChatAnswer plain = ask(question.request);
  question.request.sampling.logit_bias = {{1 << 20, 1}};
  base::Error error = refusal(question.request);
  EXPECT_EQ(error.code, ErrorCode::invalid_request);
  EXPECT_THAT(error.detail, HasSubstr("2047"));
}

TEST_F(EmbeddedRuntimeTest, PenaltiesChangeARepetitiveAnswer) {
  Question question("Repeat the word apple 10 times.");
  question.request.max_tokens = 40;
  const std::string plain = ask(question.request).text;
  question.request.sampling.frequency_penalty = 2;
  EXPECT_NE(ask(question.request).text, plain);
}

TEST_F(EmbeddedRuntimeTest, WhatItCannotDoIsRefused) {
  Question question(kFrance);
  question.request.tools.resize(1);
  question.request.tools[0].name = "weather";
  EXPECT_EQ(refusal(question.request).param, "tools");
  Question picture(kFrance);
  picture.request.messages[0].content.push_back({inference::PartKind::image_url, "{}"});
  EXPECT_EQ(refusal(picture.request).code, ErrorCode::unsupported_parameter);
  Question unknown(kFrance);
  unknown.request.unknown_members = {"mirostat"};
  EXPECT_THAT(refusal(unknown.request).detail, HasSubstr("mirostat"));
}

TEST_F(EmbeddedRuntimeTest, TellsWhatItIs) {
  ASSERT_TRUE(node_->wait_for(WorkerState::ready));
  auto models = node_->loop().run_task([&] { return node_->runtime().models(); });
  ASSERT_TRUE(models.ok());
  ASSERT_EQ(models->size(), 1u);
  EXPECT_EQ(models->front().name, "b3iq-atlas-5m");
  EXPECT_FALSE(models->front().capabilities.tools);
  EXPECT_TRUE(models->front().capabilities.json_schema);
  EXPECT_EQ(models->front().capabilities.context_tokens, 512);
  EXPECT_EQ(models->front().size_bytes, 5319392);
  EXPECT_EQ(node_->runtime().health().state, inference::RuntimeState::ready);
}

// A node whose queue is tiny.
TEST(EmbeddedQueue, IsBounded) {
  EmbeddedSettings settings = test_settings();
  settings.slots = 1;
  settings.max_queue = 1;
  std::vector<std::unique_ptr<base::SingleThreadExecutor>> loops(6);
  for (auto& loop : loops) loop = std::make_unique<base::SingleThreadExecutor>();
  Node node(settings);
  ASSERT_TRUE(node.ask(kFrance).ok());
  std::vector<std::future<std::string>> answers;
  for (auto& loop : loops) {
    answers.push_back(std::async(std::launch::async, [&] {
      Question question("Count from 1 to 60.");
      auto answer = loop->run_task(
          [&] { return node.runtime().answer(question.request, base::CancelToken()); });
      return answer.ok() ? std::string("answered")
                         : std::string(base::error_info(answer.error().code).wire_name);
    }));
  }
  int answered = 0, refused = 0;
  for (auto& answer : answers) {
    std::string how = answer.get();
    answered += how == "answered";
    refused += how == "overloaded";
  }
  EXPECT_GE(answered, 1);
  EXPECT_GE(refused, 1);
  EXPECT_EQ(answered + refused, 6);
}

}  // namespace
}  // namespace b3iq::runtimes

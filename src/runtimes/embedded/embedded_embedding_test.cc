// Embeddings of the real worker: what they are, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtimes/embedded/bare_worker.h"
#include "runtimes/embedded/embedding_fixture.h"
#include "runtimes/embedded/embedding_frame.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

// Batches of other sizes are rounded in other places.
constexpr double kSame = 0.9999;

struct Kind {
  const char* name;
  std::string (*make)();
  std::size_t length;
  std::int64_t context;
};
// So that a failure names it.
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

const Kind kKinds[] = {
    {"mean", [] { return pooled_model(kMean); }, 256, 512},
    {"last", [] { return pooled_model(kLast); }, 256, 512},
    {"bert-mean", [] { return bert_model(kMean); }, 32, 64},
    {"bert-cls", [] { return bert_model(kCls); }, 32, 64},
    {"bert-silent", [] { return bert_model(std::nullopt); }, 32, 64},
};

class Embedding : public testing::TestWithParam<Kind> {
 protected:
  Embedding() {
    write_file(folder_ / "m.gguf", GetParam().make());
    node_ = std::make_unique<Node>(embedding_settings(folder_ / "m.gguf"));
  }
  TemporaryFolder folder_;
  std::unique_ptr<Node> node_;
};

const std::vector<std::string> kTexts = {"one two three", "nine", "seven eight nine one two",
                                         "one two three four five six"};

TEST_P(Embedding, AVectorIsTheSameAloneAndInABatch) {
  auto together = embed_texts(*node_, kTexts);
  ASSERT_TRUE(together.ok()) << together.error().detail;
  ASSERT_EQ(together->vectors.size(), kTexts.size());
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    auto alone = embed_texts(*node_, {kTexts[i]});
    ASSERT_TRUE(alone.ok()) << alone.error().detail;
    EXPECT_EQ(alone->vectors[0].size(), GetParam().length);
    EXPECT_NEAR(likeness(alone->vectors[0], alone->vectors[0]), 1, 1e-5) << "length 1";
    EXPECT_GT(likeness(alone->vectors[0], together->vectors[i]), kSame) << kTexts[i];
    tokens += alone->prompt_tokens.value_or(0);
  }
  EXPECT_EQ(together->prompt_tokens, tokens);
  EXPECT_LT(likeness(together->vectors[0], together->vectors[1]), kSame) << "other words";
}

TEST_P(Embedding, WhatTheModelCanDoIsKnownBeforeItIsLoaded) {
  EmbeddedSettings lazy = embedding_settings(folder_ / "m.gguf");
  lazy.start_at_once = false;
  Node unloaded(lazy);
  ASSERT_TRUE(node_->wait_for(WorkerState::ready)) << node_->runtime().worker_status().detail;
  for (Node* node : {&unloaded, node_.get()}) {
    const auto can = the_model(*node).capabilities;
    EXPECT_TRUE(can.embeddings);
    EXPECT_TRUE(can.embedding_tokens);
    EXPECT_FALSE(can.chat);
    EXPECT_FALSE(can.raw_prompts);
    EXPECT_EQ(can.context_tokens, GetParam().context);
  }
  EXPECT_EQ(unloaded.runtime().worker_status().state, WorkerState::idle);
}

TEST_P(Embedding, AnInputLongerThanTheContextIsRefusedAndNamed) {
  std::string longest;
  const std::string word = "one ";
  for (int i = 0; i < GetParam().context; ++i) longest += word + word;
  auto refused = embed_texts(*node_, {"one", "two", longest});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::context_length_exceeded);
  EXPECT_EQ(refused.error().param, "input[2]");
  EXPECT_THAT(refused.error().detail, HasSubstr(std::to_string(GetParam().context)));
  auto single = embed_texts(*node_, {longest});
  ASSERT_FALSE(single.ok());
  EXPECT_EQ(single.error().param, "input");
}

TEST_P(Embedding, TokenIdsGiveTheVectorsOfTheirText) {
  const std::vector<std::int32_t> one_to_ten = {3, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  inference::EmbeddingRequest request;
  request.token_inputs = {one_to_ten, {5}, one_to_ten};
  auto answer = embed(*node_, request);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->prompt_tokens, 21);
  EXPECT_GT(likeness(answer->vectors[0], answer->vectors[2]), kSame);
  EXPECT_LT(likeness(answer->vectors[0], answer->vectors[1]), kSame);
  request.token_inputs = {{1}, {1, 1'000'000}};
  auto unknown = embed(*node_, request);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(unknown.error().param, "input[1]");
}

TEST_P(Embedding, ALongInputThatFitsIsWhole) {
  std::vector<std::int32_t> ids(static_cast<std::size_t>(GetParam().context), 7);
  inference::EmbeddingRequest request;
  request.token_inputs = {ids, {7, 7, 8}};
  request.token_inputs[0].back() = 9;
  auto changed = embed(*node_, request);
  ASSERT_TRUE(changed.ok()) << changed.error().detail;
  EXPECT_EQ(changed->prompt_tokens, GetParam().context + 3);
}

TEST_P(Embedding, DimensionsAreTheModelsOwnOrRefused) {
  EmbedTexts asked({"one"});
  asked.request.dimensions = static_cast<std::int64_t>(GetParam().length);
  EXPECT_TRUE(embed(*node_, asked.request).ok());
  asked.request.dimensions = 8;
  auto refused = embed(*node_, asked.request);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported_parameter);
  EXPECT_EQ(refused.error().param, "dimensions");
}

INSTANTIATE_TEST_SUITE_P(Models, Embedding, testing::ValuesIn(kKinds), [](const auto& info) {
  std::string name = info.param.name;
  std::erase(name, '-');
  return name;
});

TEST(EmbeddingModels, NoInputIsTakenBeyondWhatTheModelWasTrainedFor) {
  TemporaryFolder folder;
  write_file(folder / "m.gguf", bert_model(kMean));
  EmbeddedSettings settings = embedding_settings(folder / "m.gguf");
  settings.context_tokens = 2'000;
  Node node(settings);
  ASSERT_TRUE(node.wait_for(WorkerState::ready));
  EXPECT_EQ(the_model(node).capabilities.context_tokens, 64);
}

// The vector of 600 times `word` and then 900 times another.
std::vector<float> long_vector(Node& node, std::int32_t word) {
  std::vector<std::int32_t> ids(600, word);
  ids.resize(1'500, 300);
  inference::EmbeddingRequest request;
  request.token_inputs = {ids};
  auto answer = embed(node, request);
  EXPECT_TRUE(answer.ok()) << answer.error().detail;
  return answer.ok() ? answer->vectors[0] : std::vector<float>();
}

TEST(EmbeddingModels, AnInputComputedInPiecesKnowsItsBeginning) {
  TemporaryFolder folder;
  write_file(folder / "m.gguf", with_context(pooled_model(kLast), 2048));
  Node node(embedding_settings(folder / "m.gguf"));
  const auto first = long_vector(node, 301), other = long_vector(node, 900);
  EXPECT_GT(likeness(first, long_vector(node, 301)), kSame);
  EXPECT_LT(likeness(first, other), kSame);
  EXPECT_EQ(the_model(node).capabilities.context_tokens, 2048);
}

TEST(EmbeddingModels, ARerankerIsRefusedWithItsReason) {
  TemporaryFolder folder;
  write_file(folder / "m.gguf", pooled_model(kRank));
  Node node(embedding_settings(folder / "m.gguf"));
  ASSERT_TRUE(node.wait_for(WorkerState::down));
  EXPECT_THAT(node.runtime().worker_status().detail, HasSubstr("reranker"));
  const auto can = the_model(node).capabilities;
  EXPECT_FALSE(can.chat);
  EXPECT_FALSE(can.embeddings);
}

TEST(EmbeddingModels, EachKindRefusesTheOthersRequests) {
  Node chat;
  EXPECT_FALSE(the_model(chat).capabilities.embeddings);
  auto refused = embed_texts(chat, {"one"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported_parameter);
  EXPECT_EQ(refused.error().param, "model");

  TemporaryFolder folder;
  write_file(folder / "m.gguf", bert_model(kMean));
  Node vectors(embedding_settings(folder / "m.gguf"));
  auto silent = vectors.ask(kFrance);
  ASSERT_FALSE(silent.ok());
  EXPECT_EQ(silent.error().code, ErrorCode::unsupported_parameter);
  EXPECT_THAT(silent.error().detail, HasSubstr("embeddings only"));
}

TEST(EmbeddingModels, AFileThatTakesItsPlaceIsReadAgain) {
  TemporaryFolder folder;
  ModelFile file((folder / "m.gguf").string());
  EXPECT_EQ(file.look().changed_s, 0);
  write_file(folder / "m.gguf", bert_model(kMean));
  EXPECT_EQ(file.look().kind, gguf::ModelKind::embedding);
  EXPECT_EQ(file.look().vocabulary, 14u);
  write_file(folder / "n.gguf", pooled_model(kRank));
  std::filesystem::rename(folder / "n.gguf", folder / "m.gguf");
  EXPECT_EQ(file.look().kind, gguf::ModelKind::reranker);
}

}  // namespace
}  // namespace b3iq::runtimes

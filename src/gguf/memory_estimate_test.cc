#include "gguf/memory_estimate.h"

#include <gtest/gtest.h>

namespace b3iq::gguf {
namespace {

// The shape of Llama 3.2 1B: its cache of 8,192 tokens is 256 MiB (16 layers, 8 of 32 heads, 64
// wide).
Facts llama_1b() {
  Facts facts;
  facts.architecture = "llama";
  facts.context_length = 131'072;
  facts.embedding_length = 2048;
  facts.feed_forward_length = 8192;
  facts.layers = 16;
  facts.heads = 32;
  facts.kv_heads = 8;
  facts.kv_heads_sum = 16 * 8;
  facts.vocabulary = 128'256;
  facts.tensors = 147;
  facts.tensor_bytes = 800'000'000;
  return facts;
}

TEST(MemoryEstimate, TheCacheIsExact) {
  const auto need = estimate_memory(llama_1b(), {.context_tokens = 8192});
  ASSERT_TRUE(need.ok());
  EXPECT_EQ(need->weights_bytes, 800'000'000u);
  EXPECT_EQ(need->cache_bytes, 256u * 1024 * 1024);
  EXPECT_EQ(need->total_bytes,
            need->weights_bytes + need->cache_bytes + need->compute_bytes + need->program_bytes);
  // A batch's vectors, its mask over the context, and one row of logits.
  EXPECT_EQ(need->compute_bytes,
            512ull * (6 * 2048 + 2 * 8192) * 4 + 512ull * 8192 * 2 + 128'256 * 4);
}

TEST(MemoryEstimate, GrowsWithTheContextAndShrinksWithTheCacheType) {
  const auto need = [](MemoryUse use) { return estimate_memory(llama_1b(), use)->cache_bytes; };
  EXPECT_EQ(need({.context_tokens = 16'384}), 2 * need({.context_tokens = 8192}));
  EXPECT_EQ(need({.context_tokens = 8192, .cache_bits = 8}) * 2, need({.context_tokens = 8192}));
  EXPECT_EQ(need({}), need({.context_tokens = 131'072}));  // the model's own
}

TEST(MemoryEstimate, HeadsWithAWidthOfTheirOwn) {
  Facts facts = llama_1b();
  facts.key_length = 128;
  facts.value_length = 128;
  EXPECT_EQ(estimate_memory(facts, {.context_tokens = 8192})->cache_bytes, 512u * 1024 * 1024);
}

TEST(MemoryEstimate, AnEmbeddingModelKeepsNoCache) {
  Facts facts = llama_1b();
  facts.kind = ModelKind::embedding;
  EXPECT_EQ(estimate_memory(facts, {.context_tokens = 512})->cache_bytes, 0u);
}

TEST(MemoryEstimate, WhatIsNotSaidIsNotGuessed) {
  Facts unknown_types = llama_1b();
  unknown_types.tensor_bytes.reset();
  EXPECT_EQ(estimate_memory(unknown_types, {}).error().code, base::ErrorCode::unimplemented);
  Facts no_layers = llama_1b();
  no_layers.kv_heads_sum.reset();
  EXPECT_FALSE(estimate_memory(no_layers, {}).ok());
  Facts no_width = llama_1b();
  no_width.embedding_length.reset();
  EXPECT_FALSE(estimate_memory(no_width, {}).ok());
}

TEST(MemoryEstimate, APartOrAVocabularyIsNoModel) {
  Facts part = llama_1b();
  part.split = Split{0, 3, std::nullopt};
  EXPECT_EQ(estimate_memory(part, {}).error().code, base::ErrorCode::unimplemented);
  EXPECT_EQ(estimate_memory(part, {.weights_bytes = 2'000})->weights_bytes, 2'000u);
  Facts vocabulary = llama_1b();
  vocabulary.tensors = 0;
  vocabulary.tensor_bytes = 0;
  EXPECT_FALSE(estimate_memory(vocabulary, {}).ok());
}

TEST(MemoryEstimate, NumbersTooLargeToMultiplyAreRefused) {
  Facts facts = llama_1b();
  facts.kv_heads_sum = std::uint64_t{1} << 28;
  facts.key_length = facts.value_length = 1 << 24;
  EXPECT_EQ(estimate_memory(facts, {.context_tokens = 1u << 31}).error().code,
            base::ErrorCode::invalid_request);
  EXPECT_FALSE(estimate_memory(llama_1b(), {.context_tokens = ~0ULL}).ok());
}

}  // namespace
}  // namespace b3iq::gguf

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "gguf/gguf.h"
#include "gguf/gguf_builder.h"

namespace b3iq::gguf {
namespace {

Facts read(const std::string& bytes) {
  auto facts = read_bytes(base::as_bytes(bytes), bytes.size());
  EXPECT_TRUE(facts.ok()) << facts.error().detail;
  return facts.ok() ? std::move(facts).value() : Facts();
}

GgufBuilder of_architecture(std::string_view name) {
  return GgufBuilder().string("general.architecture", name);
}

TEST(GgufReader, ReadsTheModelThatComesWithTheNode) {
  const std::string path = std::string(B3IQ_SOURCE_DIR) + "/models/b3iq-atlas-5m-q8_0.gguf";
  const auto facts = read_file(path);
  ASSERT_TRUE(facts.ok()) << facts.error().detail;
  EXPECT_EQ(facts->version, 3u);
  EXPECT_EQ(facts->kind, ModelKind::text);
  EXPECT_EQ(facts->architecture, "llama");
  EXPECT_EQ(facts->quantization, "Q8_0");
  EXPECT_EQ(facts->context_length, 512u);
  EXPECT_EQ(facts->vocabulary, 2048u);
  EXPECT_TRUE(facts->has_chat_template);
  // models/README.md: 4.95 million parameters.
  EXPECT_NEAR(static_cast<double>(facts->parameters), 4.95e6, 0.05e6);
  ASSERT_TRUE(facts->tensor_bytes);
  const auto size = std::filesystem::file_size(path);
  // The data is what is left of the file but for the padding behind the last tensor.
  EXPECT_LE(facts->data_offset + *facts->tensor_bytes, size);
  EXPECT_GE(facts->data_offset + *facts->tensor_bytes + 64 * facts->tensors, size);
}

TEST(GgufReader, ReadsEveryFact) {
  const Facts facts = read(GgufBuilder::model().file(GgufBuilder::kModelData));
  EXPECT_EQ(facts.name, "Small One");
  EXPECT_EQ(facts.license, "apache-2.0");
  EXPECT_EQ(facts.size_label, "1M");
  EXPECT_EQ(facts.quantization, "Q4_K_M");
  EXPECT_EQ(facts.context_length, 2048u);
  EXPECT_EQ(facts.embedding_length, 256u);
  EXPECT_EQ(facts.layers, 4u);
  EXPECT_EQ(facts.heads, 8u);
  EXPECT_EQ(facts.kv_heads, 2u);
  EXPECT_EQ(facts.kv_heads_sum, 8u);
  EXPECT_EQ(facts.feed_forward_length, 512u);
  EXPECT_EQ(facts.tokenizer, "gpt2");
  EXPECT_EQ(facts.vocabulary, 3u);
  EXPECT_EQ(facts.tensors, 2u);
  EXPECT_EQ(facts.parameters, 256u * 3 + 256);
  EXPECT_EQ(facts.tensor_bytes, 3u * 144 + 1024);
  EXPECT_EQ(facts.data_offset % 32, 0u);
  EXPECT_FALSE(facts.split);
}

TEST(GgufReader, WhatIsNotSaidIsNotThere) {
  const Facts facts = read(of_architecture("llama").file(0));
  EXPECT_FALSE(facts.name || facts.license || facts.quantization || facts.context_length ||
               facts.layers || facts.kv_heads_sum || facts.vocabulary || facts.pooling);
  EXPECT_FALSE(facts.has_chat_template);
  EXPECT_EQ(facts.tensor_bytes, 0u);  // there are no tensors: that is known
}

TEST(GgufReader, TheArchitectureMayComeLastAndOthersKeysDoNotCount) {
  const Facts facts = read(GgufBuilder()
                               .number("qwen2.block_count", 24)
                               .number("llama.block_count", 99)
                               .string("general.architecture", "qwen2")
                               .file(0));
  EXPECT_EQ(facts.layers, 24u);
}

TEST(GgufReader, HeadsMayDifferByLayer) {
  const Facts facts = read(of_architecture("jamba")
                               .number("jamba.block_count", 4)
                               .numbers("jamba.attention.head_count_kv", {0, 8, 0, 4})
                               .file(0));
  EXPECT_EQ(facts.kv_heads, 8u);
  EXPECT_EQ(facts.kv_heads_sum, 12u);
}

TEST(GgufReader, TellsWhatKindOfModelItIs) {
  EXPECT_EQ(read(of_architecture("bert").file(0)).kind, ModelKind::embedding);
  EXPECT_EQ(read(of_architecture("eurobert").file(0)).kind, ModelKind::embedding);
  EXPECT_EQ(kind_by_shape("qwen3", kPoolingLast, std::nullopt), ModelKind::embedding);
  EXPECT_EQ(kind_by_shape("qwen3", kPoolingNone, true), ModelKind::text);
  EXPECT_EQ(kind_by_shape("bert", kPoolingRank, false), ModelKind::reranker);
  EXPECT_EQ(read(of_architecture("qwen3").number("qwen3.pooling_type", 3).file(0)).kind,
            ModelKind::embedding);
  EXPECT_EQ(read(of_architecture("bert").number("bert.pooling_type", 4).file(0)).kind,
            ModelKind::reranker);
  EXPECT_EQ(read(of_architecture("x").flag("x.attention.causal", 0).file(0)).kind,
            ModelKind::embedding);
  EXPECT_EQ(read(of_architecture("llama").string("general.type", "adapter").file(0)).kind,
            ModelKind::adapter);
  const Facts eye = read(of_architecture("clip").flag("clip.has_vision_encoder", 1).file(0));
  EXPECT_EQ(eye.kind, ModelKind::vision_projector);
  EXPECT_TRUE(eye.sees);
  EXPECT_FALSE(eye.hears);
}

TEST(GgufReader, TellsAPartOfASplitModel) {
  const Facts facts = read(of_architecture("llama")
                               .number("split.no", 1)
                               .number("split.count", 3)
                               .number("split.tensors.count", 291)
                               .file(0));
  ASSERT_TRUE(facts.split);
  EXPECT_EQ(facts.split->index, 1u);
  EXPECT_EQ(facts.split->count, 3u);
  EXPECT_EQ(facts.split->tensors_in_all, 291u);
}

TEST(GgufReader, ATensorOfANewTypeMakesTheSizeUnknownNotZero) {
  const Facts facts = read(of_architecture("llama").tensor("a", {32}, 77, 0).file(64));
  EXPECT_FALSE(facts.tensor_bytes);
  EXPECT_EQ(facts.unknown_tensor_types, std::vector<std::uint32_t>{77});
  EXPECT_EQ(facts.parameters, 32u);
}

TEST(GgufReader, ReadsVersion2) {
  GgufBuilder old(2);
  EXPECT_EQ(read(old.string("general.architecture", "llama").file(0)).version, 2u);
}

TEST(GgufReader, TheBeginningOfAFileIsEnough) {
  const std::string head = GgufBuilder::model().head();
  const auto unknown_length = read_bytes(base::as_bytes(head), std::nullopt);
  ASSERT_TRUE(unknown_length.ok()) << unknown_length.error().detail;
  EXPECT_EQ(unknown_length->layers, 4u);
  EXPECT_TRUE(read_bytes(base::as_bytes(head), 1'000'000).ok());
}

TEST(GgufReader, AFileReadsAsItsBytesDo) {
  auto pattern = (std::filesystem::temp_directory_path() / "b3iq-gguf-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  std::ofstream(folder / "m.gguf", std::ios::binary)
      << GgufBuilder::model().file(GgufBuilder::kModelData);
  const auto facts = read_file(folder / "m.gguf");
  ASSERT_TRUE(facts.ok()) << facts.error().detail;
  EXPECT_EQ(facts->name, "Small One");

  const auto none = read_file(folder / "none.gguf");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, base::ErrorCode::file_failed);
  EXPECT_FALSE(read_file(folder).ok());
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(read_file(folder / "fifo").ok());  // and does not wait for a writer
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace b3iq::gguf

// For tests: models that make embeddings, written at test time, and ways to ask them.
#pragma once

#include <bit>
#include <cstring>
#include <optional>
#include <random>

#include "gguf/gguf_builder.h"
#include "inference/embedding.h"
#include "runtimes/embedded/embedded_fixture.h"

namespace b3iq::runtimes {

inline constexpr std::uint32_t kMean = 1, kCls = 2, kLast = 3, kRank = 4;

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "b3iq-embed-XXXXXX").string();
    path_ = mkdtemp(name.data()) == nullptr ? "" : name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// The default model, with one more pair: its token vectors are pooled. What is added before the
// other pairs is a multiple of the alignment, so all that follows stays where it belongs.
inline std::string pooled_model(std::uint32_t pooling) {
  using gguf::GgufBuilder;
  constexpr std::size_t kCountAt = 16, kPairsAt = 24, kAlignment = 32;
  std::ifstream file(test_settings().model_path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  std::string pairs =
      GgufBuilder::text("llama.pooling_type") + GgufBuilder::u32(4) + GgufBuilder::u32(pooling);
  const std::string filler = GgufBuilder::text("test.filler") + GgufBuilder::u32(8);
  const std::size_t odd = (pairs.size() + filler.size() + sizeof(std::uint64_t)) % kAlignment;
  pairs += filler + GgufBuilder::text(std::string(kAlignment - odd, ' '));
  bytes[kCountAt] = static_cast<char>(bytes[kCountAt] + 2);
  return bytes.insert(kPairsAt, pairs);
}

// The same with another length that it claims to be trained for.
inline std::string with_context(std::string model, std::uint32_t tokens) {
  const std::string key =
      gguf::GgufBuilder::text("llama.context_length") + gguf::GgufBuilder::u32(4);
  return model.replace(model.find(key) + key.size(), sizeof(tokens),
                       gguf::GgufBuilder::u32(tokens));
}

// A small BERT with seeded random weights: an encoder without a cache, as the usual embedding
// models are. Its words are one to nine.
inline std::string bert_model(std::optional<std::uint32_t> pooling) {
  constexpr std::uint32_t kWidth = 32, kInner = 64, kLayers = 2, kContext = 64, kFloat = 0;
  const std::vector<std::string> words = {"[PAD]",       "[UNK]",      "[CLS]",     "[SEP]",
                                          "[MASK]",      "\u2581one",  "\u2581two", "\u2581three",
                                          "\u2581four",  "\u2581five", "\u2581six", "\u2581seven",
                                          "\u2581eight", "\u2581nine"};
  gguf::GgufBuilder out;
  out.string("general.architecture", "bert").number("bert.context_length", kContext);
  out.number("bert.embedding_length", kWidth).number("bert.feed_forward_length", kInner);
  out.number("bert.block_count", kLayers).number("bert.attention.head_count", 4);
  out.pair("bert.attention.layer_norm_epsilon", 6,
           gguf::GgufBuilder::u32(std::bit_cast<std::uint32_t>(1e-5f)));
  out.flag("bert.attention.causal", 0);
  if (pooling) out.number("bert.pooling_type", *pooling);
  out.string("tokenizer.ggml.model", "bert").string("tokenizer.ggml.pre", "default");
  out.number("tokenizer.ggml.token_type_count", 2).strings("tokenizer.ggml.tokens", words);
  out.number("tokenizer.ggml.padding_token_id", 0).number("tokenizer.ggml.unknown_token_id", 1);
  out.number("tokenizer.ggml.bos_token_id", 2).number("tokenizer.ggml.seperator_token_id", 3);
  std::uint64_t offset = 0;
  const auto tensor = [&](const std::string& name, std::vector<std::uint64_t> sizes) {
    std::uint64_t count = 1;
    for (const auto size : sizes) count *= size;
    out.tensor(name, sizes, kFloat, offset);
    offset += count * sizeof(float);  // all sizes here are multiples of the alignment
  };
  const auto pair_of = [&](const std::string& name, std::uint64_t in, std::uint64_t to) {
    tensor(name + ".weight", {in, to});
    tensor(name + ".bias", {to});
  };
  const auto norm = [&](const std::string& name) {
    tensor(name + ".weight", {kWidth});
    tensor(name + ".bias", {kWidth});
  };
  tensor("token_embd.weight", {kWidth, words.size()});
  tensor("token_types.weight", {kWidth, 2});
  tensor("position_embd.weight", {kWidth, kContext});
  norm("token_embd_norm");
  for (std::uint32_t i = 0; i < kLayers; ++i) {
    const std::string block = "blk." + std::to_string(i) + ".";
    for (const char* part : {"attn_q", "attn_k", "attn_v", "attn_output"})
      pair_of(block + part, kWidth, kWidth);
    norm(block + "attn_output_norm");
    pair_of(block + "ffn_up", kWidth, kInner);
    pair_of(block + "ffn_down", kInner, kWidth);
    norm(block + "layer_output_norm");
  }
  std::string file = out.file(offset);
  std::mt19937 random(7);
  for (std::size_t at = file.size() - offset; at < file.size(); at += sizeof(float)) {
    const float weight =
        static_cast<float>(random()) / static_cast<float>(std::mt19937::max()) - 0.5f;
    std::memcpy(file.data() + at, &weight, sizeof(weight));
  }
  return file;
}

inline EmbeddedSettings embedding_settings(const std::filesystem::path& model) {
  EmbeddedSettings settings = test_settings();
  settings.model_name = "test-embed";
  settings.model_path = model.string();
  return settings;
}

// Texts that live as long as the request of them.
struct EmbedTexts {
  explicit EmbedTexts(std::vector<std::string> texts) : texts_(std::move(texts)) {
    request.inputs.assign(texts_.begin(), texts_.end());
  }
  EmbedTexts(const EmbedTexts&) = delete;
  inference::EmbeddingRequest request;

 private:
  std::vector<std::string> texts_;
};

inline base::Result<inference::EmbeddingAnswer> embed(Node& node,
                                                      const inference::EmbeddingRequest& request) {
  return node.loop().run_task([&] { return node.runtime().embed(request, base::CancelToken()); });
}
inline base::Result<inference::EmbeddingAnswer> embed_texts(Node& node,
                                                            std::vector<std::string> texts) {
  EmbedTexts asked(std::move(texts));
  return embed(node, asked.request);
}

// The cosine, since all have length 1.
inline double likeness(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
    sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

inline inference::RuntimeModel the_model(Node& node) {
  auto models = node.loop().run_task([&] { return node.runtime().models(); });
  EXPECT_TRUE(models.ok());
  return models.ok() && models->size() == 1 ? models->front() : inference::RuntimeModel();
}

}  // namespace b3iq::runtimes

// For tests: writes GGUF bytes, right ones and wrong ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace b3iq::gguf {

class GgufBuilder {
 public:
  explicit GgufBuilder(std::uint32_t version = 3) : version_(version) {}

  static std::string u32(std::uint32_t value) { return little(value, 4); }
  static std::string u64(std::uint64_t value) { return little(value, 8); }
  static std::string text(std::string_view value) { return u64(value.size()) + std::string(value); }

  GgufBuilder& pair(std::string_view key, std::uint32_t type, std::string_view value) {
    pairs_ += text(key) + u32(type) + std::string(value);
    ++pair_count_;
    return *this;
  }
  GgufBuilder& string(std::string_view key, std::string_view value) {
    return pair(key, 8, text(value));
  }
  GgufBuilder& number(std::string_view key, std::uint32_t value) {
    return pair(key, 4, u32(value));
  }
  GgufBuilder& flag(std::string_view key, char value) {
    return pair(key, 7, std::string_view(&value, 1));
  }
  GgufBuilder& strings(std::string_view key, const std::vector<std::string>& values) {
    std::string list = u32(8) + u64(values.size());
    for (const auto& value : values) list += text(value);
    return pair(key, 9, list);
  }
  GgufBuilder& numbers(std::string_view key, const std::vector<std::uint32_t>& values) {
    std::string list = u32(4) + u64(values.size());
    for (const auto value : values) list += u32(value);
    return pair(key, 9, list);
  }
  GgufBuilder& tensor(std::string_view name, const std::vector<std::uint64_t>& sizes,
                      std::uint32_t type, std::uint64_t offset) {
    tensors_ += text(name) + u32(static_cast<std::uint32_t>(sizes.size()));
    for (const auto size : sizes) tensors_ += u64(size);
    tensors_ += u32(type) + u64(offset);
    ++tensor_count_;
    return *this;
  }
  GgufBuilder& claim_pairs(std::uint64_t count) {
    pair_count_ = count;
    return *this;
  }
  GgufBuilder& claim_tensors(std::uint64_t count) {
    tensor_count_ = count;
    return *this;
  }

  std::string head() const {
    return "GGUF" + u32(version_) + u64(tensor_count_) + u64(pair_count_) + pairs_ + tensors_;
  }
  // With `data` bytes of tensors.
  std::string file(std::size_t data) const {
    std::string whole = head();
    whole.resize((whole.size() + 31) / 32 * 32 + data, '\0');
    return whole;
  }

  // A small model that says everything.
  static GgufBuilder model() {
    GgufBuilder out;
    out.string("general.architecture", "llama").string("general.name", "Small One");
    out.string("general.license", "apache-2.0").string("general.size_label", "1M");
    out.number("general.file_type", 15).number("llama.context_length", 2048);
    out.number("llama.embedding_length", 256).number("llama.block_count", 4);
    out.number("llama.feed_forward_length", 512).number("llama.attention.head_count", 8);
    out.number("llama.attention.head_count_kv", 2).string("tokenizer.ggml.model", "gpt2");
    out.strings("tokenizer.ggml.tokens", {"a", "b", "c"});
    out.string("tokenizer.chat_template", "{{ messages }}");
    out.tensor("token_embd.weight", {256, 3}, 12, 0).tensor("output_norm.weight", {256}, 0, 448);
    return out;
  }
  static constexpr std::size_t kModelData = 3 * 144 + 16 + 256 * 4;

 private:
  static std::string little(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
  }

  std::uint32_t version_;
  std::uint64_t pair_count_ = 0;
  std::uint64_t tensor_count_ = 0;
  std::string pairs_;
  std::string tensors_;
};

}  // namespace b3iq::gguf

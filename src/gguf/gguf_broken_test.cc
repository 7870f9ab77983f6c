// Damaged and hostile files: each is refused with what is wrong and where.
#include <gtest/gtest.h>

#include "gguf/gguf.h"
#include "gguf/gguf_builder.h"
#include "gguf/gguf_bytes.h"
#include "gguf/gguf_cursor.h"

namespace b3iq::gguf {
namespace {

std::string refusal(const std::string& bytes, const Limits& limits = {}) {
  const auto facts = read_bytes(base::as_bytes(bytes), bytes.size(), limits);
  if (facts.ok()) return "(read)";
  EXPECT_EQ(facts.error().code, base::ErrorCode::corrupt);
  return facts.error().detail;
}
#define EXPECT_REFUSED(bytes, what)                                      \
  do {                                                                   \
    const std::string said = refusal(bytes);                             \
    EXPECT_NE(said.find(what), std::string::npos) << said;               \
    EXPECT_NE(said.find("damaged at byte "), std::string::npos) << said; \
  } while (false)

GgufBuilder llama() { return GgufBuilder().string("general.architecture", "llama"); }

TEST(GgufBroken, AnotherFile) {
  EXPECT_REFUSED("", "it ends here");
  EXPECT_REFUSED("GG", "it ends here");
  EXPECT_REFUSED("PK\x03\x04 not a model at all", "not a GGUF file");
  EXPECT_REFUSED("GGUF" + GgufBuilder::u32(1) + std::string(40, '\0'), "version 1");
  EXPECT_REFUSED("GGUF" + GgufBuilder::u32(4) + std::string(40, '\0'), "version 4");
  EXPECT_REFUSED(std::string("GGUF\0\0\0\3", 8) + std::string(40, '\0'), "other byte order");
}

TEST(GgufBroken, CutAtEveryByte) {
  const std::string whole = GgufBuilder::model().file(GgufBuilder::kModelData);
  for (std::size_t size = 0; size < whole.size(); ++size)
    ASSERT_NE(refusal(whole.substr(0, size)), "(read)") << size;
  EXPECT_EQ(refusal(whole), "(read)");
}

TEST(GgufBroken, ADownloadThatWasCutIsNamed) {
  const std::string whole = GgufBuilder::model().file(GgufBuilder::kModelData - 1);
  EXPECT_REFUSED(whole, "output_norm.weight");
  EXPECT_REFUSED(whole, "download was cut");
}

TEST(GgufBroken, AbsurdCounts) {
  EXPECT_REFUSED(llama().claim_pairs(~0ULL).file(0), "metadata pairs");
  EXPECT_REFUSED(llama().claim_pairs(kMaxPairs + 1).file(0), "metadata pairs");
  EXPECT_REFUSED(llama().claim_tensors(~0ULL).file(0), "tensors");
  EXPECT_REFUSED(llama().claim_tensors(kMaxTensors).file(0), "it ends here");
}

TEST(GgufBroken, LengthsThatCannotBe) {
  const auto with_value = [](std::uint32_t type, const std::string& value) {
    return llama().pair("x.y", type, value).file(64);
  };
  EXPECT_REFUSED(with_value(8, GgufBuilder::u64(~0ULL)), "'x.y' has a string");
  EXPECT_REFUSED(with_value(8, GgufBuilder::u64(1 << 20)), "ends before the value");
  EXPECT_REFUSED(with_value(9, GgufBuilder::u32(4) + GgufBuilder::u64(~0ULL)), "a list of");
  EXPECT_REFUSED(with_value(9, GgufBuilder::u32(10) + GgufBuilder::u64(kMaxArrayItems)),
                 "ends before the value");
  EXPECT_REFUSED(with_value(9, GgufBuilder::u32(8) + GgufBuilder::u64(kMaxArrayItems)), "it ends");
  // The long key is refused before it is read, let alone allocated.
  EXPECT_REFUSED("GGUF" + GgufBuilder::u32(3) + GgufBuilder::u64(0) + GgufBuilder::u64(1) +
                     GgufBuilder::u64(~0ULL),
                 "A metadata key has 18446744073709551615 bytes");
}

TEST(GgufBroken, TypesThatThereAreNot) {
  EXPECT_REFUSED(llama().pair("x", 13, "12345678").file(0), "type 13");
  EXPECT_REFUSED(llama().pair("x", 9, GgufBuilder::u32(99) + GgufBuilder::u64(0)).file(0),
                 "list of type 99");
}

TEST(GgufBroken, ListsInsideEachOther) {
  const auto nested = [](int depth) {
    std::string value;
    for (int i = 1; i < depth; ++i) value += GgufBuilder::u32(9) + GgufBuilder::u64(1);
    return llama().pair("x", 9, value + GgufBuilder::u32(4) + GgufBuilder::u64(0)).file(0);
  };
  EXPECT_EQ(refusal(nested(kMaxArrayDepth)), "(read)");
  EXPECT_REFUSED(nested(kMaxArrayDepth + 1), "lists inside each other");
  EXPECT_REFUSED(nested(100'000), "lists inside each other");
}

TEST(GgufBroken, TextThatIsNotUtf8) {
  EXPECT_REFUSED(llama().string("bad\xff", "x").file(0), "not UTF-8");
  EXPECT_REFUSED(llama().string("", "x").file(0), "empty");
  EXPECT_REFUSED(llama().string("general.name", "\xc3(").file(0), "'general.name' is not UTF-8");
  EXPECT_REFUSED(llama().tensor("\xed\xa0\x80", {32}, 0, 0).file(256), "name is not UTF-8");
}

TEST(GgufBroken, TheSameTwice) {
  EXPECT_REFUSED(llama().string("general.architecture", "gpt2").file(0), "stands twice");
  EXPECT_REFUSED(llama().number("x", 1).number("x", 1).file(0), "'x' stands twice");
  EXPECT_REFUSED(llama().tensor("a", {32}, 0, 0).tensor("a", {32}, 0, 128).file(256),
                 "name stands twice");
}

TEST(GgufBroken, TensorsThatCannotBe) {
  EXPECT_REFUSED(llama().tensor("a", {1, 1, 1, 1, 1}, 0, 0).file(64), "5 dimensions");
  EXPECT_REFUSED(llama().tensor("a", {~0ULL}, 0, 0).file(64), "larger than any can be");
  EXPECT_REFUSED(llama().tensor("a", {1ULL << 40, 1ULL << 40}, 0, 0).file(64),
                 "larger than any can be");
  EXPECT_REFUSED(llama().tensor("a", {32}, 0, ~0ULL & ~31ULL).file(64), "larger than any can be");
  EXPECT_REFUSED(llama().tensor("a", {32}, 0, 7).file(256), "not aligned");
  EXPECT_REFUSED(llama().tensor("a", {33}, 8, 0).file(256), "which Q8_0 cannot have");
  EXPECT_REFUSED(llama().tensor(std::string(kMaxTensorNameBytes + 1, 'n'), {1}, 0, 0).file(64),
                 "129 bytes; 128 are allowed");
}

TEST(GgufBroken, AlignmentThatIsNone) {
  for (const std::uint32_t bad : {0u, 3u, 48u, 1u << 31})
    EXPECT_REFUSED(llama().number("general.alignment", bad).file(0), "alignment");
  EXPECT_EQ(refusal(llama().number("general.alignment", 64).file(0)), "(read)");
}

TEST(GgufBroken, NumbersThatNoModelHas) {
  EXPECT_REFUSED(llama().number("llama.block_count", 1 << 20).file(0), "llama.block_count");
  EXPECT_REFUSED(llama().number("llama.context_length", ~0u).file(0), "llama.context_length");
  EXPECT_REFUSED(llama().number("split.no", 5).number("split.count", 2).file(0), "part 5 of 2");
  EXPECT_REFUSED(GgufBuilder().number("llama.block_count", 1).file(0), "which architecture");
  // Negative: as if it was not said.
  const std::string negative = llama().pair("llama.block_count", 5, GgufBuilder::u32(~0u)).file(0);
  EXPECT_FALSE(read_bytes(base::as_bytes(negative), negative.size())->layers);
}

TEST(GgufBroken, ALongNameIsLeftOutAndALongTemplateIsNotRead) {
  const std::string long_text(kMaxKeptTextBytes + 1, 'x');
  const std::string bytes = llama()
                                .string("general.name", long_text)
                                .string("tokenizer.chat_template", std::string(1 << 20, 't'))
                                .file(0);
  const auto facts = read_bytes(base::as_bytes(bytes), bytes.size());
  ASSERT_TRUE(facts.ok());
  EXPECT_FALSE(facts->name);
  EXPECT_TRUE(facts->has_chat_template);
}

// Counts what is asked of it.
class CountingSource final : public ByteSource {
 public:
  explicit CountingSource(base::ByteView bytes) : inner_(bytes), size_(bytes.size()) {}
  std::uint64_t size() const override { return size_; }
  base::Status read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    read_ += out.size();
    return inner_.read_at(offset, out);
  }
  std::uint64_t read() const { return read_; }

 private:
  MemorySource inner_;
  std::uint64_t size_;
  std::uint64_t read_ = 0;
};

TEST(GgufBroken, NeverReadsMoreThanTheBound) {
  // A million empty strings, spread so that going over them reads everything.
  std::string list = GgufBuilder::u32(8) + GgufBuilder::u64(1'000'000);
  list.resize(list.size() + 8'000'000, '\0');
  const std::string bytes = llama().pair("tokenizer.ggml.tokens", 9, list).file(0);
  EXPECT_NE(refusal(bytes, {.max_read_bytes = 1 << 20}).find("longer than the bytes that are read"),
            std::string::npos);
  EXPECT_EQ(refusal(bytes, {.max_read_bytes = 16 << 20}), "(read)");

  CountingSource source(base::as_bytes(bytes));
  Cursor cursor(source, {.max_read_bytes = 1 << 20});
  while (cursor.number<std::uint64_t>().ok()) {
  }
  EXPECT_LE(source.read(), 1u << 20);
  EXPECT_GT(source.read(), 1u << 19);
}

}  // namespace
}  // namespace b3iq::gguf

#include "gguf/gguf_facts.h"

#include <algorithm>
#include <array>

#include "gguf/gguf_cursor.h"
#include "gguf/gguf_tables.h"

namespace b3iq::gguf {

using base::Status;

namespace {

constexpr std::array<std::string_view, 15> kGeneralKeys = {"general.architecture",
                                                           "general.name",
                                                           "general.size_label",
                                                           "general.type",
                                                           "general.license",
                                                           "general.license.name",
                                                           "general.license.link",
                                                           "general.file_type",
                                                           "general.alignment",
                                                           "tokenizer.chat_template",
                                                           "tokenizer.ggml.model",
                                                           "tokenizer.ggml.tokens",
                                                           "split.no",
                                                           "split.count",
                                                           "split.tensors.count"};
constexpr std::array<std::string_view, 16> kArchitectureKeys = {".context_length",
                                                                ".embedding_length",
                                                                ".block_count",
                                                                ".feed_forward_length",
                                                                ".attention.head_count",
                                                                ".attention.head_count_kv",
                                                                ".attention.key_length",
                                                                ".attention.value_length",
                                                                ".attention.sliding_window",
                                                                ".attention.causal",
                                                                ".expert_count",
                                                                ".expert_used_count",
                                                                ".pooling_type",
                                                                ".vocab_size",
                                                                ".has_vision_encoder",
                                                                ".has_audio_encoder"};

// Past these a number is no model's but an attack on whoever multiplies it.
constexpr std::uint64_t kMaxContext = std::uint64_t{1} << 31;
constexpr std::uint64_t kMaxWidth = 1 << 24;
constexpr std::uint64_t kMaxLayers = 4096;
constexpr std::uint64_t kMaxHeads = 65'536;

constexpr std::array<std::string_view, 11> kEmbeddingArchitectures = {
    "bert",         "modern-bert",     "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2",
    "jina-bert-v3", "gemma-embedding", "eurobert",   "llama-embed",    "t5encoder"};

class PairReader {
 public:
  PairReader(const KeptPairs& pairs, std::string architecture)
      : pairs_(pairs), prefix_(std::move(architecture)) {}

  const KeptValue* general(std::string_view key) const {
    const auto found = pairs_.find(key);
    return found == pairs_.end() ? nullptr : &found->second;
  }
  const KeptValue* own(std::string_view ending) const {
    return general(prefix_ + std::string(ending));
  }
  std::optional<std::string> text(std::string_view key) const {
    const auto* value = general(key);
    return value != nullptr ? value->text : std::nullopt;
  }
  // The number of one of the architecture's keys; of a list its largest.
  Status number(std::string_view ending, std::uint64_t most,
                std::optional<std::uint64_t>& out) const {
    const auto* value = own(ending);
    if (value == nullptr) return {};
    out = value->number;
    if (!out && !value->numbers.empty())
      out = *std::max_element(value->numbers.begin(), value->numbers.end());
    if (out && *out > most) {
      return Cursor::broken_at(value->offset, prefix_ + std::string(ending) + " is " +
                                                  std::to_string(*out) + ", which cannot be");
    }
    return {};
  }

 private:
  const KeptPairs& pairs_;
  std::string prefix_;
};

Status take_shape(const PairReader& pairs, Facts& facts) {
  TRY_OK(pairs.number(".context_length", kMaxContext, facts.context_length));
  TRY_OK(pairs.number(".embedding_length", kMaxWidth, facts.embedding_length));
  TRY_OK(pairs.number(".feed_forward_length", kMaxWidth, facts.feed_forward_length));
  TRY_OK(pairs.number(".block_count", kMaxLayers, facts.layers));
  TRY_OK(pairs.number(".attention.head_count", kMaxHeads, facts.heads));
  TRY_OK(pairs.number(".attention.head_count_kv", kMaxHeads, facts.kv_heads));
  TRY_OK(pairs.number(".attention.key_length", kMaxWidth, facts.key_length));
  TRY_OK(pairs.number(".attention.value_length", kMaxWidth, facts.value_length));
  TRY_OK(pairs.number(".attention.sliding_window", kMaxContext, facts.sliding_window));
  TRY_OK(pairs.number(".expert_count", kMaxWidth, facts.experts));
  TRY_OK(pairs.number(".expert_used_count", kMaxWidth, facts.experts_used));
  TRY_OK(pairs.number(".vocab_size", kMaxWidth, facts.vocabulary));
  std::optional<std::uint64_t> pooling;
  TRY_OK(pairs.number(".pooling_type", kMaxHeads, pooling));
  if (pooling) facts.pooling = static_cast<std::uint32_t>(*pooling);
  if (const auto* causal = pairs.own(".attention.causal")) facts.causal = causal->flag;
  // Without a number of its own, every head has its keys and values.
  if (!facts.kv_heads) facts.kv_heads = facts.heads;
  const auto* per_layer = pairs.own(".attention.head_count_kv");
  if (per_layer != nullptr && !per_layer->numbers.empty()) {
    std::uint64_t sum = 0;
    for (const std::uint64_t heads : per_layer->numbers) sum += heads;  // each at most kMaxHeads
    facts.kv_heads_sum = sum;
  } else if (facts.kv_heads && facts.layers) {
    facts.kv_heads_sum = *facts.kv_heads * *facts.layers;
  }
  return {};
}

ModelKind kind_of(const Facts& facts) {
  if (facts.architecture == "clip" || facts.type == "mmproj") return ModelKind::vision_projector;
  if (facts.type == "adapter") return ModelKind::adapter;
  return kind_by_shape(facts.architecture, facts.pooling, facts.causal);
}

Status take_split(const PairReader& pairs, Facts& facts) {
  const auto* count = pairs.general("split.count");
  const auto* index = pairs.general("split.no");
  if (count == nullptr || !count->number || *count->number == 0) return {};
  const std::uint64_t number = index != nullptr ? index->number.value_or(0) : 0;
  if (*count->number > kMaxTensors || number >= *count->number)
    return Cursor::broken_at(count->offset, "it says to be part " + std::to_string(number) +
                                                " of " + std::to_string(*count->number));
  facts.split = Split{static_cast<std::uint32_t>(number),
                      static_cast<std::uint32_t>(*count->number), std::nullopt};
  if (const auto* all = pairs.general("split.tensors.count"))
    facts.split->tensors_in_all = all->number;
  return {};
}

void take_tokenizer(const PairReader& pairs, Facts& facts) {
  facts.tokenizer = pairs.text("tokenizer.ggml.model");
  if (const auto* tokens = pairs.general("tokenizer.ggml.tokens"); tokens && tokens->items)
    facts.vocabulary = tokens->items;
  const auto* chat = pairs.general("tokenizer.chat_template");
  facts.has_chat_template = chat != nullptr && chat->items.value_or(0) > 0;
}

}  // namespace

bool is_wanted(std::string_view key) {
  if (std::find(kGeneralKeys.begin(), kGeneralKeys.end(), key) != kGeneralKeys.end()) return true;
  return std::any_of(kArchitectureKeys.begin(), kArchitectureKeys.end(), [&](auto ending) {
    return key.size() > ending.size() && key.ends_with(ending);
  });
}

Status take_pairs(const KeptPairs& pairs, Facts& facts) {
  const auto architecture = PairReader(pairs, "").text("general.architecture");
  if (!architecture || architecture->empty())
    return Cursor::broken_at(0, "it does not say which architecture the model has");
  facts.architecture = *architecture;
  const PairReader reader(pairs, *architecture);
  facts.name = reader.text("general.name");
  facts.size_label = reader.text("general.size_label");
  facts.type = reader.text("general.type");
  facts.license = reader.text("general.license");
  facts.license_name = reader.text("general.license.name");
  facts.license_link = reader.text("general.license.link");
  if (const auto* type = reader.general("general.file_type"); type && type->number) {
    facts.file_type =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(*type->number, UINT32_MAX));
    if (const auto name = file_type_name(*facts.file_type)) facts.quantization = std::string(*name);
  }
  TRY_OK(take_shape(reader, facts));
  TRY_OK(take_split(reader, facts));
  take_tokenizer(reader, facts);
  facts.kind = kind_of(facts);
  if (facts.kind == ModelKind::vision_projector) {
    const auto has = [&](std::string_view ending) {
      const auto* value = reader.own(ending);
      return value != nullptr && value->flag.value_or(false);
    };
    facts.sees = has(".has_vision_encoder");
    facts.hears = has(".has_audio_encoder");
  }
  return {};
}

ModelKind kind_by_shape(std::string_view architecture, std::optional<std::uint32_t> pooling,
                        std::optional<bool> causal) {
  if (pooling == kPoolingRank) return ModelKind::reranker;
  const bool encoder = std::find(kEmbeddingArchitectures.begin(), kEmbeddingArchitectures.end(),
                                 architecture) != kEmbeddingArchitectures.end();
  if (encoder || pooling.value_or(kPoolingNone) != kPoolingNone || !causal.value_or(true))
    return ModelKind::embedding;
  return ModelKind::text;
}

std::string_view kind_name(ModelKind kind) {
  switch (kind) {
    case ModelKind::text:
      return "text";
    case ModelKind::embedding:
      return "embedding";
    case ModelKind::reranker:
      return "reranker";
    case ModelKind::vision_projector:
      return "vision_projector";
    case ModelKind::adapter:
      return "adapter";
  }
  return "text";
}

}  // namespace b3iq::gguf

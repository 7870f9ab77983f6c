#include "gguf/memory_estimate.h"

#include <algorithm>

namespace b3iq::gguf {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kProgramBytes = 24 * kMiB;
constexpr std::uint64_t kBytesPerVocabularyEntry = 256;  // text, hash entry, merges
constexpr std::uint64_t kMaxContext = std::uint64_t{1} << 31;
constexpr std::uint64_t kBytesPerActivation = 4;  // 32-bit floats
constexpr std::uint64_t kBytesPerMaskValue = 2;
// Vectors of the model's width that are alive at once in a layer (input, residual, query, output
// …).
constexpr std::uint64_t kWidthsAlive = 6;

// Every factor is bounded by the reader (layers 2^12, heads 2^16, widths 2^24, context 2^31); the
// product may still be too large.
bool multiply(std::uint64_t& product, std::initializer_list<std::uint64_t> factors) {
  product = 1;
  for (const std::uint64_t factor : factors) {
    if (__builtin_mul_overflow(product, factor, &product)) return false;
  }
  return true;
}

Error missing(const char* what) {
  return {ErrorCode::unimplemented,
          std::string("The model file does not say ") + what + "; its need is known once loaded."};
}

Result<std::uint64_t> cache_bytes(const Facts& facts, std::uint64_t context, std::uint32_t bits) {
  if (!facts.kv_heads_sum) return missing("how many layers and heads it has");
  std::uint64_t head = 0;
  if (facts.heads.value_or(0) > 0) head = facts.embedding_length.value_or(0) / *facts.heads;
  const std::uint64_t keys = facts.key_length.value_or(head);
  const std::uint64_t values = facts.value_length.value_or(head);
  if (keys + values == 0) return missing("how wide its heads are");
  std::uint64_t all_bits = 0;
  if (!multiply(all_bits, {*facts.kv_heads_sum, keys + values, context, bits}))
    return Error(ErrorCode::invalid_request, "No machine has the memory for this context.");
  return all_bits / 8;
}

Result<std::uint64_t> compute_bytes(const Facts& facts, std::uint64_t context,
                                    std::uint64_t batch) {
  const std::uint64_t width =
      facts.embedding_length.value_or(0) * kWidthsAlive + facts.feed_forward_length.value_or(0) * 2;
  const std::uint64_t logits = facts.vocabulary.value_or(0) * kBytesPerActivation;
  // Attention is computed in pieces (flash attention), so its scores are never all alive; the mask
  // of the batch over the context is.
  std::uint64_t layers = 0, mask = 0, sum = 0;
  if (!multiply(layers, {batch, width, kBytesPerActivation}) ||
      !multiply(mask, {batch, context, kBytesPerMaskValue}) ||
      __builtin_add_overflow(layers, mask, &sum) || __builtin_add_overflow(sum, logits, &sum))
    return Error(ErrorCode::invalid_request, "No machine has the memory for this context.");
  return sum;
}

}  // namespace

Result<MemoryNeed> estimate_memory(const Facts& facts, const MemoryUse& use) {
  if (!use.weights_bytes && facts.split && facts.split->count > 1)
    return missing("how large its other parts are");
  if (!use.weights_bytes && facts.tensors == 0) return missing("any weights: it is a vocabulary");
  if (!use.weights_bytes && !facts.tensor_bytes)
    return missing("how large its tensors are, in a type that is known here");
  MemoryNeed need;
  need.weights_bytes = use.weights_bytes ? *use.weights_bytes : *facts.tensor_bytes;
  const std::uint64_t context =
      use.context_tokens > 0 ? use.context_tokens : facts.context_length.value_or(0);
  if (context > kMaxContext)
    return Error(ErrorCode::invalid_request, "A context of more than 2^31 tokens cannot be.");
  if (facts.kind == ModelKind::text) {
    TRY(need.cache_bytes, cache_bytes(facts, context, use.cache_bits));
  }
  const std::uint64_t batch =
      std::min<std::uint64_t>(use.batch_tokens, std::max<std::uint64_t>(context, 1));
  TRY(need.compute_bytes, compute_bytes(facts, context, batch));
  need.program_bytes = kProgramBytes + facts.vocabulary.value_or(0) * kBytesPerVocabularyEntry;
  for (const std::uint64_t part :
       {need.weights_bytes, need.cache_bytes, need.compute_bytes, need.program_bytes}) {
    if (__builtin_add_overflow(need.total_bytes, part, &need.total_bytes))
      return Error(ErrorCode::invalid_request, "No machine has the memory for this model.");
  }
  return need;
}

}  // namespace b3iq::gguf

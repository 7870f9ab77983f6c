// A model file of any bytes: its facts or a refusal that says where; reading is bounded, a longer
// file reads the same, and the estimate never overflows.
#include "gguf/gguf.h"

#include <cstdint>
#include <string>

#include "base/check.h"
#include "gguf/memory_estimate.h"

namespace {

using b3iq::gguf::Facts;

void check_facts(const Facts& facts, std::size_t size) {
  B3_CHECK(!facts.architecture.empty() && b3iq::base::valid_utf8(facts.architecture));
  B3_CHECK(!facts.name || b3iq::base::valid_utf8(*facts.name));
  B3_CHECK(facts.tensors <= b3iq::gguf::kMaxTensors);
  B3_CHECK(facts.tensors == 0 || facts.data_offset <= size);
  B3_CHECK(!facts.tensor_bytes || facts.tensor_bytes == 0 || facts.tensors > 0);
  B3_CHECK(!facts.split || facts.split->index < facts.split->count);
  B3_CHECK(!b3iq::gguf::kind_name(facts.kind).empty());
  for (const std::uint64_t context : {std::uint64_t{0}, std::uint64_t{4096}, ~std::uint64_t{0}}) {
    const auto need = b3iq::gguf::estimate_memory(facts, {.context_tokens = context});
    if (!need.ok()) continue;
    B3_CHECK(need->total_bytes >= need->weights_bytes && need->total_bytes >= need->cache_bytes);
  }
}

}  // namespace

int fuzz_gguf(const std::uint8_t* data, std::size_t size) {
  const b3iq::base::ByteView bytes(data, size);
  const auto facts = b3iq::gguf::read_bytes(bytes, size);
  if (facts.ok()) {
    check_facts(*facts, size);
  } else {
    B3_CHECK(facts.error().detail.find("at byte ") != std::string::npos);
  }
  // Without its length only the check of the tensors' end is left out.
  const auto head = b3iq::gguf::read_bytes(bytes, std::nullopt);
  B3_CHECK(head.ok() || !facts.ok());
  // A bound that is never broken: less than one window is refused at once.
  B3_CHECK(!b3iq::gguf::read_bytes(bytes, size, {.max_read_bytes = 0}).ok());
  return 0;
}

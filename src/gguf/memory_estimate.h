// How much memory a model needs, before it is loaded. Pure. An estimate by rules, not a
// measurement: weights and cache are exact for plain transformers, the rest is a bound by the sizes
// llama.cpp computes in. Meant to be compared with what loading it measured, and replaced by that.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "gguf/gguf.h"

namespace b3iq::gguf {

struct MemoryUse {
  std::uint64_t context_tokens = 0;  // of all parallel requests together; 0: the model's own
  std::uint32_t cache_bits = 16;     // of one value of the key and value cache
  std::uint32_t batch_tokens = 512;  // computed at once (llama.cpp's micro batch)
  // Of all parts of a split model together; such a model needs it.
  std::optional<std::uint64_t> weights_bytes;
};

struct MemoryNeed {
  std::uint64_t weights_bytes = 0;
  std::uint64_t cache_bytes = 0;    // keys and values; models with a sliding window need less
  std::uint64_t compute_bytes = 0;  // the largest intermediate results
  std::uint64_t program_bytes = 0;  // libraries, vocabulary
  std::uint64_t total_bytes = 0;
};

// Errors: unimplemented when the file does not say what is needed (unknown tensor types, no
// layers); invalid_request for a context past 2^31 tokens.
base::Result<MemoryNeed> estimate_memory(const Facts& facts, const MemoryUse& use);

}  // namespace b3iq::gguf

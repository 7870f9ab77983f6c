// How long an input an embedding model takes: what the worker makes room for, and what the agent
// says of a model that is not loaded yet.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes {

// Most models have to see an input whole, and for each of its tokens the library keeps room for a
// score of every word of the vocabulary, used or not. Unless the owner asks for more, an input may
// take this much of it.
inline constexpr std::uint64_t kMaxScoreBytes = 512ull * 1024 * 1024;
inline constexpr std::uint32_t kMinEmbedTokens = 512;

// Tokens of one input. `wanted` 0: the default; `trained` 0: unknown. `in_pieces`: the model takes
// an input piece by piece. Never more than the model was trained for: beyond, some have no
// position.
inline std::uint32_t embedding_context(std::uint32_t wanted, std::uint32_t trained,
                                       std::uint32_t vocabulary, bool in_pieces) {
  const std::uint32_t most = trained != 0 ? trained : kDefaultContextTokens;
  if (wanted != 0) return std::min(wanted, most);
  const std::uint32_t usual = std::min(most, kDefaultContextTokens);
  if (in_pieces || vocabulary == 0) return usual;
  const std::uint64_t affordable = kMaxScoreBytes / (sizeof(float) * vocabulary);
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(usual, std::max<std::uint64_t>(affordable, kMinEmbedTokens)));
}

}  // namespace b3iq::runtimes

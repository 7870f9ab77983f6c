// What an embedding request means and its answer, whatever the dialect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace b3iq::inference {

inline constexpr std::size_t kMaxEmbeddingInputs = 2048;  // OpenAI's
inline constexpr std::size_t kMaxEmbeddingDimensions = 65'536;
inline constexpr std::size_t kMaxEmbeddingTokens = 32'768;  // ids of one input

struct EmbeddingRequest {
  std::string model;  // as the caller named it; the registry resolves it to runtime_model
  std::string runtime_model;
  std::vector<std::string_view> inputs;  // 1 to kMaxEmbeddingInputs texts; they outlive the answer
  std::optional<std::int64_t> dimensions;  // a shorter vector, where the model can
  // Instead of `inputs`: each one's token ids of the model, for runtimes that take them.
  std::vector<std::vector<std::int32_t>> token_inputs;

  // The caller's body, and what the views point into. Moving the request keeps them valid.
  std::string_view body;
  // The W3C `traceparent` that the runtime gets, of the node's own trace; "" for none.
  std::string_view traceparent;
  std::optional<json::Document> document;

  std::size_t count() const { return token_inputs.empty() ? inputs.size() : token_inputs.size(); }
};

struct EmbeddingAnswer {
  std::vector<std::vector<float>> vectors;    // one per input, in their order, all of one length
  std::optional<std::int64_t> prompt_tokens;  // nothing: the runtime told none
};

}  // namespace b3iq::inference

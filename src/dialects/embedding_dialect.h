// How an embedding request and its answer are told in one dialect: OpenAI's, or one of Ollama's
// two.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inference/embedding.h"

namespace b3iq::dialects {

enum class VectorEncoding : std::uint8_t { numbers, base64 };

struct EmbeddingsBody {
  inference::EmbeddingRequest request;
  VectorEncoding encoding = VectorEncoding::numbers;
};

// What an answer tells beside its vectors.
struct EmbeddingFacts {
  VectorEncoding encoding = VectorEncoding::numbers;
  std::string_view model;
  std::int64_t prompt_tokens = 0;
  std::int64_t took_ns = 0;
};

struct EmbeddingDialect {
  // `body` outlives the request. Errors: those of json::Document::parse; invalid_request, and
  // unsupported_parameter for any other member, with the member as param.
  base::Result<EmbeddingsBody> (*decode)(std::string_view body);
  // A JSON object.
  std::string (*write)(const inference::EmbeddingAnswer& answer, const EmbeddingFacts& facts);
};

// [0.25,-1]: each number the shortest text that reads back as the same float; a double's would be
// twice as long.
void append_numbers(std::string& out, const std::vector<float>& vector);
// Bytes that a number of it mostly takes, to reserve by.
inline constexpr std::size_t kUsualNumberBytes = 12;

}  // namespace b3iq::dialects

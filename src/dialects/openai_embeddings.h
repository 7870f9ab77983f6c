// POST /v1/embeddings as OpenAI has it: the body and the answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "inference/embedding.h"

namespace b3iq::dialects {

enum class VectorEncoding : std::uint8_t { numbers, base64 };

struct EmbeddingsBody {
  inference::EmbeddingRequest request;
  VectorEncoding encoding = VectorEncoding::numbers;
};

// `body` outlives the request. Members: model, input (a text, texts, token ids, lists of token
// ids), encoding_format (float, base64), dimensions, user (no effect). Errors: those of
// json::Document::parse; invalid_request, and unsupported_parameter for any other member, with the
// member as param.
base::Result<EmbeddingsBody> decode_embeddings(std::string_view body);

// {"object":"list","data":[{"object":"embedding","index":0,"embedding":…}],"model":…,"usage":…}.
// base64: the vector's float32 in little-endian order.
std::string embeddings_json(const inference::EmbeddingAnswer& answer, VectorEncoding encoding,
                            std::string_view model, std::int64_t prompt_tokens);

}  // namespace b3iq::dialects

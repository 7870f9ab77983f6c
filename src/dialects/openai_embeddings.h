// POST /v1/embeddings as OpenAI has it: the body and the answer.
#pragma once

#include "dialects/embedding_dialect.h"

namespace b3iq::dialects {

// Members: model, input (a text, texts, token ids, lists of token ids), encoding_format (float,
// base64), dimensions, user (no effect).
base::Result<EmbeddingsBody> decode_embeddings(std::string_view body);

// {"object":"list","data":[{"object":"embedding","index":0,"embedding":…}],"model":…,"usage":…}.
// base64: the vector's float32 in little-endian order.
std::string embeddings_json(const inference::EmbeddingAnswer& answer, const EmbeddingFacts& facts);

const EmbeddingDialect& openai_embeddings();

}  // namespace b3iq::dialects

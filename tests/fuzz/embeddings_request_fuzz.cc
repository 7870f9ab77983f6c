// Any body of POST /v1/embeddings, /api/embed and /api/embeddings is decoded within the promised
// bounds, or refused with an error that says what was wrong.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "dialects/ollama_embed.h"
#include "dialects/openai_embeddings.h"
#include "inference/capability_check.h"

using namespace b3iq;

static void decode_as(const dialects::EmbeddingDialect& dialect, std::string_view body) {
  const auto decoded = dialect.decode(body);
  if (!decoded.ok()) {
    B3_CHECK(!decoded.error().detail.empty());
    return;
  }
  const auto& request = decoded->request;
  B3_CHECK(!request.model.empty() && request.count() >= 1);
  B3_CHECK(request.count() <= inference::kMaxEmbeddingInputs);
  B3_CHECK(request.inputs.empty() || request.token_inputs.empty());
  for (const auto text : request.inputs) B3_CHECK(!text.empty());
  for (const auto& ids : request.token_inputs) {
    B3_CHECK(!ids.empty() && ids.size() <= inference::kMaxEmbeddingTokens);
    for (const auto id : ids) B3_CHECK(id >= 0);
  }
  const inference::Capabilities all{.embeddings = true, .embedding_tokens = true};
  B3_CHECK(inference::check_embedding(request, all).ok());
}

int fuzz_embeddings_request(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  decode_as(dialects::openai_embeddings(), body);
  decode_as(dialects::ollama_embed(), body);
  decode_as(dialects::ollama_embeddings(), body);
  return 0;
}

#include "agent/local_api/token_estimate.h"

#include <algorithm>

namespace b3iq::agent {

namespace {

// A prompt is estimated high, since it is reserved before anything is known of it; an answer is
// estimated as English runs.
constexpr std::int64_t kPromptBytesPerToken = 3;
constexpr std::int64_t kTokensPerMessage = 8;
constexpr std::int64_t kAnswerBytesPerToken = 4;

}  // namespace

std::int64_t estimate_prompt_tokens(const inference::ChatRequest& request) {
  std::int64_t bytes = 0;
  for (const auto& message : request.messages) {
    for (const auto& part : message.content) bytes += static_cast<std::int64_t>(part.text.size());
  }
  return bytes / kPromptBytesPerToken +
         kTokensPerMessage * static_cast<std::int64_t>(request.messages.size());
}

std::int64_t estimate_prompt_tokens(const inference::EmbeddingRequest& request) {
  std::int64_t tokens = 0;
  for (const auto text : request.inputs)
    tokens += 1 + static_cast<std::int64_t>(text.size()) / kPromptBytesPerToken;
  for (const auto& ids : request.token_inputs) tokens += static_cast<std::int64_t>(ids.size());
  return tokens;
}

inference::Usage metered_usage(const inference::ChatRequest& request,
                               const inference::Usage& reported, const Produced& produced) {
  if (reported.total_tokens() > 0) return reported;
  inference::Usage usage;
  const auto by_text = (produced.text_bytes + kAnswerBytesPerToken - 1) / kAnswerBytesPerToken;
  usage.completion_tokens = std::max(produced.tokens, by_text);
  if (request.max_tokens) {
    usage.completion_tokens = std::min(usage.completion_tokens, *request.max_tokens);
  }
  if (produced.whole || usage.completion_tokens > 0) {
    usage.prompt_tokens = estimate_prompt_tokens(request);
  }
  return usage;
}

}  // namespace b3iq::agent

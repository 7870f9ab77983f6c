// Tokens counted without a tokenizer: before a call runs, for its reservation, and after it, for
// the bill of a call whose runtime reported no usage. The rules stand in docs/operating/keys.md.
#pragma once

#include <cstdint>

#include "inference/chat.h"
#include "inference/embedding.h"

namespace b3iq::agent {

std::int64_t estimate_prompt_tokens(const inference::ChatRequest& request);
// Token ids are counted as they are; a text has at least one token.
std::int64_t estimate_prompt_tokens(const inference::EmbeddingRequest& request);

// What came of a call, as far as the node saw it.
struct Produced {
  std::int64_t tokens = 0;      // tokens of typed steps, or relayed events that carry text
  std::int64_t text_bytes = 0;  // of relayed text, escapes as they stand
  bool whole = false;           // the answer came to its end
};

// What a call is charged: `reported` where the runtime reported something, else an estimate that
// never passes the call's max_tokens. An answer cut before it produced anything costs nothing.
inference::Usage metered_usage(const inference::ChatRequest& request,
                               const inference::Usage& reported, const Produced& produced);

}  // namespace b3iq::agent

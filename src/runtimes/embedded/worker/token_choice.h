// Choosing the next token from the logits of a slot, and telling how likely it was.
#pragma once

#include <llama.h>
#include <sampling.h>

#include <cstdint>
#include <string>

#include "base/result.h"
#include "inference/chat.h"
#include "runtimes/embedded/worker/prepared_request.h"

namespace b3iq::runtimes::worker {

// Processor time for one token under a grammar, and what its request may use beside a share for
// each token: a grammar that is slow at every token would hold up the other answers.
inline constexpr std::int64_t kMaxChoiceUs = 2'000'000;
inline constexpr std::int64_t kChoiceShareUs = 100'000;

// The next token of `request` from output `index` of the last llama_decode. Errors:
// upstream_failed, the answer's grammar leaves no token; invalid_request, it takes too long to
// follow.
base::Result<llama_token> choose_token(llama_context* context, int index, PreparedRequest& request);

// Natural logarithms of the probabilities over the whole vocabulary, before any sampling setting:
// the chosen token's and those of the `top` likeliest.
inference::TokenLogprob token_logprob(llama_context* context, int index, llama_token chosen,
                                      std::uint32_t top);

// The bytes of a token; control tokens have none unless `special`.
std::string_view token_piece(const llama_vocab* vocab, llama_token token, bool special,
                             std::string& buffer);

}  // namespace b3iq::runtimes::worker

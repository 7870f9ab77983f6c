// Choosing the next token from the logits of a slot, and telling how likely it was.
#pragma once

#include <llama.h>
#include <sampling.h>

#include <string>

#include "base/result.h"
#include "inference/chat.h"
#include "runtimes/embedded/worker/prepared_request.h"

namespace b3iq::runtimes::worker {

// The next token of `request` from output `index` of the last llama_decode. Error: the answer's
// grammar leaves no token.
base::Result<llama_token> choose_token(llama_context* context, int index, PreparedRequest& request);

// Natural logarithms of the probabilities over the whole vocabulary, before any sampling setting:
// the chosen token's and those of the `top` likeliest.
inference::TokenLogprob token_logprob(llama_context* context, int index, llama_token chosen,
                                      std::uint32_t top);

// The bytes of a token; control tokens have none unless `special`.
std::string_view token_piece(const llama_vocab* vocab, llama_token token, bool special,
                             std::string& buffer);

}  // namespace b3iq::runtimes::worker

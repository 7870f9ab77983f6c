// OpenAI's legacy completions as a dialect of the local API: one prompt that is continued, with no
// chat template around it.
//
// Members, by what is done with them:
//   typed        model prompt (one text) max_tokens (16 when absent) temperature top_p top_k min_p
//                repeat_penalty presence_penalty frequency_penalty logit_bias seed stop stream
//                stream_options n=1 best_of=1 echo=false
//   bookkeeping  user
//   refused      several prompts, token ids, n>1, best_of>1, echo, suffix, logprobs, all others
#pragma once

#include "dialects/dialect.h"

namespace b3iq::dialects {

inline constexpr std::int64_t kDefaultCompletionTokens = 16;  // OpenAI's

const Dialect& openai_completions();

}  // namespace b3iq::dialects

// Ollama's POST /api/chat and POST /api/generate as dialects of the local API.
//
// Members of the body, by what is done with them (null counts as absent; unknown ones are refused):
//   said in OpenAI's   model messages prompt system images tools format("json" or a schema)
//                      stream(default: true) and of options: temperature top_p top_k min_p seed
//                      stop num_predict(≤-1: no limit) repeat_penalty presence_penalty
//                      frequency_penalty
//   no effect          keep_alive, and the options that say how a server loads a model: num_ctx
//                      num_keep num_batch num_gpu main_gpu num_thread numa use_mmap use_mlock
//                      low_vram f16_kv. The node's owner decides these; a prompt that does not fit
//                      is refused, never cut
//   think              false leaves the model's reasoning out of the answer; it is told otherwise
//   refused by name    raw, template, context, suffix, think with a level, logprobs, truncate and
//                      shift when true, an empty list of messages, and what is not named here
// Errors name the member in the caller's own words: "options.num_predict".
#pragma once

#include <string>
#include <string_view>

#include "dialects/dialect.h"

namespace b3iq::dialects {

const Dialect& ollama_chat();
const Dialect& ollama_generate();

// {"error":"…","b3iq":{status,title,detail,code}}.
std::string ollama_error_body(const base::Error& error);

}  // namespace b3iq::dialects

// A typed chat request as the body of Ollama's POST /api/chat.
//
//   model, stream, truncate: false, shift: false     nothing of the conversation is dropped
//   silently messages[]   role (developer becomes system), content (text parts joined by line
//   ends), images
//                (base64 of data: URLs), tool_calls (arguments as an object), tool_name,
//                tool_call_id
//   tools[]      as they came, without tool_choice none
//   format       "json" or the schema
//   options      temperature top_p top_k min_p seed stop num_predict repeat_penalty
//                presence_penalty frequency_penalty num_ctx
//   logprobs, top_logprobs
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "inference/chat.h"

namespace b3iq::runtimes {

// `context_tokens`: num_ctx, 0 leaves Ollama's own. The request has passed check_capabilities.
// Errors: unsupported_parameter (an image that is no data: URL), invalid_request (arguments of an
// earlier tool call that are no JSON object), each with its member as param.
base::Result<std::string> make_ollama_body(const inference::ChatRequest& request,
                                           std::int64_t context_tokens);

}  // namespace b3iq::runtimes

// POST /v1/responses: its body → the chat request that it means.
//
// Members, by what is done with them (null counts as absent, but for model and input):
//   typed        model input instructions max_output_tokens temperature top_p tools (functions)
//                tool_choice parallel_tool_calls text (format, verbosity) reasoning (effort) stream
//   bookkeeping  metadata user safety_identifier prompt_cache_key prompt_cache_retention
//                prompt_cache_options service_tier stream_options max_tool_calls, store=false,
//                background=false, truncation="disabled", include=[], top_logprobs=0
//   refused      what needs memory of earlier answers or work that outlives the request:
//                store=true, previous_response_id, conversation, background=true, prompt; and
//                include, top_logprobs, truncation="auto", reasoning.summary, every other member
//   b3iq         as in a chat request
//
// OpenAI stores answers unless told otherwise. Here nothing is ever stored, so an absent `store`
// counts as false, and the answer says so.
#pragma once

#include <string_view>

#include "base/result.h"
#include "inference/chat.h"

namespace b3iq::dialects {

// `body` outlives the request. ChatRequest::echo is what the answer repeats of it. Errors: those of
// json::Document::parse; invalid_request and unsupported_parameter with the member as param.
base::Result<inference::ChatRequest> decode_responses(std::string_view body);

// The same error in the words of this dialect: a runtime's refusal names members of a chat request.
base::Error in_responses_words(base::Error error);

}  // namespace b3iq::dialects

// Body of POST /v1/chat/completions → ChatRequest. Every member is checked here, once; what follows
// is typed.
//
// Errors: those of json::Document::parse; invalid_request (wrong, missing or out of range) and
// unsupported_parameter (it is OpenAI's, and nothing behind this API can do it). Error::param names
// the member: "messages[2].content".
//
// Members, by what is done with them (null counts as absent everywhere but for model and messages):
//   typed        model messages max_tokens max_completion_tokens temperature top_p top_k min_p
//   repeat_penalty
//                presence_penalty frequency_penalty logit_bias seed stop n(=1) logprobs
//                top_logprobs response_format tools tool_choice parallel_tool_calls stream
//                stream_options
//   bookkeeping  user metadata service_tier safety_identifier prompt_cache_key
//   prompt_cache_retention
//                prompt_cache_options, store=false, modalities=["text"]: shape is checked, no
//                effect on the answer
//   refused      n>1, store=true, functions, function_call
//   b3iq         {model_profile_id, job_id, max_price_wei, dispatch_mode="pooled_sync"}: policy for
//   a router; checked, and
//                has_b3iq tells adapters to strip it
//   unknown      everything else, reasoning_effort, verbosity, prediction, web_search_options,
//   audio, moderation and other
//                modalities included: named in unknown_members, for a same-dialect runtime to judge
#pragma once

#include <string_view>

#include "base/result.h"
#include "inference/chat.h"
#include "json/json.h"

namespace b3iq::inference {

inline constexpr std::size_t kMaxModelNameBytes = 256;
inline constexpr std::int64_t kMaxTokensAsked = 2'147'483'647;
inline constexpr std::size_t kMaxStopStrings = 4;  // OpenAI's
inline constexpr std::size_t kMaxStopBytes = 1024;
inline constexpr std::size_t kMaxLogitBias = 1024;

// `body` must outlive the answer: the request keeps a view of it (ChatRequest::body) and owns the
// parsed document.
base::Result<ChatRequest> decode_chat_request(std::string_view body,
                                              const json::Limits& limits = {});

// The same for a body that has been parsed already.
base::Result<ChatRequest> decode_chat_request(json::Document document, std::string_view body);

}  // namespace b3iq::inference

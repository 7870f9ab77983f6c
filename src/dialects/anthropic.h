// Anthropic's Messages API (POST /v1/messages) as a dialect of the local API.
//
// Members of the body, by what is done with them (null counts as absent; unknown ones are refused):
//   said in OpenAI's   model max_tokens messages system stop_sequences(≤4) temperature top_p top_k
//                      stream tools tool_choice output_config.format b3iq
//   no effect          metadata service_tier cache_control (there is no cache to steer) and
//                      thinking "disabled"; thinking "adaptive" lets the answer tell the model's
//                      reasoning, which is left out otherwise
//   refused by name    thinking "enabled" (a budget nobody here keeps), tools of a server,
//   documents,
//                      an assistant message as the last one, and what is not named here
// Errors name the member in the caller's own words: "messages[2].content[0].source".
#pragma once

#include <string>
#include <string_view>

#include "dialects/dialect.h"

namespace b3iq::dialects {

const Dialect& anthropic();

// {"type":"error","error":{"type","message"},"request_id","b3iq":{status,title,detail,code}}.
// `request_id` is left out when empty.
std::string anthropic_error_body(const base::Error& error, std::string_view request_id);

}  // namespace b3iq::dialects

// `system` and `messages` of Anthropic's body as OpenAI's messages.
//
//   user text, image            parts of a user message
//   user tool_result            a tool message each, before the user message with the rest; images
//                               in a result, which OpenAI's tool messages cannot hold, come first
//                               in that user message; "Error: " before a result with is_error
//   assistant text, tool_use    content and tool_calls of one message
//   assistant thinking          left out: what a model thought in earlier turns is no prompt
#pragma once

#include "base/result.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::dialects {

// Writes one array. `system` may be absent. Errors: invalid_request, unsupported_parameter.
base::Status write_anthropic_messages(json::Writer& w, json::Value system, json::Value messages);

}  // namespace b3iq::dialects

// Body of POST /v1/messages → the chat request that it means. The table of members: anthropic.h.
#pragma once

#include <string_view>

#include "base/result.h"
#include "inference/chat.h"

namespace b3iq::dialects {

// `body` outlives the answer. Errors: those of json::Document::parse, invalid_request,
// unsupported_parameter.
base::Result<inference::ChatRequest> decode_anthropic(std::string_view body);

// The same error in the words of this dialect: a runtime's refusal names members of a chat request.
base::Error in_anthropic_words(base::Error error);

}  // namespace b3iq::dialects

// Bodies of Ollama's dialect → the chat request that they mean. The table of members: ollama.h.
#pragma once

#include <string_view>

#include "base/result.h"
#include "inference/chat.h"

namespace b3iq::dialects {

// `body` outlives the answer. Errors: those of json::Document::parse, invalid_request,
// unsupported_parameter.
base::Result<inference::ChatRequest> decode_ollama_chat(std::string_view body);
base::Result<inference::ChatRequest> decode_ollama_generate(std::string_view body);

// The same error in the words of these calls: a runtime's refusal names members of a chat request.
base::Error in_ollama_chat_words(base::Error error);
base::Error in_ollama_generate_words(base::Error error);

}  // namespace b3iq::dialects

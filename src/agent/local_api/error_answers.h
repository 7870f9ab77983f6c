// The shapes of an error answer as HTTP responses: status, Retry-After, WWW-Authenticate.
#pragma once

#include "http/error_response.h"
#include "http/message.h"

namespace b3iq::agent {

// For OpenAI-shaped routes (/v1/chat/completions, /v1/models).
http::Response openai_error(const base::Error& error, const http::Request& request);
// For Anthropic-shaped routes (/v1/messages). Their clients read the request's id from a header of
// their own.
inline constexpr std::string_view kAnthropicRequestId = "request-id";
http::Response anthropic_error(const base::Error& error, const http::Request& request);
// For Ollama-shaped routes (/api).
http::Response ollama_error(const base::Error& error, const http::Request& request);
// For the node's own routes.
using http::native_error;

// For what no route answers (no such path, a refused Host, a body too large): the shape that the
// path's clients read.
http::Response error_for_path(const base::Error& error, const http::Request& request);

}  // namespace b3iq::agent

#include "agent/local_api/error_answers.h"

#include "dialects/anthropic.h"
#include "dialects/ollama.h"
#include "protocol/error_json.h"

namespace b3iq::agent {
using http::error_response;

http::Response openai_error(const base::Error& error, const http::Request& request) {
  return error_response(error, protocol::openai_error_body(error, request.request_id));
}

http::Response anthropic_error(const base::Error& error, const http::Request& request) {
  auto response = error_response(error, dialects::anthropic_error_body(error, request.request_id));
  if (!request.request_id.empty()) {
    response.headers.push_back({kAnthropicRequestId, std::string(request.request_id)});
  }
  return response;
}

http::Response ollama_error(const base::Error& error, const http::Request&) {
  return error_response(error, dialects::ollama_error_body(error));
}

http::Response error_for_path(const base::Error& error, const http::Request& request) {
  const auto under = [&request](std::string_view folder) {
    return request.path.starts_with(folder) &&
           (request.path.size() == folder.size() || request.path[folder.size()] == '/');
  };
  if (under("/v1/messages")) return anthropic_error(error, request);
  if (under("/api")) return ollama_error(error, request);
  // The commonest slip: a base URL without its /v1.
  const bool slip = request.path.starts_with("/chat/") || request.path == "/models" ||
                    request.path == "/completions" || request.path == "/embeddings";
  if (slip && error.code == base::ErrorCode::not_found) {
    base::Error told = error;
    told.detail += "; OpenAI's routes are under /v1: end the client's base URL with it";
    return openai_error(told, request);
  }
  const bool native = !under("/v1") || under("/v1/receipts") || under("/v1/model-profiles");
  return native ? native_error(error, request) : openai_error(error, request);
}

}  // namespace b3iq::agent

#include "agent/local_api/error_answers.h"

#include <fmt/format.h>

#include <algorithm>

#include "dialects/anthropic.h"
#include "dialects/ollama.h"
#include "protocol/error_json.h"

namespace b3iq::agent {
namespace {

// Advice for 429 and 503 when the error itself has none.
constexpr std::int64_t kDefaultRetryMs = 1000;

http::Response answer(const base::Error& error, std::string body) {
  http::Response response;
  response.status = base::error_info(error.code).http_status;
  response.error = error.code;
  if (response.status == 429 || response.status == 503) {
    const auto ms =
        std::max<std::int64_t>(error.retry_after_ms, error.retry_after_ms ? 1 : kDefaultRetryMs);
    response.headers.push_back({"Retry-After", fmt::format("{}", (ms + 999) / 1000)});
    response.headers.push_back({"retry-after-ms", fmt::format("{}", ms)});
  }
  if (response.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  response.body = std::move(body);
  return response;
}

}  // namespace

http::Response openai_error(const base::Error& error, const http::Request& request) {
  return answer(error, protocol::openai_error_body(error, request.request_id));
}

http::Response native_error(const base::Error& error, const http::Request& request) {
  return answer(error, protocol::native_error_body(error, request.request_id));
}

http::Response anthropic_error(const base::Error& error, const http::Request& request) {
  auto response = answer(error, dialects::anthropic_error_body(error, request.request_id));
  if (!request.request_id.empty()) {
    response.headers.push_back({kAnthropicRequestId, std::string(request.request_id)});
  }
  return response;
}

http::Response ollama_error(const base::Error& error, const http::Request&) {
  return answer(error, dialects::ollama_error_body(error));
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

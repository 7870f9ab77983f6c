#include "http/error_response.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/error_json.h"

namespace b3iq::http {
namespace {

// Advice for 429 and 503 when the error itself has none.
constexpr std::int64_t kDefaultRetryMs = 1000;

}  // namespace

Response error_response(const base::Error& error, std::string body) {
  Response response;
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

Response native_error(const base::Error& error, const Request& request) {
  return error_response(error, protocol::native_error_body(error, request.request_id));
}

}  // namespace b3iq::http

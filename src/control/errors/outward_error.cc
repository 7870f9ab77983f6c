#include "control/errors/outward_error.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/log.h"
#include "protocol/error_json.h"
#include "storage/postgres/postgres_database.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;

namespace {

// The table's title of storage_failed speaks of a node's disk.
constexpr std::string_view kStorageTitle = "What is stored cannot be read or written now";
constexpr std::int64_t kDefaultRetryMs = 1'000;
constexpr std::int64_t kMsPerSecond = 1'000;

// Only these are ever made of what a database driver says.
bool is_private(const Error& error) {
  return error.code == ErrorCode::storage_failed || error.code == ErrorCode::internal ||
         error.code == ErrorCode::corrupt;
}

std::string public_detail(const Error& error, std::int64_t retry_ms) {
  if (error.code != ErrorCode::storage_failed)
    return "The control plane failed at this; its log says why, under this request's id.";
  const auto seconds = (retry_ms + kMsPerSecond - 1) / kMsPerSecond;
  if (storage::is_outcome_unknown(error)) {
    return fmt::format(
        "The control plane's database did not confirm the change: it may or may not have been "
        "written. Look, or send the same again, in {} s.",
        seconds);
  }
  return fmt::format(
      "The control plane's database does not answer now; nothing was changed. Try again in {} s.",
      seconds);
}

Error public_error_of(const Error& error, const http::Request& request) {
  base::log(base::LogLevel::error, "control_plane.request_failed",
            {{"request_id", std::string_view(request.request_id)},
             {"code", base::error_info(error.code).wire_name},
             {"detail", std::string_view(error.detail)}});
  std::int64_t retry_ms = error.retry_after_ms;
  if (error.code == ErrorCode::storage_failed && retry_ms == 0) retry_ms = kDefaultRetryMs;
  return {error.code, public_detail(error, retry_ms), {}, retry_ms};
}

std::string with_own_title(ErrorCode code, std::string body) {
  if (code != ErrorCode::storage_failed) return body;
  const auto title = fmt::format("\"title\":\"{}\"", base::error_info(code).title);
  if (const auto at = body.find(title); at != std::string::npos)
    body.replace(at, title.size(), fmt::format("\"title\":\"{}\"", kStorageTitle));
  return body;
}

// `write`: std::string(const Error&), the body of what may leave.
template <class Write>
http::Response answer(const Error& error, const http::Request& request, Write write) {
  if (!is_private(error)) return http::error_response(error, write(error));
  const auto shown = public_error_of(error, request);
  return http::error_response(shown, with_own_title(shown.code, write(shown)));
}

}  // namespace

http::Response outward_error(const Error& error, const http::Request& request) {
  return answer(error, request, [&request](const Error& shown) {
    return protocol::native_error_body(shown, request.request_id);
  });
}

http::Response outward_refusal(const Error& error, const protocol::ManagedErrorFacts& facts,
                               const http::Request& request) {
  return answer(error, request, [&](const Error& shown) {
    return protocol::managed_error_body(shown, facts, request.request_id);
  });
}

}  // namespace b3iq::control

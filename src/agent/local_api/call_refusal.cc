#include "agent/local_api/call_refusal.h"

#include <fmt/format.h>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Status;

Status check_json_type(const http::Request& request) {
  const auto type = request.header("content-type").value_or("");
  const auto media = type.substr(0, type.find(';'));
  if (media == "application/json") return {};
  return Error(ErrorCode::unsupported_media_type,
               fmt::format("Send the body as `Content-Type: application/json`, not '{}'.",
                           media.substr(0, 64)));
}

void add_rate_limits(ChatContext& context, const Principal& principal, http::Response& response) {
  if (principal.is_user()) return;
  append_rate_limit_headers(*principal.key, context.clock.steady_ns(), response.headers);
}

http::Response refused(ChatContext& context, http::ErrorRenderer errors,
                       const http::Request& request, const Principal& principal,
                       const Error& error) {
  auto response = errors(error, request);
  add_rate_limits(context, principal, response);
  return response;
}

}  // namespace b3iq::agent

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

void note_refusal(ChatContext& context, const RefusedRequest& refused, const Error& error) {
  if (context.requests == nullptr) return;
  constexpr std::int64_t kNsPerMs = 1'000'000;
  CallFacts facts;
  facts.request_id = refused.request.request_id;
  facts.operation = logged_operation(refused.request.path);
  facts.account = refused.principal.account();
  facts.model = refused.model;
  facts.streamed = refused.streamed;
  facts.status = base::error_info(error.code).http_status;
  facts.outcome = CallOutcome::error;
  facts.error = error.code;
  facts.duration_ms = (context.clock.steady_ns() - refused.request.started_ns) / kNsPerMs;
  facts.at_ms = context.clock.wall_ms() - facts.duration_ms;
  context.requests->add_refusal(facts);
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

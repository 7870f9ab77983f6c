#include "agent/request_log/early_refusal.h"

#include <algorithm>

namespace b3iq::agent {

using base::ErrorCode;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

bool is_early(ErrorCode code, const http::Request& request) {
  // A handler may find a body too large as well; here it was not even read.
  if (code == ErrorCode::payload_too_large) return request.body.empty();
  constexpr ErrorCode kEarly[] = {ErrorCode::host_not_allowed, ErrorCode::origin_not_allowed,
                                  ErrorCode::unauthorized,     ErrorCode::key_expired,
                                  ErrorCode::key_revoked,      ErrorCode::scope_denied,
                                  ErrorCode::role_denied,      ErrorCode::method_not_allowed,
                                  ErrorCode::request_timeout,  ErrorCode::length_required};
  return std::ranges::find(kEarly, code) != std::end(kEarly);
}

// Whether the refused secret is one that the node knows.
bool names_its_caller(ErrorCode code) {
  return code == ErrorCode::key_expired || code == ErrorCode::key_revoked ||
         code == ErrorCode::scope_denied || code == ErrorCode::role_denied;
}

}  // namespace

void note_early_refusal(RequestLog& log, const LocalAuth& auth, const base::Clock& clock,
                        const http::Finished& finished) {
  const auto operation = logged_operation(finished.request.path);
  if (operation.empty() || !finished.error || !is_early(*finished.error, finished.request)) return;
  const auto account =
      names_its_caller(*finished.error) ? auth.account_of(finished.request) : std::string();
  CallFacts facts;
  facts.request_id = finished.request.request_id;
  facts.operation = operation;
  facts.account = account;
  facts.status = finished.status;
  facts.outcome = CallOutcome::error;
  facts.error = finished.error;
  facts.duration_ms = finished.duration_ns / kNsPerMs;
  facts.at_ms = clock.wall_ms() - facts.duration_ms;
  log.add_refusal(facts);
}

}  // namespace b3iq::agent

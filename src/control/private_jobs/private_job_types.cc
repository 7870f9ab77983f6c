#include "control/private_jobs/private_job_types.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;

Status check_idempotency_key(std::string_view key) {
  const bool plain = std::ranges::all_of(key, [](char c) { return c >= 0x21 && c <= 0x7e; });
  if (!key.empty() && key.size() <= kMaxIdempotencyKeyBytes && plain) return {};
  return Error(
      ErrorCode::invalid_request,
      fmt::format("An Idempotency-Key is 1 to {} visible ASCII characters, such as a UUID.",
                  kMaxIdempotencyKeyBytes),
      "Idempotency-Key");
}

Error no_such_job() {
  return Error(ErrorCode::not_found,
               "This customer has no such job. GET /v1/private-inference/jobs lists those it has.");
}

}  // namespace b3iq::control

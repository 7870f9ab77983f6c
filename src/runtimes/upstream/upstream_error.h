// What an upstream's status and error body mean to our caller.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"

namespace b3iq::runtimes {

inline constexpr std::size_t kMaxErrorBodyBytes = 65'536;

struct UpstreamRefusal {
  int status = 0;
  std::string_view body;
  std::optional<std::string_view> retry_after;  // header
};

//   400 415 422   invalid_request (context_length_exceeded when it says so), with the upstream's
//                 message and param
//   401 403       upstream_failed: our credential, not the caller's
//   404           model_not_found, when it is the dialect's own error
//   413           payload_too_large
//   429           overloaded with Retry-After
//   501           unimplemented
//   503           model_loading while it loads
//   3xx           upstream_failed: redirects are never followed
//   the rest      upstream_failed
// Messages are the upstream's, bounded.
base::Error upstream_error(const UpstreamRefusal& refusal);

}  // namespace b3iq::runtimes

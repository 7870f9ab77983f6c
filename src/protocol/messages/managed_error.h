// What a control plane's refusal tells a node beyond code and detail, so that the node can mend
// itself (docs/protocol/errors.md). Pure; any thread.
//
//   {"error":{"status","title","detail","code","param"?,"instance"?,
//             "server_time"?,"skew_seconds"?,"last_sequence"?,"retry_after_ms"?}}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace b3iq::protocol {

inline constexpr std::size_t kMaxManagedErrorBytes = 16 * 1024;
inline constexpr std::int64_t kMaxRetryAfterMs = 3'600'000;

struct ManagedErrorFacts {
  std::optional<std::int64_t> server_time_ms;
  std::optional<std::int64_t> skew_seconds;   // the node's clock minus the server's
  std::optional<std::int64_t> last_sequence;  // of request_replayed: go on above it
};

// The native error body (error_json.h) with the facts in it. `request_id` is the `instance`.
std::string managed_error_body(const base::Error& error, const ManagedErrorFacts& facts,
                               std::string_view request_id);

struct ManagedError {
  int http_status = 0;
  std::optional<base::ErrorCode> code;  // nullopt: none, or one that this node does not know
  std::string code_text;                // as it came, printable, at most 64 bytes; may be empty
  std::string detail;                   // printable, at most 512 bytes; may be empty
  ManagedErrorFacts facts;
  std::int64_t retry_after_ms = 0;  // 0: no advice; at most kMaxRetryAfterMs
  bool retriable = false;  // by the code's row of the table; of an unknown code by the status:
                           // 408, 425, 429 and 5xx
};
// Never fails: what is no such body (a proxy's page) is an error without a code. `retry_after` is
// the Retry-After header, "" when there is none; whole seconds only. The longer of the two advices
// counts.
ManagedError read_managed_error(int http_status, std::string_view body,
                                std::string_view retry_after);

}  // namespace b3iq::protocol

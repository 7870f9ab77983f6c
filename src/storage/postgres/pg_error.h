// The server's SQLSTATE codes as errors of the table, and what the driver does about them.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

struct pg_result;

namespace b3iq::storage {

struct PgFailure {
  enum class Kind : std::uint8_t {
    statement,  // this statement's own fault
    conflict,   // with another transaction: the same may well succeed when it runs again
    stale,      // the connection cannot go on with it: run again on a new one
    lost,       // the connection is gone
    unknown,    // the server itself does not know whether it committed
  };
  Kind kind;
  base::Error error;
};

PgFailure pg_failure(const pg_result* result);
// For a connection that is gone or cannot be made; `text` holds no secret.
base::Error pg_unreachable(std::string_view text);
// What the caller of a write is told whose COMMIT got no answer.
base::Error pg_commit_unknown(std::string_view text);

// How long a caller should wait after storage_failed.
inline constexpr std::int64_t kPgRetryAfterMs = 2000;

}  // namespace b3iq::storage

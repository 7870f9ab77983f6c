// One try to run a group of bodies in one transaction of a session, as if one after another.
#pragma once

#include <span>

#include "storage/postgres/pg_forecast.h"
#include "storage/postgres/pg_session.h"
#include "storage/request_queue.h"

namespace b3iq::storage {

enum class PgGroupEnd : std::uint8_t {
  done,      // each request has its outcome; what ended well is committed
  spoilt,    // a body failed after it had written, or a guess was wrong: run them apart
  conflict,  // with another transaction: rolled back, run again
  lost,      // the connection is of no use any more, nothing is committed
  unknown,   // COMMIT was sent and got no answer: perhaps committed
};

// A spoilt group runs again with savepoints in parts of at most this many. PostgreSQL keeps 64
// subtransactions of a transaction in memory for others to look at.
inline constexpr std::size_t kMaxApart = 32;

// The bodies of a group have one isolation. Sends what it can without waiting. The session is not
// in a transaction afterwards, or lost.
PgGroupEnd run_together(PgSession& session, PgForecast& forecast, std::span<Request* const> group);
// Each body in its own savepoint: a failing body is undone alone.
PgGroupEnd run_apart(PgSession& session, std::span<Request* const> group);

// A body on a read-only session. `conflict` and `lost` ask for another try. end_read() comes after
// it, which may be when the caller has its answer.
PgGroupEnd run_read(PgSession& session, Request& request);
void end_read(PgSession& session);

}  // namespace b3iq::storage

// SQLite's result codes as errors of the table, with what to do next.
#pragma once

#include <string_view>

#include "base/error.h"

struct sqlite3;

namespace b3iq::storage {

// `db` may be null. `doing` is a phrase such as "commit". The text names constraints and columns,
// never values.
base::Error sqlite_error(sqlite3* db, int code, std::string_view doing);

// How long a caller should wait after storage_failed.
inline constexpr std::int64_t kStorageRetryAfterMs = 5000;

}  // namespace b3iq::storage

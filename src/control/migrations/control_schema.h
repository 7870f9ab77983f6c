// The migrations of the control plane's database, in order. A released one is never changed; a new
// one is appended. The SQL is one text for both databases, in the subset that SQLite, PostgreSQL,
// CockroachDB and YugabyteDB share; only the type of byte strings is spelled per database: BYTES.
#pragma once

#include <cstdint>
#include <span>

#include "storage/database.h"

namespace b3iq::control {

enum class SqlDialect : std::uint8_t { sqlite, postgres };

// Lives as long as the program.
std::span<const storage::Migration> control_migrations(SqlDialect dialect);

}  // namespace b3iq::control

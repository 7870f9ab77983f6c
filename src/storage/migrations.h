// Schema migrations over any database: numbered, append-only, each in its own transaction together
// with its row in
//   schema_migrations(number, name, checksum, applied_at_ms)
// so that a crash leaves either both or neither. Several processes may do it at once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/database.h"

namespace b3iq::storage {

struct AppliedMigration {
  std::int64_t number;
  std::string name;
  std::string checksum;
};

// FNV-1a (64 bits, hex) of the SQL text: finds an edited migration, not an attacker.
std::string migration_checksum(std::string_view sql);

// What the table holds, in order. It must be there.
base::Task<base::Status> read_applied_migrations(Transaction& transaction,
                                                 std::vector<AppliedMigration>& out);

// How many of `known` are applied already. Refuses (conflict) a list with gaps, a database that is
// newer than the list, and an applied migration that differs from the known one.
base::Result<std::size_t> count_applied(std::span<const Migration> known,
                                        std::span<const AppliedMigration> applied);

// Blocks. Nothing is changed when the database is refused.
base::Status apply_migrations(Database& database, std::span<const Migration> migrations,
                              std::int64_t wall_ms);

}  // namespace b3iq::storage

#include "storage/migrations.h"

#include <fmt/format.h>

#include <array>

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

const Statement kCreateTable{
    "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL,"
    " checksum TEXT NOT NULL, applied_at_ms BIGINT NOT NULL)"};
const Statement kList{"SELECT number, name, checksum FROM schema_migrations ORDER BY number"};
const Statement kRecord{
    "INSERT INTO schema_migrations (number, name, checksum, applied_at_ms) VALUES ($1, $2, $3, "
    "$4)"};

const Statement kFind{"SELECT number FROM schema_migrations WHERE number = $1"};

// Two processes that make the table at once can be in each other's way; the next try finds it
// there.
constexpr int kCreateTries = 5;

base::Task<base::Status> create_table(Transaction& transaction) {
  CO_TRY_OK(co_await transaction.exec(kCreateTable, {}));
  co_return base::Status();
}

base::Status create_table(Database& database) {
  for (int tries = 1;; ++tries) {
    auto made = database.write_blocking([](Transaction& t) { return create_table(t); });
    if (made.ok() || tries == kCreateTries) return made;
  }
}

base::Task<base::Result<bool>> is_applied(Transaction& transaction, std::int64_t number) {
  bool found = false;
  auto keep = [&found](const Row&) {
    found = true;
    return false;
  };
  const std::array<Value, 1> key{number};
  CO_TRY_OK(co_await transaction.query(kFind, key, keep));
  co_return found;
}

// The row comes first: another process that does the same at this moment waits for it, and then
// fails or runs again and finds it. Nothing else keeps two processes apart.
base::Task<base::Status> apply(Transaction& transaction, const Migration& migration,
                               std::int64_t wall_ms) {
  CO_TRY(const bool done, co_await is_applied(transaction, migration.number));
  if (done) co_return base::Status();
  const std::string checksum = migration_checksum(migration.sql);
  const std::array<Value, 4> row{std::int64_t{migration.number}, migration.name,
                                 std::string_view(checksum), wall_ms};
  CO_TRY_OK(co_await transaction.exec(kRecord, row));
  CO_TRY_OK(co_await transaction.exec_script(migration.sql));
  co_return base::Status();
}

base::Result<std::size_t> count_applied_now(Database& database,
                                            std::span<const Migration> migrations) {
  std::vector<AppliedMigration> applied;
  TRY_OK(database.read_blocking(
      [&applied](Transaction& t) { return read_applied_migrations(t, applied); }));
  return count_applied(migrations, applied);
}

}  // namespace

base::Task<base::Status> read_applied_migrations(Transaction& transaction,
                                                 std::vector<AppliedMigration>& out) {
  out.clear();  // it may run again
  auto keep = [&out](const Row& row) {
    out.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2))});
    return true;
  };
  co_return co_await transaction.query(kList, {}, keep);
}

std::string migration_checksum(std::string_view sql) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : sql) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

base::Result<std::size_t> count_applied(std::span<const Migration> known,
                                        std::span<const AppliedMigration> applied) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i].number != static_cast<int>(i) + 1) {
      return Error(ErrorCode::internal, fmt::format("migration '{}' has number {}, expected {}",
                                                    known[i].name, known[i].number, i + 1));
    }
  }
  if (applied.size() > known.size()) {
    return Error(
        ErrorCode::conflict,
        fmt::format(
            "The database was written by a newer version (schema {}; this program knows up to {}). "
            "Nothing was changed. Install the newer version again, or restore the backup made "
            "before the upgrade.",
            applied.back().number, known.size()));
  }
  for (std::size_t i = 0; i < applied.size(); ++i) {
    if (applied[i].number != known[i].number ||
        applied[i].checksum != migration_checksum(known[i].sql)) {
      return Error(
          ErrorCode::conflict,
          fmt::format(
              "The database's schema has another history than this program's: migration {} is '{}' "
              "there and '{}'{} here. Nothing was changed. Use the version that wrote it, or "
              "restore a backup.",
              applied[i].number, applied[i].name, known[i].name,
              applied[i].name == known[i].name ? ", with other statements," : ""));
    }
  }
  return applied.size();
}

base::Status apply_migrations(Database& database, std::span<const Migration> migrations,
                              std::int64_t wall_ms) {
  TRY_OK(create_table(database));
  TRY(std::size_t done, count_applied_now(database, migrations));
  while (done < migrations.size()) {
    const Migration& migration = migrations[done];
    const auto status = database.write_blocking(
        [&migration, wall_ms](Transaction& t) { return apply(t, migration, wall_ms); });
    const std::size_t before = done;
    TRY(done, count_applied_now(database, migrations));
    // Another process may have been first.
    if (status.ok() || done > before) continue;
    return Error(status.error().code,
                 fmt::format("Migration {} '{}' failed and was undone: {}", migration.number,
                             migration.name, status.error().detail));
  }
  return {};
}

}  // namespace b3iq::storage

#include "storage/sqlite/sqlite_look.h"

#include <fmt/format.h>
#include <unistd.h>

#include <vector>

#include "base/clock.h"
#include "storage/migrations.h"
#include "storage/request_queue.h"
#include "storage/sqlite/sqlite_file.h"
#include "storage/sqlite/sqlite_transaction.h"

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

constexpr int kStepsBetweenLooks = 10'000;  // of SQLite's machine, until it asks whether to go on
constexpr std::int64_t kNsPerMs = 1'000'000;

struct Deadline {
  std::int64_t end_ns;
  bool passed = false;
};

int past_deadline(void* context) {
  auto& deadline = *static_cast<Deadline*>(context);
  deadline.passed = base::system_clock().steady_ns() > deadline.end_ns;
  return deadline.passed ? 1 : 0;
}

// A process that works with the file may change header and log between two reads of ours. What is
// wrong twice in the same way is wrong.
base::Status examine_twice(const std::string& path) {
  const auto first = examine_database(path);
  if (first.ok()) return {};
  const auto second = examine_database(path);
  if (second.ok() || second.error().detail != first.error().detail) return {};
  return second.error();
}

}  // namespace

SqliteLook::SqliteLook(std::string path, std::unique_ptr<SqliteConnection> connection)
    : path_(std::move(path)), connection_(std::move(connection)) {}
SqliteLook::~SqliteLook() = default;

base::Result<std::unique_ptr<SqliteLook>> SqliteLook::open(const std::string& path) {
  TRY(const bool exists, database_exists(path));
  if (!exists) return Error(ErrorCode::not_found, fmt::format("There is no {}.", path));
  TRY_OK(examine_twice(path));
  // The log is there while a process has the file open, and after one that crashed.
  const bool has_log = ::access((path + "-wal").c_str(), F_OK) == 0;
  TRY(auto connection,
      SqliteConnection::open(path, has_log ? Access::read_only : Access::immutable, {}));
  return std::unique_ptr<SqliteLook>(new SqliteLook(path, std::move(connection)));
}

base::Result<bool> SqliteLook::check_structure(std::int64_t limit_ms) {
  Deadline deadline{base::system_clock().steady_ns() + limit_ms * kNsPerMs};
  sqlite3_progress_handler(connection_->handle(), kStepsBetweenLooks, past_deadline, &deadline);
  const auto answer = connection_->ask("PRAGMA quick_check(1)");
  sqlite3_progress_handler(connection_->handle(), 0, nullptr, nullptr);
  if (deadline.passed) return false;
  if (answer.ok() && *answer == "ok") return true;
  return Error(ErrorCode::corrupt, fmt::format("{} is damaged: {}", path_,
                                               answer.ok() ? *answer : answer.error().detail));
}

base::Status SqliteLook::check_schema(std::span<const Migration> known) {
  TRY(const auto tables, connection_->ask("SELECT count(*) FROM sqlite_schema WHERE type='table' "
                                          "AND name='schema_migrations'"));
  if (tables == "0") return {};
  std::vector<AppliedMigration> applied;
  TRY_OK(read([&applied](Transaction& t) { return read_applied_migrations(t, applied); }));
  TRY([[maybe_unused]] const auto count, count_applied(known, applied));
  return {};
}

base::Status SqliteLook::read(Body body) {
  SqliteTransaction transaction(*connection_);
  return run_body(body, transaction);
}

}  // namespace b3iq::storage

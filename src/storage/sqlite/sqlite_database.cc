#include "storage/sqlite/sqlite_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "storage/migrations.h"
#include "storage/sqlite/file_lock.h"
#include "storage/sqlite/log_vfs.h"
#include "storage/sqlite/sqlite_error.h"
#include "storage/sqlite/sqlite_file.h"
#include "storage/sqlite/sqlite_readers.h"
#include "storage/sqlite/sqlite_transaction.h"

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

const Statement kVacuumInto{"VACUUM INTO $1"};

// SQLite's virtual machine runs this many steps between two looks of a watch: some milliseconds.
constexpr int kStepsPerLook = 20'000;

// A watch on one copy, in the form that SQLite asks for.
class WatchedCopy {
 public:
  // `to`: the file that the copy is written to.
  WatchedCopy(SqliteConnection& connection, const CopyWatch& watch, std::string to)
      : watch_(watch), to_(std::move(to)) {
    if (!watch_) return;
    total_bytes_ =
        number(connection, "PRAGMA page_size") *
        (number(connection, "PRAGMA page_count") - number(connection, "PRAGMA freelist_count"));
    sqlite3_progress_handler(connection.handle(), kStepsPerLook, look, this);
  }
  bool is_cancelled() const { return is_cancelled_; }

 private:
  static std::int64_t number(SqliteConnection& connection, const std::string& question) {
    const auto answer = connection.ask(question);
    return answer.ok() ? std::strtoll(answer->c_str(), nullptr, 10) : 0;
  }
  static int look(void* self) {
    auto& copy = *static_cast<WatchedCopy*>(self);
    struct stat written{};
    const bool there = ::stat(copy.to_.c_str(), &written) == 0;
    const auto done = std::min<std::int64_t>(there ? written.st_size : 0, copy.total_bytes_);
    copy.is_cancelled_ = !copy.watch_(done, copy.total_bytes_);
    return copy.is_cancelled_ ? 1 : 0;
  }

  const CopyWatch& watch_;
  std::string to_;
  std::int64_t total_bytes_ = 0;
  bool is_cancelled_ = false;
};

// Copies what the last commit holds, on a connection of its own. SQLite does not sync the copy.
base::Status vacuum_into(const std::string& from, const std::string& vfs, const std::string& to,
                         const CopyWatch& watch) {
  TRY(const auto connection, SqliteConnection::open(from, Access::read_only, vfs));
  const WatchedCopy watched(*connection, watch, to);
  SqliteTransaction transaction(*connection);
  Body body = [&to](Transaction& t) -> base::Task<base::Status> {
    const Value target[] = {std::string_view(to)};
    CO_TRY_OK(co_await t.exec(kVacuumInto, target));
    co_return base::Status();
  };
  auto copied = run_body(body, transaction);
  if (watched.is_cancelled()) return Error(ErrorCode::cancelled, "The copy was cancelled.");
  return copied;
}

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::string path, const SqliteOptions& options, FileLock lock,
                 std::unique_ptr<LogVfs> log_vfs, std::unique_ptr<SqliteConnection> connection)
      : path_(std::move(path)),
        vfs_(options.vfs),
        lock_(std::move(lock)),
        log_vfs_(std::move(log_vfs)),
        writer_(std::move(connection), options.max_queued_writes, options.checkpoint),
        readers_(path_, options.vfs, options.reader_threads) {}
  ~SqliteDatabase() override { close(); }

  base::Task<base::Status> write(Body body, Isolation isolation) override {
    return writer_.queue().submit(std::move(body), isolation);
  }
  base::Task<base::Status> read(Body body) override {
    return readers_.queue().submit(std::move(body));
  }
  base::Status write_blocking(Body body) override {
    return writer_.queue().submit_blocking(std::move(body));
  }
  base::Status read_blocking(Body body) override {
    return readers_.queue().submit_blocking(std::move(body));
  }
  base::Status migrate(std::span<const Migration> migrations) override {
    return apply_migrations(*this, migrations, base::system_clock().wall_ms());
  }
  WriterStats stats() const override { return writer_.stats(); }
  base::Status backup_to(const std::string& path) override {
    return backup_sqlite(path_, path, vfs_);
  }

  // Readers first: the writer, as the last connection, then empties the log, which marks a clean
  // shutdown.
  void close() override {
    readers_.close();
    writer_.close();
  }

 private:
  const std::string path_;
  const std::string vfs_;
  FileLock lock_;
  const std::unique_ptr<LogVfs> log_vfs_;  // of the writer's connection
  SqliteWriter writer_;
  SqliteReaders readers_;
};

// Makes the copy under another name first, so that a file called `path` is always whole.
base::Status look_through(SqliteConnection& connection, const std::string& path) {
  auto answer = connection.ask("PRAGMA quick_check(1)");
  if (answer.ok() && *answer == "ok") return {};
  return Error(ErrorCode::corrupt, fmt::format("{} is damaged: {}. Restore it from a backup.", path,
                                               answer.ok() ? *answer : answer.error().detail));
}

base::Status set_up_writer(SqliteConnection& connection, const std::string& path) {
  // What SQLite finds wrong in the first page shows here.
  if (auto first = connection.ask("SELECT count(*) FROM sqlite_schema"); !first.ok()) {
    return Error(first.error().code, fmt::format("{}: {}", path, first.error().detail));
  }
  TRY_OK(
      connection.script("PRAGMA synchronous=FULL; PRAGMA foreign_keys=1; PRAGMA cache_size=-4096;"
                        "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=-1",
                        "setup"));
  TRY(const std::string mode, connection.ask("PRAGMA journal_mode=WAL"));
  if (mode != "wal") {
    return Error(
        ErrorCode::storage_failed,
        fmt::format("{} cannot use a write-ahead log (mode '{}'): is the folder on a network disk?",
                    path, mode));
  }
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Database>> open_sqlite(const std::string& path,
                                                    const SqliteOptions& options) {
  TRY(FileLock lock, FileLock::acquire(path + ".lock"));
  TRY(const bool exists, database_exists(path));
  if (!exists) {
    if (options.missing == SqliteOptions::Missing::refuse) {
      return Error(ErrorCode::not_found, fmt::format("there is no database at {}", path));
    }
    TRY_OK(create_database(path, options.vfs));
  }
  TRY(const LastShutdown last, check_database(path));
  auto log_vfs = std::make_unique<LogVfs>(options.vfs);
  TRY(auto connection, SqliteConnection::open(path, Access::read_write, log_vfs->name()));
  TRY_OK(set_up_writer(*connection, path));
  if (last == LastShutdown::unclean) {
    base::log(base::LogLevel::warn, "storage.unclean_start", {{"file", std::string_view(path)}});
  }
  struct stat info;
  const bool small = ::stat(path.c_str(), &info) == 0 &&
                     static_cast<std::uint64_t>(info.st_size) <= kQuickCheckBytes;
  if (options.check == SqliteOptions::Check::always || last == LastShutdown::unclean || small) {
    TRY_OK(look_through(*connection, path));
  }
  return std::unique_ptr<Database>(new SqliteDatabase(path, options, std::move(lock),
                                                      std::move(log_vfs), std::move(connection)));
}

base::Status backup_sqlite(const std::string& path, const std::string& target,
                           const std::string& vfs, const CopyWatch& watch) {
  if (::access(target.c_str(), F_OK) == 0) {
    return Error(ErrorCode::conflict, fmt::format("{} exists already; give a new name.", target));
  }
  const std::string partial = target + ".partial";
  ::unlink(partial.c_str());
  const int fd = ::open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Error(ErrorCode::storage_failed,
                 fmt::format("cannot write {}: {}", partial, std::strerror(errno)));
  }
  ::close(fd);
  base::Status status = vacuum_into(path, vfs, partial, watch);
  if (status.ok()) status = sync_file(partial);
  if (status.ok() && ::rename(partial.c_str(), target.c_str()) != 0) {
    status = Error(ErrorCode::storage_failed,
                   fmt::format("cannot write {}: {}", target, std::strerror(errno)));
  }
  if (status.ok()) return sync_folder_of(target);
  ::unlink(partial.c_str());
  return status;
}

}  // namespace b3iq::storage

// The storage port. One interface over SQLite and PostgreSQL; SQL is written for both (the rules:
// docs/operating/postgresql.md), with $1-style parameters, always bound by number.
//
// Writes are grouped: bodies submitted from any thread run one after another on the database's
// writer, share one durable commit, and none is answered before that commit is on disk. A body that
// fails is rolled back alone (savepoint). Reads run on their own connections and see the last
// commit.
//
// A body is a coroutine so that a driver may suspend in it; SQLite's never does. It must not await
// anything but the transaction, and has one statement under way at a time. It may run again,
// several times, after a serialization failure, so it changes nothing outside the transaction
// before it has returned: where it writes results through references, it clears them first. After a
// statement has failed the body ends with its error; PostgreSQL does nothing more in that
// transaction.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "base/unique_function.h"

namespace b3iq::storage {

// A bound parameter. Views live until exec or query has returned.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, base::ByteView>;

// A column is read as the type it has; a column of whole numbers also as a real one. NULL reads as
// 0 or nothing.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  // Valid until the row callback returns.
  virtual std::string_view text(int column) const = 0;
  virtual base::ByteView blob(int column) const = 0;
};

// A statement is written once as a static object; drivers cache their prepared form by its address.
struct Statement {
  std::string_view sql;
};

class Transaction {
 public:
  virtual ~Transaction() = default;
  // Runs a statement; returns the number of rows changed.
  virtual base::Task<base::Result<std::int64_t>> exec(const Statement& statement,
                                                      std::span<const Value> values) = 0;
  // Runs a statement once for each row of `columns` values, in order; returns the number of rows
  // that each changed. One trip to a server where exec would take one for each row. Ends at the
  // first that fails; the body ends with that error.
  virtual base::Task<base::Result<std::vector<std::int64_t>>> exec_many(
      const Statement& statement, std::span<const Value> values, std::size_t columns);
  // Runs "INSERT … VALUES ($1, …, $columns) …" once for each row of `columns` values; returns how
  // many rows were changed in all. A server gets several rows in one statement: no two of them may
  // meet on one key, and nothing may depend on their order. Errors as exec_many.
  virtual base::Task<base::Result<std::int64_t>> insert_many(const Statement& statement,
                                                             std::span<const Value> values,
                                                             std::size_t columns);
  // Runs a query; `on_row` is called for each row and returns false to stop.
  virtual base::Task<base::Status> query(const Statement& statement, std::span<const Value> values,
                                         base::UniqueFunction<bool(const Row&)> on_row) = 0;
  // Runs a query once for each row of `columns` values, in order; `on_row` is called for each row
  // that comes. One trip to a server, as exec_many; errors as there.
  virtual base::Task<base::Status> query_many(const Statement& statement,
                                              std::span<const Value> values, std::size_t columns,
                                              base::UniqueFunction<void(const Row&)> on_row);
  // Runs statements separated by ';', without parameters. For migrations.
  virtual base::Task<base::Status> exec_script(std::string_view sql) = 0;
};

using Body = base::UniqueFunction<base::Task<base::Status>(Transaction&)>;

// How a writing body stands to what other processes commit meanwhile. In a file there are none:
// both are the same.
enum class Isolation : std::uint8_t {
  // As if they had run before it or after it.
  serializable,
  // Each statement sees the latest commits. For a body whose every statement decides by itself, by
  // the condition in what it changes, and that concludes nothing from what an earlier one read.
  // Processes that change neighbouring rows at once then do not make each other run again.
  by_statement,
};

struct Migration {
  int number;  // 1, 2, 3 … without a gap; never changed once released
  std::string_view name;
  std::string_view sql;  // statements separated by ';'
};

struct WriterStats {
  std::uint64_t commits = 0;
  std::uint64_t bodies = 0;
  std::uint64_t queued_now = 0;
  std::uint64_t conflicts = 0;   // groups that ran again because of another process; 0 for a file
  std::uint64_t reconnects = 0;  // connections made after the first; 0 for a file
  // Groups that the disk or the server did not take; not those that met another process.
  std::uint64_t failures = 0;
  std::int64_t failed_ms_ago = kNeverFailed;  // the last of them
  static constexpr std::int64_t kNeverFailed = -1;
};

class Database {
 public:
  virtual ~Database() = default;

  // Runs `body` in the next group commit and resumes the caller on its executor once it is durable.
  // Errors: the body's own; storage_failed (disk full, I/O error: nothing of the group was kept,
  // later writes may work; over a network, where the answer to a commit did not come, it may have
  // been kept, and the text says so); overloaded when kMaxQueuedWrites wait already; shutting_down.
  // The caller runs on an executor and is not destroyed before it has been resumed. A write that
  // ended in storage_failed is not visible; should the machine lose power right then, it may still
  // come back, as with every database.
  virtual base::Task<base::Status> write(Body body, Isolation isolation) = 0;
  base::Task<base::Status> write(Body body) {
    return write(std::move(body), Isolation::serializable);
  }
  // Runs `body` on a read-only connection.
  virtual base::Task<base::Status> read(Body body) = 0;
  // For start-up and the command line, where no executor runs: the same, blocking the calling
  // thread.
  virtual base::Status write_blocking(Body body) = 0;
  virtual base::Status read_blocking(Body body) = 0;

  // Applies the migrations that are missing, each in its own transaction. Refuses a database that
  // is newer than the list.
  virtual base::Status migrate(std::span<const Migration> migrations) = 0;
  virtual WriterStats stats() const = 0;

  // Writes a consistent copy of the last commit to a new file (mode 0600) while the database is in
  // use. Blocks the calling thread; refuses a path that exists. Errors: storage_failed (nothing is
  // left behind), conflict, unimplemented (a server).
  virtual base::Status backup_to(const std::string& path) = 0;

  // Refuses new work with shutting_down, finishes what was accepted, closes. The destructor does it
  // too.
  virtual void close() = 0;
};

// How many rows `count` values are. Error: internal, when they do not come out even.
base::Result<std::size_t> rows_of(const Statement& statement, std::size_t count,
                                  std::size_t columns);

inline constexpr std::size_t kMaxQueuedWrites = 16'384;

}  // namespace b3iq::storage

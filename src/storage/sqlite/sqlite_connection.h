// One SQLite connection, used by one thread at a time, with its prepared statements.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "storage/database.h"

namespace b3iq::storage {

// Only a program from outside (a shell on the file) can make us wait; it gets this long.
inline constexpr int kBusyTimeoutMs = 2000;

// immutable: read only, and without the log: for a file that nobody has open. Makes no file beside
// it.
enum class Access : std::uint8_t { read_write, read_only, immutable };

class SqliteConnection {
 public:
  // A statement compiled for this connection. `parameters[n - 1]` is SQLite's index of `$n`: SQLite
  // takes `$1` for a name and numbers names by first appearance.
  struct Prepared {
    struct Finalize {
      void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
    };
    std::unique_ptr<sqlite3_stmt, Finalize> handle;
    std::vector<int> parameters;
    std::string sql;
    bool changes_schema = false;  // it writes, but not rows that SQLite counts
  };

  // Opens an existing file. Nothing is written. `vfs` is empty for the default one.
  static base::Result<std::unique_ptr<SqliteConnection>> open(const std::string& path,
                                                              Access access,
                                                              const std::string& vfs);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Compiled at first use and kept. The reference lives until the next call.
  base::Result<Prepared*> prepare(const Statement& statement);
  // A statement without parameters and rows, compiled once: BEGIN, COMMIT and the like.
  base::Status control(const Statement& statement);
  // One or more statements, compiled for this once.
  base::Status script(std::string_view sql, std::string_view doing);
  // The first column of the first row, as text; empty when there is none.
  base::Result<std::string> ask(const std::string& sql);

  bool in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
  sqlite3* handle() const { return db_.get(); }

 private:
  explicit SqliteConnection(sqlite3* db) : db_(db) {}
  base::Result<Prepared> compile(std::string_view sql);

  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
  std::unordered_map<const Statement*, Prepared> statements_;  // destroyed before db_
};

}  // namespace b3iq::storage

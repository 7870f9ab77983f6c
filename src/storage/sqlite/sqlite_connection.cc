#include "storage/sqlite/sqlite_connection.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "storage/sqlite/sqlite_error.h"

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

constexpr int kMaxParameters = 99;

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n;") == text.npos; }

// As SQLite takes a path with options: every byte that could mean something else is escaped.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri + "?immutable=1";
}

bool changes_rows(const std::string& sql) {
  const std::size_t start = std::min(sql.find_first_not_of(" \t\r\n"), sql.size());
  for (const char* word : {"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"}) {
    if (sqlite3_strnicmp(sql.c_str() + start, word, static_cast<int>(std::strlen(word))) == 0)
      return true;
  }
  return false;
}

base::Status map_parameters(SqliteConnection::Prepared& prepared) {
  const int count = sqlite3_bind_parameter_count(prepared.handle.get());
  prepared.parameters.assign(static_cast<std::size_t>(count), 0);
  for (int i = 1; i <= count; ++i) {
    const char* const raw = sqlite3_bind_parameter_name(prepared.handle.get(), i);
    const std::string_view name = raw != nullptr ? raw : "?";
    int number = 0;
    const auto [end, bad] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
    if (name[0] != '$' || bad != std::errc() || end != name.data() + name.size() || number < 1 ||
        number > std::min(count, kMaxParameters)) {
      return Error(ErrorCode::internal,
                   fmt::format("parameter '{}' is not one of $1…${} without a gap: {}", name, count,
                               prepared.sql));
    }
    prepared.parameters[static_cast<std::size_t>(number) - 1] = i;
  }
  return {};
}

}  // namespace

base::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path,
                                                                       Access access,
                                                                       const std::string& vfs) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
  flags |= access == Access::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  if (access == Access::immutable) flags |= SQLITE_OPEN_URI;
  const std::string name = access == Access::immutable ? immutable_uri(path) : path;
  sqlite3* db = nullptr;
  const int rc = sqlite3_open_v2(name.c_str(), &db, flags, vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(db));
  if (rc != SQLITE_OK) return sqlite_error(db, rc, "open of " + path);
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  if (access != Access::read_write)
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return connection;
}

base::Result<SqliteConnection::Prepared> SqliteConnection::compile(std::string_view sql) {
  Prepared prepared;
  prepared.sql = sql;
  sqlite3_stmt* handle = nullptr;
  const char* tail = nullptr;
  const int rc =
      sqlite3_prepare_v3(db_.get(), prepared.sql.c_str(), static_cast<int>(prepared.sql.size()) + 1,
                         SQLITE_PREPARE_PERSISTENT, &handle, &tail);
  prepared.handle.reset(handle);
  if (rc != SQLITE_OK) return sqlite_error(db_.get(), rc, "statement");
  if (handle == nullptr || !blank(tail)) {
    return Error(ErrorCode::internal, fmt::format("not exactly one statement: {}", sql));
  }
  TRY_OK(map_parameters(prepared));
  prepared.changes_schema = sqlite3_stmt_readonly(handle) == 0 && !changes_rows(prepared.sql);
  return prepared;
}

base::Result<SqliteConnection::Prepared*> SqliteConnection::prepare(const Statement& statement) {
  const auto found = statements_.find(&statement);
  // The text is compared too: an address may have been used for another statement before.
  if (found != statements_.end() && found->second.sql == statement.sql) return &found->second;
  TRY(Prepared prepared, compile(statement.sql));
  return &statements_.insert_or_assign(&statement, std::move(prepared)).first->second;
}

base::Status SqliteConnection::control(const Statement& statement) {
  TRY(Prepared* const prepared, prepare(statement));
  const int rc = sqlite3_step(prepared->handle.get());
  if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
    const Error error = sqlite_error(db_.get(), rc, statement.sql);
    sqlite3_reset(prepared->handle.get());
    return error;
  }
  sqlite3_reset(prepared->handle.get());
  return {};
}

base::Status SqliteConnection::script(std::string_view sql, std::string_view doing) {
  const int rc = sqlite3_exec(db_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return sqlite_error(db_.get(), rc, doing);
  return {};
}

base::Result<std::string> SqliteConnection::ask(const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  int rc = sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &raw, nullptr);
  const std::unique_ptr<sqlite3_stmt, Prepared::Finalize> statement(raw);
  if (rc != SQLITE_OK) return sqlite_error(db_.get(), rc, sql);
  rc = sqlite3_step(raw);
  if (rc == SQLITE_DONE) return std::string();
  if (rc != SQLITE_ROW) return sqlite_error(db_.get(), rc, sql);
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
  return std::string(text != nullptr ? text : "");
}

}  // namespace b3iq::storage

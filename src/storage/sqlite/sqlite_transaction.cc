#include "storage/sqlite/sqlite_transaction.h"

#include <fmt/format.h>

#include "storage/sqlite/sqlite_error.h"

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  double real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view text(int column) const override {
    const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  base::ByteView blob(int column) const override {
    const auto* const data =
        static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

int bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *integer);
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data() != nullptr ? text->data() : "",
                               text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  if (const auto* bytes = std::get_if<base::ByteView>(&value)) {
    if (bytes->empty()) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, bytes->data(), bytes->size(), SQLITE_STATIC);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, index, *real);
  }
  return sqlite3_bind_null(statement, index);
}

// Leaves a prepared statement ready for its next use, and without views on the caller's values.
class Use {
 public:
  explicit Use(sqlite3_stmt* statement) : statement_(statement) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

base::Result<sqlite3_stmt*> SqliteTransaction::prepare_bound(const Statement& statement,
                                                             std::span<const Value> values) {
  TRY(SqliteConnection::Prepared* const prepared, connection_.prepare(statement));
  schema_changed_ = schema_changed_ || prepared->changes_schema;
  if (values.size() != prepared->parameters.size()) {
    return Error(ErrorCode::internal, fmt::format("{} values for {} parameters: {}", values.size(),
                                                  prepared->parameters.size(), statement.sql));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int rc = bind(prepared->handle.get(), prepared->parameters[i], values[i]);
    if (rc != SQLITE_OK) {
      sqlite3_clear_bindings(prepared->handle.get());
      return sqlite_error(connection_.handle(), rc, "parameter");
    }
  }
  return prepared->handle.get();
}

base::Result<std::int64_t> SqliteTransaction::exec_now(const Statement& statement,
                                                       std::span<const Value> values) {
  TRY(sqlite3_stmt* const handle, prepare_bound(statement, values));
  const Use use(handle);
  sqlite3* const db = connection_.handle();
  const std::int64_t before = sqlite3_total_changes64(db);
  int rc;
  while ((rc = sqlite3_step(handle)) == SQLITE_ROW) {
  }
  if (rc != SQLITE_DONE) return sqlite_error(db, rc, "statement");
  // sqlite3_changes64 keeps the count of the last statement that changed rows.
  return sqlite3_total_changes64(db) == before ? 0 : sqlite3_changes64(db);
}

base::Status SqliteTransaction::query_now(const Statement& statement, std::span<const Value> values,
                                          base::UniqueFunction<bool(const Row&)>& on_row) {
  TRY(sqlite3_stmt* const handle, prepare_bound(statement, values));
  const Use use(handle);
  const SqliteRow row(handle);
  int rc;
  while ((rc = sqlite3_step(handle)) == SQLITE_ROW) {
    if (!on_row(row)) return {};
  }
  if (rc != SQLITE_DONE) return sqlite_error(connection_.handle(), rc, "query");
  return {};
}

base::Task<base::Result<std::int64_t>> SqliteTransaction::exec(const Statement& statement,
                                                               std::span<const Value> values) {
  co_return exec_now(statement, values);
}

base::Task<base::Status> SqliteTransaction::query(const Statement& statement,
                                                  std::span<const Value> values,
                                                  base::UniqueFunction<bool(const Row&)> on_row) {
  co_return query_now(statement, values, on_row);
}

base::Task<base::Status> SqliteTransaction::exec_script(std::string_view sql) {
  schema_changed_ = true;
  co_return connection_.script(sql, "script");
}

}  // namespace b3iq::storage

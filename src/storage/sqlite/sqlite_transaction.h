// The Transaction of the port over one connection. Its coroutines never suspend.
#pragma once

#include "storage/sqlite/sqlite_connection.h"

namespace b3iq::storage {

class SqliteTransaction final : public Transaction {
 public:
  explicit SqliteTransaction(SqliteConnection& connection)
      : connection_(connection), changes_before_(sqlite3_total_changes64(connection.handle())) {}
  base::Task<base::Result<std::int64_t>> exec(const Statement& statement,
                                              std::span<const Value> values) override;
  base::Task<base::Status> query(const Statement& statement, std::span<const Value> values,
                                 base::UniqueFunction<bool(const Row&)> on_row) override;
  base::Task<base::Status> exec_script(std::string_view sql) override;

  // True when something was written through this object, even if it failed later.
  bool changed() const {
    return schema_changed_ || sqlite3_total_changes64(connection_.handle()) != changes_before_;
  }

 private:
  base::Result<sqlite3_stmt*> prepare_bound(const Statement& statement,
                                            std::span<const Value> values);
  base::Result<std::int64_t> exec_now(const Statement& statement, std::span<const Value> values);
  base::Status query_now(const Statement& statement, std::span<const Value> values,
                         base::UniqueFunction<bool(const Row&)>& on_row);

  SqliteConnection& connection_;
  const std::int64_t changes_before_;
  bool schema_changed_ = false;
};

}  // namespace b3iq::storage

// The Transaction of the port over one connection. Its coroutines never suspend.
#pragma once

#include "storage/sqlite/sqlite_connection.h"

namespace b3iq::storage {

class SqliteTransaction final : public Transaction {
 public:
  explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection) {}
  base::Task<base::Result<std::int64_t>> exec(const Statement& statement,
                                              std::span<const Value> values) override;
  base::Task<base::Status> query(const Statement& statement, std::span<const Value> values,
                                 base::UniqueFunction<bool(const Row&)> on_row) override;
  base::Task<base::Status> exec_script(std::string_view sql) override;

 private:
  SqliteConnection& connection_;
};

}  // namespace b3iq::storage

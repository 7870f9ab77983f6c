#include "storage/database.h"

#include <fmt/format.h>

namespace b3iq::storage {

base::Result<std::size_t> rows_of(const Statement& statement, std::size_t count,
                                  std::size_t columns) {
  if (count == 0) return std::size_t{0};
  if (columns == 0 || count % columns != 0) {
    return base::Error(base::ErrorCode::internal, fmt::format("{} values are no rows of {}: {}",
                                                              count, columns, statement.sql));
  }
  return count / columns;
}

base::Task<base::Result<std::vector<std::int64_t>>> Transaction::exec_many(
    const Statement& statement, std::span<const Value> values, std::size_t columns) {
  CO_TRY(const std::size_t rows, rows_of(statement, values.size(), columns));
  std::vector<std::int64_t> counts;
  counts.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    CO_TRY(const std::int64_t changed,
           co_await exec(statement, values.subspan(row * columns, columns)));
    counts.push_back(changed);
  }
  co_return counts;
}

base::Task<base::Result<std::int64_t>> Transaction::insert_many(const Statement& statement,
                                                                std::span<const Value> values,
                                                                std::size_t columns) {
  CO_TRY(const std::size_t rows, rows_of(statement, values.size(), columns));
  std::int64_t changed = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    CO_TRY(const std::int64_t one,
           co_await exec(statement, values.subspan(row * columns, columns)));
    changed += one;
  }
  co_return changed;
}

base::Task<base::Status> Transaction::query_many(const Statement& statement,
                                                 std::span<const Value> values, std::size_t columns,
                                                 base::UniqueFunction<void(const Row&)> on_row) {
  CO_TRY(const std::size_t rows, rows_of(statement, values.size(), columns));
  for (std::size_t row = 0; row < rows; ++row) {
    auto take = [&on_row](const Row& found) {
      on_row(found);
      return true;
    };
    CO_TRY_OK(co_await query(statement, values.subspan(row * columns, columns), std::move(take)));
  }
  co_return base::Status();
}

}  // namespace b3iq::storage

#include "storage/postgres/pg_inserts.h"

#include <fmt/format.h>

#include "storage/postgres/pg_value.h"

namespace b3iq::storage {
namespace {

constexpr std::size_t kSizes[] = {64, 8};
constexpr std::string_view kValues = "VALUES ";

// "($4, $5, $6)"
std::string tuple(std::size_t first_number, std::size_t columns) {
  std::string sql = "(";
  for (std::size_t i = 0; i < columns; ++i)
    sql += fmt::format("{}${}", i == 0 ? "" : ", ", first_number + i);
  return sql + ")";
}

base::Result<std::string> for_rows(std::string_view sql, std::size_t rows, std::size_t columns) {
  const std::string one = tuple(1, columns);
  const std::size_t at = sql.find(std::string(kValues) + one);
  if (at == std::string_view::npos) {
    return base::Error(base::ErrorCode::internal,
                       fmt::format("no INSERT of {} values: {}", columns, sql));
  }
  const std::size_t end = at + kValues.size() + one.size();
  std::string many(sql.substr(0, end));
  for (std::size_t row = 1; row < rows; ++row) many += ", " + tuple(row * columns + 1, columns);
  return many.append(sql.substr(end));
}

}  // namespace

std::size_t PgInserts::rows_of_call(std::size_t rows, std::size_t columns) {
  for (const std::size_t size : kSizes) {
    if (rows >= size && size * columns <= kMaxParameters) return size;
  }
  return 1;
}

std::size_t PgInserts::calls(std::size_t rows, std::size_t columns) {
  std::size_t calls = 0;
  for (; rows > 0; ++calls) rows -= rows_of_call(rows, columns);
  return calls;
}

base::Result<const Statement*> PgInserts::of(const Statement& statement, std::size_t rows,
                                             std::size_t columns) {
  auto& made = made_[{&statement, rows}];
  if (made.many == nullptr || made.one != statement.sql) {
    TRY(auto text, for_rows(statement.sql, rows, columns));
    made = {std::string(statement.sql), std::make_unique<MadeStatement>(std::move(text))};
  }
  return &made.many->statement();
}

}  // namespace b3iq::storage

#include "storage/postgres/pg_transaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

const Statement kScript{"script"};  // stands for all scripts in a path

// Rows of exec_many on their way at once.
constexpr std::size_t kMaxBatch = 512;

// A script may take as long as it must: a migration builds indexes.
constexpr std::string_view kUnlimited = "SET LOCAL statement_timeout = 0; ";

}  // namespace

// Suspends the body until its reply is there.
struct PgTransaction::Answer {
  PgReply& reply;
  bool await_ready() const noexcept { return reply.done(); }
  void await_suspend(std::coroutine_handle<> handle) const noexcept { reply.waiter = handle; }
  void await_resume() const noexcept {}
};

base::Status PgTransaction::admit(const Statement& statement) {
  if (forecast_ != nullptr) forecast_->went_on(path_);
  path_ = PgForecast::extend(path_, statement);
  if (!closed_) return {};
  if (overtaken_ != nullptr) *overtaken_ = true;
  return Error(ErrorCode::internal, "the body runs again");
}

std::int64_t PgTransaction::count(const PGresult* result) {
  const std::string_view tag = PQcmdStatus(const_cast<PGresult*>(result));
  const std::string_view tuples = PQcmdTuples(const_cast<PGresult*>(result));
  if (tag.starts_with("SELECT") || tag.starts_with("SHOW")) return 0;
  std::int64_t rows = 0;
  std::from_chars(tuples.data(), tuples.data() + tuples.size(), rows);
  // Tables and the like are changed without a number of rows.
  if (rows > 0 || tuples.empty()) changed_ = true;
  return rows;
}

base::Task<base::Result<std::int64_t>> PgTransaction::exec(const Statement& statement,
                                                           std::span<const Value> values) {
  CO_TRY_OK(admit(statement));
  PgReply reply;
  CO_TRY_OK(session_.send(statement, values, &reply));
  const Answer answer{reply};
  co_await answer;
  if (reply.error) co_return *std::move(reply.error);
  co_return count(reply.results.front().get());
}

// One call for each row of `columns` values. Refused at the first one (nothing is on its way), or
// the connection is gone (nothing is either).
base::Status PgTransaction::send_rows(const Statement& statement, std::span<const Value> values,
                                      std::size_t columns, PgReply& reply) {
  reply.expected = values.size() / columns;
  for (; !values.empty(); values = values.subspan(columns)) {
    TRY_OK(session_.send(statement, values.first(columns), &reply));
  }
  return {};
}

base::Task<base::Result<std::vector<std::int64_t>>> PgTransaction::exec_many(
    const Statement& statement, std::span<const Value> values, std::size_t columns) {
  CO_TRY_OK(rows_of(statement, values.size(), columns));
  std::vector<std::int64_t> counts;
  // In parts, so that neither side has to keep all answers.
  while (!values.empty()) {
    CO_TRY_OK(admit(statement));  // each part: another body may have been let in behind the last
    const auto part = values.first(std::min(kMaxBatch * columns, values.size()));
    PgReply reply;
    CO_TRY_OK(send_rows(statement, part, columns, reply));
    const Answer answer{reply};
    co_await answer;
    if (reply.error) co_return *std::move(reply.error);
    for (const PgResult& result : reply.results) counts.push_back(count(result.get()));
    values = values.subspan(part.size());
  }
  co_return counts;
}

// The same for an INSERT, with as many rows in a call as fit.
base::Status PgTransaction::send_inserts(const Statement& statement, std::span<const Value> values,
                                         std::size_t columns, PgReply& reply) {
  reply.expected = PgInserts::calls(values.size() / columns, columns);
  while (!values.empty()) {
    const std::size_t rows = PgInserts::rows_of_call(values.size() / columns, columns);
    TRY(const Statement* const call, session_.inserts().of(statement, rows, columns));
    TRY_OK(session_.send(*call, values.first(rows * columns), &reply));
    values = values.subspan(rows * columns);
  }
  return {};
}

base::Task<base::Result<std::int64_t>> PgTransaction::insert_many(const Statement& statement,
                                                                  std::span<const Value> values,
                                                                  std::size_t columns) {
  CO_TRY_OK(rows_of(statement, values.size(), columns));
  std::int64_t changed = 0;
  while (!values.empty()) {
    CO_TRY_OK(admit(statement));
    const auto part = values.first(std::min(kMaxBatch * columns, values.size()));
    PgReply reply;
    CO_TRY_OK(send_inserts(statement, part, columns, reply));
    const Answer answer{reply};
    co_await answer;
    if (reply.error) co_return *std::move(reply.error);
    for (const PgResult& result : reply.results) changed += count(result.get());
    values = values.subspan(part.size());
  }
  co_return changed;
}

// Hands over the rows of one result, until `on_row` has enough.
base::Status PgTransaction::hand_over(const Statement& statement, const PGresult* result,
                                      base::UniqueFunction<bool(const Row&)>& on_row) {
  count(result);
  PgRow row(result);
  for (int i = 0; i < PQntuples(result); ++i) {
    row.move_to(i);
    const bool go_on = on_row(row);
    if (row.mistaken_column() >= 0) {
      return Error(ErrorCode::internal,
                   fmt::format("column {} was read as another type than it has: {}",
                               row.mistaken_column(), statement.sql));
    }
    if (!go_on) break;
  }
  return {};
}

base::Task<base::Status> PgTransaction::query(const Statement& statement,
                                              std::span<const Value> values,
                                              base::UniqueFunction<bool(const Row&)> on_row) {
  CO_TRY_OK(admit(statement));
  PgReply reply;
  CO_TRY_OK(session_.send(statement, values, &reply));
  const Answer answer{reply};
  co_await answer;
  if (reply.error) co_return *std::move(reply.error);
  co_return hand_over(statement, reply.results.front().get(), on_row);
}

base::Task<base::Status> PgTransaction::query_many(const Statement& statement,
                                                   std::span<const Value> values,
                                                   std::size_t columns,
                                                   base::UniqueFunction<void(const Row&)> on_row) {
  CO_TRY_OK(rows_of(statement, values.size(), columns));
  base::UniqueFunction<bool(const Row&)> take = [&on_row](const Row& row) {
    on_row(row);
    return true;
  };
  while (!values.empty()) {
    CO_TRY_OK(admit(statement));
    const auto part = values.first(std::min(kMaxBatch * columns, values.size()));
    PgReply reply;
    CO_TRY_OK(send_rows(statement, part, columns, reply));
    const Answer answer{reply};
    co_await answer;
    if (reply.error) co_return *std::move(reply.error);
    for (const PgResult& result : reply.results) {
      CO_TRY_OK(hand_over(statement, result.get(), take));
    }
    values = values.subspan(part.size());
  }
  co_return base::Status();
}

base::Task<base::Status> PgTransaction::exec_script(std::string_view sql) {
  CO_TRY_OK(admit(kScript));
  changed_ = true;
  co_return session_.script(std::string(kUnlimited) + std::string(sql));
}

}  // namespace b3iq::storage

#include "agent/auth/usage_store.h"

#include <algorithm>

namespace b3iq::agent {

using base::Result;
using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr auto kRowLimit = static_cast<std::int64_t>(kMaxUsageRows);

// key_usage is in the order of (account, day, model), as the booking of a call needs it. So the
// accounts are stepped through, one look-up each, and the days of each are a range of the same
// index: no second index has to be written with every call.
constexpr Statement kRows{
    "WITH RECURSIVE accounts(id) AS (SELECT MIN(key_id) FROM key_usage UNION ALL "
    "SELECT (SELECT MIN(key_id) FROM key_usage WHERE key_id > accounts.id) FROM accounts "
    "WHERE accounts.id IS NOT NULL) "
    "SELECT u.day, u.key_id, u.requests, u.prompt_tokens, u.completion_tokens, u.model_id "
    "FROM accounts a JOIN key_usage u ON u.key_id = a.id AND u.day >= $1 AND u.day <= $2 "
    "ORDER BY u.day DESC, u.key_id DESC, u.model_id DESC LIMIT $3"};
constexpr Statement kGroups{
    "WITH RECURSIVE accounts(id) AS (SELECT MIN(key_id) FROM key_usage UNION ALL "
    "SELECT (SELECT MIN(key_id) FROM key_usage WHERE key_id > accounts.id) FROM accounts "
    "WHERE accounts.id IS NOT NULL), "
    "days AS (SELECT u.day AS day, CASE $4 WHEN 'account' THEN u.key_id WHEN 'model' THEN "
    "u.model_id ELSE COALESCE(k.user_name, u.key_id) END AS name, u.requests AS requests, "
    "u.prompt_tokens AS prompt_tokens, u.completion_tokens AS completion_tokens "
    "FROM accounts a JOIN key_usage u ON u.key_id = a.id AND u.day >= $1 AND u.day <= $2 "
    "LEFT JOIN local_keys k ON k.id = u.key_id) "
    "SELECT day, name, SUM(requests), SUM(prompt_tokens), SUM(completion_tokens) FROM days "
    "GROUP BY day, name ORDER BY day DESC, name DESC LIMIT $3"};

std::string_view grouping_name(UsageGrouping by) {
  return by == UsageGrouping::account ? "account" : by == UsageGrouping::model ? "model" : "user";
}

UsageCounts counts_of(const storage::Row& row) {
  return {row.integer(2), row.integer(3), row.integer(4)};
}

// They came newest day first, and one more than may be told.
template <class Row>
UsageReport<Row> report_of(std::vector<Row> rows) {
  const bool truncated = rows.size() > kMaxUsageRows;
  if (truncated) rows.pop_back();
  std::ranges::reverse(rows);
  return {std::move(rows), truncated};
}

}  // namespace

Task<Result<UsageReport<UsageRow>>> read_usage(storage::Database& database, UsagePeriod period) {
  std::vector<UsageRow> rows;
  auto body = [&rows, period](Transaction& tx) -> Task<Status> {
    rows.clear();
    auto take = [&rows](const storage::Row& row) {
      rows.push_back(
          {row.integer(0), std::string(row.text(1)), std::string(row.text(5)), counts_of(row)});
      return true;
    };
    const Value values[] = {period.first_day, period.last_day, kRowLimit + 1};
    co_return co_await tx.query(kRows, values, std::move(take));
  };
  CO_TRY_OK(co_await database.read(std::move(body)));
  co_return report_of(std::move(rows));
}

Task<Result<UsageReport<UsageGroup>>> read_grouped_usage(storage::Database& database,
                                                         UsagePeriod period, UsageGrouping by) {
  std::vector<UsageGroup> rows;
  auto body = [&rows, period, by](Transaction& tx) -> Task<Status> {
    rows.clear();
    auto take = [&rows](const storage::Row& row) {
      rows.push_back({row.integer(0), std::string(row.text(1)), counts_of(row)});
      return true;
    };
    const Value values[] = {period.first_day, period.last_day, kRowLimit + 1, grouping_name(by)};
    co_return co_await tx.query(kGroups, values, std::move(take));
  };
  CO_TRY_OK(co_await database.read(std::move(body)));
  co_return report_of(std::move(rows));
}

}  // namespace b3iq::agent

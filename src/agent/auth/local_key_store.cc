#include "agent/auth/local_key_store.h"

#include <algorithm>

namespace b3iq::agent {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

// Scopes and models are stored one a line: neither can hold a line break (check_key_spec).
template <class List, class Name>
std::string join_lines(const List& list, Name name) {
  std::string out;
  for (const auto& item : list) {
    if (!out.empty()) out += '\n';
    out += name(item);
  }
  return out;
}

template <class Take>
void split_lines(std::string_view text, Take take) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    take(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

Value optional_value(const std::optional<std::int64_t>& v) {
  return v ? Value(*v) : Value(nullptr);
}

std::optional<std::int64_t> optional_integer(const storage::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

LocalKey read_key(const storage::Row& row) {
  LocalKey key;
  key.id = row.text(0);
  key.spec.name = row.text(1);
  key.spec.user = row.text(2);
  const auto hash = row.blob(3);
  std::copy_n(hash.begin(), std::min(hash.size(), key.secret_hash.size()), key.secret_hash.begin());
  key.spec.scopes.clear();
  split_lines(row.text(4), [&](std::string_view name) {
    if (const auto scope = scope_from_name(name)) key.spec.scopes.push_back(*scope);
  });
  split_lines(row.text(5), [&](std::string_view model) { key.spec.models.emplace_back(model); });
  key.created_at_ms = row.integer(6);
  key.spec.expires_at_ms = optional_integer(row, 7);
  key.revoked_at_ms = optional_integer(row, 8);
  key.last_used_at_ms = optional_integer(row, 9);
  key.spec.limits.requests_per_minute = row.integer(10);
  key.spec.limits.tokens_per_minute = row.integer(11);
  key.spec.limits.budget_tokens = row.integer(12);
  key.spec.limits.budget_requests = row.integer(13);
  key.spec.limits.budget_period = period_from_name(row.text(14)).value_or(BudgetPeriod::total);
  return key;
}

constexpr Statement kInsertKey{
    "INSERT INTO local_keys (id, name, user_name, secret_hash, scopes, models, created_at_ms, "
    "expires_at_ms, "
    "requests_per_minute, tokens_per_minute, budget_tokens, budget_requests, budget_period) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"};
constexpr Statement kRevokeKey{
    "UPDATE local_keys SET revoked_at_ms = $2 WHERE id = $1 AND revoked_at_ms IS NULL"};
constexpr Statement kTouchKey{"UPDATE local_keys SET last_used_at_ms = $2 WHERE id = $1"};
constexpr Statement kAddUsage{
    "INSERT INTO key_usage (key_id, day, model_id, requests, prompt_tokens, completion_tokens) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key_id, day, model_id) DO UPDATE SET "
    "requests = key_usage.requests + excluded.requests, "
    "prompt_tokens = key_usage.prompt_tokens + excluded.prompt_tokens, "
    "completion_tokens = key_usage.completion_tokens + excluded.completion_tokens"};
constexpr Statement kSelectKeys{
    "SELECT id, name, user_name, secret_hash, scopes, models, created_at_ms, expires_at_ms, "
    "revoked_at_ms, "
    "last_used_at_ms, requests_per_minute, tokens_per_minute, budget_tokens, budget_requests, "
    "budget_period "
    "FROM local_keys ORDER BY id"};
constexpr Statement kSelectUsage{
    "SELECT key_id, day, model_id, requests, prompt_tokens, completion_tokens FROM key_usage WHERE "
    "day >= $1 "
    "ORDER BY key_id, day, model_id"};

}  // namespace

Task<Status> insert_key(Transaction& tx, const LocalKey& key) {
  const auto& spec = key.spec;
  const auto scopes = join_lines(spec.scopes, [](Scope s) { return scope_name(s); });
  const auto models =
      join_lines(spec.models, [](const std::string& m) -> std::string_view { return m; });
  const Value values[] = {std::string_view(key.id),
                          std::string_view(spec.name),
                          std::string_view(spec.user),
                          base::ByteView(key.secret_hash),
                          std::string_view(scopes),
                          std::string_view(models),
                          key.created_at_ms,
                          optional_value(spec.expires_at_ms),
                          spec.limits.requests_per_minute,
                          spec.limits.tokens_per_minute,
                          spec.limits.budget_tokens,
                          spec.limits.budget_requests,
                          period_name(spec.limits.budget_period)};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kInsertKey, values));
  co_return Status();
}

Task<Status> mark_key_revoked(Transaction& tx, std::string_view id, std::int64_t at_ms) {
  const Value values[] = {id, at_ms};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kRevokeKey, values));
  co_return Status();
}

Task<Status> touch_key(Transaction& tx, std::string_view id, std::int64_t at_ms) {
  const Value values[] = {id, at_ms};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kTouchKey, values));
  co_return Status();
}

Task<Status> add_usage(Transaction& tx, const KeyUsageRow& delta) {
  const Value values[] = {std::string_view(delta.key_id),
                          delta.day,
                          std::string_view(delta.model_id),
                          delta.requests,
                          delta.prompt_tokens,
                          delta.completion_tokens};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kAddUsage, values));
  co_return Status();
}

Task<Status> select_keys(Transaction& tx, std::vector<LocalKey>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back(read_key(row));
    return true;
  };
  co_return co_await tx.query(kSelectKeys, {}, std::move(take));
}

Task<Status> select_usage(Transaction& tx, std::int64_t from_day, std::vector<KeyUsageRow>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back({std::string(row.text(0)), row.integer(1), std::string(row.text(2)),
                   row.integer(3), row.integer(4), row.integer(5)});
    return true;
  };
  const Value values[] = {from_day};
  co_return co_await tx.query(kSelectUsage, values, std::move(take));
}

}  // namespace b3iq::agent

#include "control/enrollment/token_store.h"

#include "control/nodes/node_types.h"

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Row;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

#define B3_TOKEN_COLUMNS                                                            \
  "token_id, note, tags, created_by, created_at_ms, expires_at_ms, revoked_at_ms, " \
  "used_at_ms, used_by"
constexpr Statement kInsert{
    "INSERT INTO enrollment_tokens (token_id, token_hash, note, tags, created_by, created_at_ms, "
    "expires_at_ms, used_by) VALUES ($1, $2, $3, $4, $5, $6, $7, '')"};
constexpr Statement kSelect{"SELECT " B3_TOKEN_COLUMNS
                            " FROM enrollment_tokens WHERE token_id = $1"};
constexpr Statement kSelectByHash{"SELECT " B3_TOKEN_COLUMNS
                                  " FROM enrollment_tokens WHERE token_hash = $1"};
constexpr Statement kSelectPage{"SELECT " B3_TOKEN_COLUMNS
                                " FROM enrollment_tokens WHERE token_id < $1 "
                                "ORDER BY token_id DESC LIMIT $2"};
#undef B3_TOKEN_COLUMNS
constexpr Statement kCountUsable{
    "SELECT COUNT(*) FROM enrollment_tokens WHERE expires_at_ms > $1 AND used_at_ms IS NULL "
    "AND revoked_at_ms IS NULL"};
constexpr Statement kRevoke{
    "UPDATE enrollment_tokens SET revoked_at_ms = $2 WHERE token_id = $1 AND used_at_ms IS NULL "
    "AND revoked_at_ms IS NULL"};
constexpr Statement kUse{
    "UPDATE enrollment_tokens SET used_at_ms = $2, used_by = $3 WHERE token_id = $1 "
    "AND used_at_ms IS NULL AND revoked_at_ms IS NULL AND expires_at_ms > $2"};
constexpr Statement kDelete{
    "DELETE FROM enrollment_tokens WHERE token_id IN (SELECT token_id FROM enrollment_tokens "
    "WHERE expires_at_ms < $1 ORDER BY expires_at_ms LIMIT $2)"};

// Above every token id: '~' comes behind all letters.
constexpr std::string_view kAboveAllIds = "~";

std::optional<std::int64_t> optional_integer(const Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

EnrollmentToken read_token(const Row& row) {
  EnrollmentToken token;
  token.id = row.text(0);
  token.note = row.text(1);
  token.tags = split_tags(row.text(2));
  token.created_by = row.text(3);
  token.created_at_ms = row.integer(4);
  token.expires_at_ms = row.integer(5);
  token.revoked_at_ms = optional_integer(row, 6);
  token.used_at_ms = optional_integer(row, 7);
  token.used_by = row.text(8);
  return token;
}

Task<Status> select_one(Transaction& tx, const Statement& statement, std::span<const Value> values,
                        EnrollmentToken& out, bool& found) {
  found = false;
  auto take = [&](const Row& row) {
    out = read_token(row);
    found = true;
    return false;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

Task<Status> change_one(Transaction& tx, const Statement& statement, std::span<const Value> values,
                        bool& done) {
  CO_TRY(const auto changed, co_await tx.exec(statement, values));
  done = changed == 1;
  co_return Status();
}

}  // namespace

Task<Status> insert_token(Transaction& tx, const EnrollmentToken& token,
                          const crypto::Sha256Digest& hash) {
  const std::string tags = join_tags(token.tags);
  const Value values[] = {std::string_view(token.id),
                          base::ByteView(hash),
                          std::string_view(token.note),
                          std::string_view(tags),
                          std::string_view(token.created_by),
                          token.created_at_ms,
                          token.expires_at_ms};
  CO_TRY_OK(co_await tx.exec(kInsert, values));
  co_return Status();
}

Task<Status> select_token(Transaction& tx, std::string_view id, EnrollmentToken& out, bool& found) {
  const Value values[] = {id};
  co_return co_await select_one(tx, kSelect, values, out, found);
}

Task<Status> select_token_by_hash(Transaction& tx, const crypto::Sha256Digest& hash,
                                  EnrollmentToken& out, bool& found) {
  const Value values[] = {base::ByteView(hash)};
  co_return co_await select_one(tx, kSelectByHash, values, out, found);
}

Task<Status> select_tokens(Transaction& tx, const TokenQuery& query,
                           std::vector<EnrollmentToken>& out) {
  auto take = [&out](const Row& row) {
    out.push_back(read_token(row));
    return true;
  };
  const auto before = query.before_id.empty() ? kAboveAllIds : std::string_view(query.before_id);
  const Value values[] = {before, query.limit};
  co_return co_await tx.query(kSelectPage, values, std::move(take));
}

Task<Status> count_usable_tokens(Transaction& tx, std::int64_t now_ms, std::int64_t& out) {
  auto take = [&out](const Row& row) {
    out = row.integer(0);
    return false;
  };
  const Value values[] = {now_ms};
  co_return co_await tx.query(kCountUsable, values, std::move(take));
}

Task<Status> mark_token_revoked(Transaction& tx, std::string_view id, std::int64_t at_ms,
                                bool& done) {
  const Value values[] = {id, at_ms};
  co_return co_await change_one(tx, kRevoke, values, done);
}

Task<Status> use_token(Transaction& tx, std::string_view id, std::string_view node_id,
                       std::int64_t at_ms, bool& done) {
  const Value values[] = {id, at_ms, node_id};
  co_return co_await change_one(tx, kUse, values, done);
}

Task<Status> delete_tokens(Transaction& tx, std::int64_t before_ms, std::int64_t limit) {
  const Value values[] = {before_ms, limit};
  CO_TRY_OK(co_await tx.exec(kDelete, values));
  co_return Status();
}

}  // namespace b3iq::control

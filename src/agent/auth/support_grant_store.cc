#include "agent/auth/support_grant_store.h"

#include <algorithm>

namespace b3iq::agent {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kInsert{
    "INSERT INTO support_grants (id, note, secret_hash, created_at_ms, expires_at_ms) "
    "VALUES ($1, $2, $3, $4, $5)"};
constexpr Statement kRevoke{
    "UPDATE support_grants SET revoked_at_ms = $2 WHERE id = $1 AND revoked_at_ms IS NULL"};
constexpr Statement kSelect{
    "SELECT id, note, secret_hash, created_at_ms, expires_at_ms, revoked_at_ms "
    "FROM support_grants ORDER BY id"};

SupportGrant read_grant(const storage::Row& row) {
  SupportGrant grant;
  grant.id = row.text(0);
  grant.note = row.text(1);
  const auto hash = row.blob(2);
  std::copy_n(hash.begin(), std::min(hash.size(), grant.secret_hash.size()),
              grant.secret_hash.begin());
  grant.created_at_ms = row.integer(3);
  grant.expires_at_ms = row.integer(4);
  if (!row.is_null(5)) grant.revoked_at_ms = row.integer(5);
  return grant;
}

}  // namespace

Task<Status> insert_grant(Transaction& tx, const SupportGrant& grant) {
  const Value values[] = {std::string_view(grant.id), std::string_view(grant.note),
                          base::ByteView(grant.secret_hash), grant.created_at_ms,
                          grant.expires_at_ms};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kInsert, values));
  co_return Status();
}

Task<Status> mark_grant_revoked(Transaction& tx, std::string_view id, std::int64_t at_ms) {
  const Value values[] = {id, at_ms};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kRevoke, values));
  co_return Status();
}

Task<Status> select_grants(Transaction& tx, std::vector<SupportGrant>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back(read_grant(row));
    return true;
  };
  co_return co_await tx.query(kSelect, {}, std::move(take));
}

}  // namespace b3iq::agent

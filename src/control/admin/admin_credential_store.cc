#include "control/admin/admin_credential_store.h"

#include <algorithm>

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kInsert{
    "INSERT INTO admin_credentials (credential_id, name, role, secret_hash, created_by, "
    "created_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr Statement kRevoke{
    "UPDATE admin_credentials SET revoked_at_ms = $2 WHERE credential_id = $1 AND revoked_at_ms "
    "IS NULL"};
constexpr Statement kById{
    "SELECT credential_id, name, role, secret_hash, created_by, created_at_ms, expires_at_ms, "
    "revoked_at_ms FROM admin_credentials WHERE credential_id = $1"};
constexpr Statement kByHash{
    "SELECT credential_id, name, role, secret_hash, created_by, created_at_ms, expires_at_ms, "
    "revoked_at_ms FROM admin_credentials WHERE secret_hash = $1"};
constexpr Statement kByName{
    "SELECT credential_id, name, role, secret_hash, created_by, created_at_ms, expires_at_ms, "
    "revoked_at_ms FROM admin_credentials WHERE name = $1 AND revoked_at_ms IS NULL AND "
    "expires_at_ms > $2"};
constexpr Statement kCount{
    "SELECT count(*) FROM admin_credentials WHERE revoked_at_ms IS NULL AND expires_at_ms > $1"};
constexpr Statement kCountRole{
    "SELECT count(*) FROM admin_credentials WHERE revoked_at_ms IS NULL AND expires_at_ms > $1 AND "
    "role = $2"};
constexpr Statement kNewest{
    "SELECT credential_id, name, role, secret_hash, created_by, created_at_ms, expires_at_ms, "
    "revoked_at_ms FROM admin_credentials ORDER BY credential_id DESC LIMIT $1"};
constexpr Statement kBefore{
    "SELECT credential_id, name, role, secret_hash, created_by, created_at_ms, expires_at_ms, "
    "revoked_at_ms FROM admin_credentials WHERE credential_id < $2 ORDER BY credential_id DESC "
    "LIMIT $1"};

AdminCredential read_credential(const storage::Row& row) {
  AdminCredential credential;
  credential.id = row.text(0);
  credential.name = row.text(1);
  // A role that this version does not know may do the least.
  credential.role = admin_role_from_wire(row.text(2)).value_or(AdminRole::viewer);
  const auto hash = row.blob(3);
  std::copy_n(hash.begin(), std::min(hash.size(), credential.secret_hash.size()),
              credential.secret_hash.begin());
  credential.created_by = row.text(4);
  credential.created_at_ms = row.integer(5);
  credential.expires_at_ms = row.integer(6);
  if (!row.is_null(7)) credential.revoked_at_ms = row.integer(7);
  return credential;
}

Task<Status> read_one(Transaction& tx, const Statement& statement, std::span<const Value> values,
                      std::optional<AdminCredential>& out) {
  out.reset();
  auto take = [&out](const storage::Row& row) {
    out = read_credential(row);
    return false;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

}  // namespace

Task<Status> insert_credential(Transaction& tx, const AdminCredential& credential) {
  const Value values[] = {std::string_view(credential.id),
                          std::string_view(credential.name),
                          wire_name(credential.role),
                          base::ByteView(credential.secret_hash),
                          std::string_view(credential.created_by),
                          credential.created_at_ms,
                          credential.expires_at_ms};
  CO_TRY([[maybe_unused]] const auto inserted, co_await tx.exec(kInsert, values));
  co_return Status();
}

Task<base::Result<std::int64_t>> mark_credential_revoked(Transaction& tx, std::string_view id,
                                                         std::int64_t at_ms) {
  const Value values[] = {id, at_ms};
  co_return co_await tx.exec(kRevoke, values);
}

Task<Status> select_credential(Transaction& tx, std::string_view id,
                               std::optional<AdminCredential>& out) {
  const Value values[] = {id};
  co_return co_await read_one(tx, kById, values, out);
}

Task<Status> select_credential_by_hash(Transaction& tx, const crypto::Sha256Digest& hash,
                                       std::optional<AdminCredential>& out) {
  const Value values[] = {base::ByteView(hash)};
  co_return co_await read_one(tx, kByHash, values, out);
}

Task<Status> select_usable_credential_by_name(Transaction& tx, std::string_view name,
                                              std::int64_t now_ms,
                                              std::optional<AdminCredential>& out) {
  const Value values[] = {name, now_ms};
  co_return co_await read_one(tx, kByName, values, out);
}

Task<Status> count_usable_credentials(Transaction& tx, std::optional<AdminRole> role,
                                      std::int64_t now_ms, std::int64_t& out) {
  auto take = [&out](const storage::Row& row) {
    out = row.integer(0);
    return false;
  };
  if (role) {
    const Value values[] = {now_ms, wire_name(*role)};
    co_return co_await tx.query(kCountRole, values, std::move(take));
  }
  const Value values[] = {now_ms};
  co_return co_await tx.query(kCount, values, std::move(take));
}

Task<Status> select_credentials(Transaction& tx, std::string_view before_id, std::int64_t limit,
                                std::vector<AdminCredential>& out) {
  out.clear();
  auto take = [&out](const storage::Row& row) {
    out.push_back(read_credential(row));
    return true;
  };
  if (before_id.empty()) {
    const Value values[] = {limit};
    co_return co_await tx.query(kNewest, values, std::move(take));
  }
  const Value values[] = {limit, before_id};
  co_return co_await tx.query(kBefore, values, std::move(take));
}

}  // namespace b3iq::control

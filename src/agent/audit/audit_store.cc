#include "agent/audit/audit_store.h"

#include <algorithm>

namespace b3iq::agent {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kInsert{
    "INSERT INTO audit_log (seq, at_ms, actor, act, subject, previous_hash, entry_hash) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr Statement kHead{
    "SELECT seq, at_ms, actor, act, subject, previous_hash, entry_hash FROM audit_log "
    "ORDER BY seq DESC LIMIT 1"};
constexpr Statement kPage{
    "SELECT seq, at_ms, actor, act, subject, previous_hash, entry_hash FROM audit_log "
    "WHERE seq < $1 ORDER BY seq DESC LIMIT $2"};
constexpr Statement kAll{
    "SELECT seq, at_ms, actor, act, subject, previous_hash, entry_hash FROM audit_log "
    "ORDER BY seq"};

crypto::Sha256Digest read_hash(base::ByteView blob) {
  crypto::Sha256Digest hash{};
  std::copy_n(blob.begin(), std::min(blob.size(), hash.size()), hash.begin());
  return hash;
}

AuditEntry read_entry(const storage::Row& row) {
  return {row.integer(0),           row.integer(1),           std::string(row.text(2)),
          std::string(row.text(3)), std::string(row.text(4)), read_hash(row.blob(5)),
          read_hash(row.blob(6))};
}

}  // namespace

Task<Status> insert_audit_entry(Transaction& tx, const AuditEntry& entry) {
  const Value values[] = {entry.seq,
                          entry.at_ms,
                          std::string_view(entry.actor),
                          std::string_view(entry.act),
                          std::string_view(entry.subject),
                          base::ByteView(entry.previous_hash),
                          base::ByteView(entry.hash)};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kInsert, values));
  co_return Status();
}

Task<Status> select_audit_head(Transaction& tx, AuditEntry& out) {
  auto take = [&out](const storage::Row& row) {
    out = read_entry(row);
    return false;
  };
  co_return co_await tx.query(kHead, {}, std::move(take));
}

Task<Status> select_audit_entries(Transaction& tx, std::int64_t before_seq, std::int64_t limit,
                                  std::vector<AuditEntry>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back(read_entry(row));
    return true;
  };
  const Value values[] = {before_seq, limit};
  co_return co_await tx.query(kPage, values, std::move(take));
}

Task<Status> visit_audit_entries(Transaction& tx,
                                 base::UniqueFunction<void(const AuditEntry&)> visit) {
  auto take = [&visit](const storage::Row& row) {
    visit(read_entry(row));
    return true;
  };
  co_return co_await tx.query(kAll, {}, std::move(take));
}

}  // namespace b3iq::agent

#include "control/audit/audit_trail_store.h"

#include <algorithm>

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kTakeNumber{
    "UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, entry_hash"};
constexpr Statement kSetHead{"UPDATE audit_head SET entry_hash = $1 WHERE id = 1"};
constexpr Statement kSelectHead{"SELECT seq, entry_hash FROM audit_head WHERE id = 1"};
constexpr Statement kInsert{
    "INSERT INTO audit_log (seq, at_ms, actor, act, subject, previous_hash, entry_hash) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr Statement kBefore{
    "SELECT seq, at_ms, actor, act, subject, previous_hash, entry_hash FROM audit_log "
    "WHERE seq < $1 ORDER BY seq DESC LIMIT $2"};
constexpr Statement kAfter{
    "SELECT seq, at_ms, actor, act, subject, previous_hash, entry_hash FROM audit_log "
    "WHERE seq > $1 ORDER BY seq LIMIT $2"};

// A head before the first entry has no bytes: zeros.
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

Error no_head() {
  return Error(ErrorCode::corrupt,
               "The audit log has lost its head: the row of audit_head is gone, so nothing that is "
               "audited can be done. Restore the database from a backup.");
}

Task<Status> read_head(Transaction& tx, const Statement& statement, AuditHead& out) {
  bool found = false;
  auto take = [&](const storage::Row& row) {
    out = {row.integer(0), read_hash(row.blob(1))};
    found = true;
    return true;
  };
  CO_TRY_OK(co_await tx.query(statement, {}, std::move(take)));
  if (!found) co_return no_head();
  co_return Status();
}

Task<Status> read_entries(Transaction& tx, const Statement& statement, std::int64_t seq,
                          std::int64_t limit, std::vector<AuditEntry>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back(read_entry(row));
    return true;
  };
  const Value values[] = {seq, limit};
  co_return co_await tx.query(statement, values, std::move(take));
}

}  // namespace

Task<Status> take_audit_number(Transaction& tx, AuditHead& out) {
  return read_head(tx, kTakeNumber, out);
}

Task<Status> select_audit_head(Transaction& tx, AuditHead& out) {
  return read_head(tx, kSelectHead, out);
}

Task<Status> insert_audit_entry(Transaction& tx, const AuditEntry& entry) {
  const Value values[] = {entry.seq,
                          entry.at_ms,
                          std::string_view(entry.actor),
                          std::string_view(entry.act),
                          std::string_view(entry.subject),
                          base::ByteView(entry.previous_hash),
                          base::ByteView(entry.hash)};
  CO_TRY([[maybe_unused]] const auto inserted, co_await tx.exec(kInsert, values));
  const Value head[] = {base::ByteView(entry.hash)};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kSetHead, head));
  co_return Status();
}

Task<Status> select_audit_before(Transaction& tx, std::int64_t before_seq, std::int64_t limit,
                                 std::vector<AuditEntry>& out) {
  return read_entries(tx, kBefore, before_seq, limit, out);
}

Task<Status> select_audit_after(Transaction& tx, std::int64_t after_seq, std::int64_t limit,
                                std::vector<AuditEntry>& out) {
  return read_entries(tx, kAfter, after_seq, limit, out);
}

}  // namespace b3iq::control

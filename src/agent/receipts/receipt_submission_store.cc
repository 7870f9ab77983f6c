#include "agent/receipts/receipt_submission_store.h"

#include <algorithm>
#include <limits>

#include "protocol/receipt.h"

namespace b3iq::agent {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kPut{
    "INSERT INTO receipt_submissions (control_plane_id, receipt_seq, outcome, status, log_index, "
    "code, detail, submitted_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (control_plane_id, receipt_seq) DO UPDATE SET outcome = excluded.outcome, "
    "status = excluded.status, log_index = excluded.log_index, code = excluded.code, "
    "detail = excluded.detail, submitted_at_ms = excluded.submitted_at_ms"};
constexpr std::size_t kPutColumns = 8;
constexpr Statement kPage{
    "SELECT s.receipt_seq, s.control_plane_id, r.receipt_hash, s.outcome, s.status, s.log_index, "
    "s.code, s.detail, s.submitted_at_ms FROM receipt_submissions s "
    "JOIN receipts r ON r.seq = s.receipt_seq WHERE s.receipt_seq < $1 "
    "ORDER BY s.receipt_seq DESC, s.control_plane_id LIMIT $2"};
constexpr Statement kUnsubmitted{
    "SELECT r.seq, r.receipt_hash, r.key_id, r.completed_at_ms, r.document FROM receipts r "
    "LEFT JOIN receipt_submissions s ON s.control_plane_id = $1 AND s.receipt_seq = r.seq "
    "WHERE s.receipt_seq IS NULL AND r.completed_at_ms >= $2 ORDER BY r.seq LIMIT $3"};

ReceiptHash read_hash(base::ByteView bytes) {
  ReceiptHash hash{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
  return hash;
}

}  // namespace

Task<Status> put_submissions(Transaction& tx, std::span<const ReceiptSubmission> submissions) {
  std::vector<Value> values;
  values.reserve(submissions.size() * kPutColumns);
  for (const auto& one : submissions) {
    values.insert(values.end(),
                  {std::string_view(one.control_plane_id), one.receipt_seq,
                   std::string_view(one.outcome), std::string_view(one.status), one.log_index,
                   std::string_view(one.code), std::string_view(one.detail), one.submitted_at_ms});
  }
  CO_TRY([[maybe_unused]] const auto rows, co_await tx.exec_many(kPut, values, kPutColumns));
  co_return Status();
}

Task<Status> select_submissions(Transaction& tx, std::optional<std::int64_t> before_seq,
                                std::int64_t limit, std::vector<ReceiptSubmission>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back({row.integer(0), std::string(row.text(1)),
                   protocol::receipt_hash_text(read_hash(row.blob(2))), std::string(row.text(3)),
                   std::string(row.text(4)), row.integer(5), std::string(row.text(6)),
                   std::string(row.text(7)), row.integer(8)});
    return true;
  };
  const Value values[] = {before_seq.value_or(std::numeric_limits<std::int64_t>::max()), limit};
  co_return co_await tx.query(kPage, values, std::move(take));
}

Task<Status> select_unsubmitted(Transaction& tx, std::string_view control_plane_id,
                                std::int64_t since_ms, std::int64_t limit,
                                std::vector<StoredReceipt>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back({row.integer(0), read_hash(row.blob(1)), std::string(row.text(2)), row.integer(3),
                   std::string(row.text(4))});
    return true;
  };
  const Value values[] = {control_plane_id, since_ms, limit};
  co_return co_await tx.query(kUnsubmitted, values, std::move(take));
}

}  // namespace b3iq::agent

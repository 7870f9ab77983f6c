#include "control/receipts/accepted_receipt_store.h"

#include <algorithm>
#include <vector>

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kByHash{
    "SELECT receipt_hash, log_index, status, received_at_ms, document FROM receipts "
    "WHERE receipt_hash = $1"};
constexpr Statement kKnown{
    "SELECT receipt_hash, log_index, status, node_id, job_id FROM receipts "
    "WHERE receipt_hash = $1 OR (node_id = $2 AND job_id = $3)"};
constexpr Statement kInsert{
    "INSERT INTO receipts (receipt_hash, log_index, node_id, job_id, status, received_at_ms, "
    "document) VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr std::size_t kInsertColumns = 7;

crypto::Sha256Digest read_hash(base::ByteView blob) {
  crypto::Sha256Digest hash{};
  std::copy_n(blob.begin(), std::min(blob.size(), hash.size()), hash.begin());
  return hash;
}

}  // namespace

Task<Status> select_receipt_by_hash(Transaction& tx, const crypto::Sha256Digest& hash,
                                    AcceptedReceipt& out, bool& found) {
  found = false;
  auto take = [&](const storage::Row& row) {
    found = true;
    out = {read_hash(row.blob(0)), row.integer(1), std::string(row.text(2)), row.integer(3),
           std::string(row.text(4))};
    return false;
  };
  const Value values[] = {base::ByteView(hash)};
  co_return co_await tx.query(kByHash, values, std::move(take));
}

Task<Status> select_known_receipts(Transaction& tx, std::span<const ReceiptKey> keys,
                                   base::UniqueFunction<void(const KnownReceipt&)>& each) {
  std::vector<Value> values;
  values.reserve(keys.size() * 3);
  for (const auto& key : keys)
    values.insert(values.end(), {base::ByteView(key.hash), key.node_id, key.job_id});
  auto take = [&each](const storage::Row& row) {
    each({read_hash(row.blob(0)), row.integer(1), row.text(2), row.text(3), row.text(4)});
  };
  co_return co_await tx.query_many(kKnown, values, 3, std::move(take));
}

Task<Status> insert_receipts(Transaction& tx, std::span<const NewReceipt> receipts) {
  std::vector<Value> values;
  values.reserve(receipts.size() * kInsertColumns);
  for (const auto& one : receipts) {
    values.insert(values.end(), {base::ByteView(one.hash), one.log_index, one.node_id, one.job_id,
                                 one.status, one.received_at_ms, one.document});
  }
  CO_TRY_OK(co_await tx.insert_many(kInsert, values, kInsertColumns));
  co_return Status();
}

}  // namespace b3iq::control

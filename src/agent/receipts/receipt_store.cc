#include "agent/receipts/receipt_store.h"

#include <algorithm>
#include <limits>

namespace b3iq::agent {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kInsert{
    "INSERT INTO receipts (seq, receipt_hash, key_id, completed_at_ms, document) VALUES ($1, $2, "
    "$3, $4, $5)"};
constexpr Statement kLastSeq{"SELECT COALESCE(MAX(seq), 0) FROM receipts"};
constexpr Statement kPage{
    "SELECT seq, receipt_hash, key_id, completed_at_ms, document FROM receipts WHERE seq < $1 "
    "ORDER BY seq DESC LIMIT $2"};
constexpr Statement kPageOfAccount{
    "SELECT seq, receipt_hash, key_id, completed_at_ms, document FROM receipts WHERE seq < $1 AND "
    "key_id = $3 "
    "ORDER BY seq DESC LIMIT $2"};
constexpr Statement kLastIndexed{"SELECT COALESCE(MAX(seq), 0) FROM receipt_index"};
constexpr Statement kUnindexed{
    "SELECT seq, receipt_hash FROM receipts WHERE seq > $1 ORDER BY seq"};
constexpr Statement kInsertIndex{"INSERT INTO receipt_index (hash_prefix, seq) VALUES ($1, $2)"};
constexpr Statement kByPrefix{
    "SELECT r.seq, r.receipt_hash, r.key_id, r.completed_at_ms, r.document FROM receipt_index i "
    "JOIN receipts r ON r.seq = i.seq WHERE i.hash_prefix = $1"};

std::int64_t hash_prefix(const ReceiptHash& hash) {
  std::uint64_t prefix = 0;
  for (int i = 0; i < 8; ++i) prefix = prefix << 8 | hash[static_cast<std::size_t>(i)];
  return static_cast<std::int64_t>(prefix);
}

ReceiptHash read_hash(base::ByteView bytes) {
  ReceiptHash hash{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
  return hash;
}

StoredReceipt read_receipt(const storage::Row& row) {
  return {row.integer(0), read_hash(row.blob(1)), std::string(row.text(2)), row.integer(3),
          std::string(row.text(4))};
}

}  // namespace

Task<Status> insert_receipt(Transaction& tx, const StoredReceipt& receipt) {
  const Value values[] = {receipt.seq, base::ByteView(receipt.hash),
                          std::string_view(receipt.account), receipt.completed_at_ms,
                          std::string_view(receipt.document)};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kInsert, values));
  co_return Status();
}

Task<Status> select_last_seq(Transaction& tx, std::int64_t& seq) {
  auto take = [&seq](const storage::Row& row) {
    seq = row.integer(0);
    return true;
  };
  co_return co_await tx.query(kLastSeq, {}, std::move(take));
}

Task<Status> select_receipts(Transaction& tx, const ReceiptQuery& query,
                             std::vector<StoredReceipt>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back(read_receipt(row));
    return true;
  };
  const auto before = query.before_seq.value_or(std::numeric_limits<std::int64_t>::max());
  if (query.account) {
    const Value values[] = {before, query.limit, std::string_view(*query.account)};
    co_return co_await tx.query(kPageOfAccount, values, std::move(take));
  }
  const Value values[] = {before, query.limit};
  co_return co_await tx.query(kPage, values, std::move(take));
}

Task<Status> index_receipts(Transaction& tx) {
  std::int64_t indexed = 0;
  auto take_last = [&indexed](const storage::Row& row) {
    indexed = row.integer(0);
    return true;
  };
  CO_TRY_OK(co_await tx.query(kLastIndexed, {}, std::move(take_last)));
  std::vector<std::pair<std::int64_t, std::int64_t>> entries;
  auto take = [&entries](const storage::Row& row) {
    entries.emplace_back(hash_prefix(read_hash(row.blob(1))), row.integer(0));
    return true;
  };
  const Value from[] = {indexed};
  CO_TRY_OK(co_await tx.query(kUnindexed, from, std::move(take)));
  for (const auto& [prefix, seq] : entries) {
    const Value values[] = {prefix, seq};
    CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kInsertIndex, values));
  }
  co_return Status();
}

Task<Status> select_receipt(Transaction& tx, const ReceiptHash& hash,
                            std::optional<StoredReceipt>& out) {
  auto take = [&out, &hash](const storage::Row& row) {
    auto receipt = read_receipt(row);
    if (receipt.hash != hash) return true;
    out = std::move(receipt);
    return false;
  };
  const Value values[] = {hash_prefix(hash)};
  co_return co_await tx.query(kByPrefix, values, std::move(take));
}

}  // namespace b3iq::agent

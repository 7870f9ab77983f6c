// The SQL of receipts: append in batches, read pages, look one up by its hash.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/auth/local_key_store.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

using ReceiptHash = std::array<std::uint8_t, 32>;

struct StoredReceipt {
  std::int64_t seq = 0;
  ReceiptHash hash{};
  std::string account;  // key id or "operator"
  std::int64_t completed_at_ms = 0;
  std::string document;  // canonical bytes without the signature
};

struct ReceiptQuery {
  std::optional<std::string> account;      // only this account's
  std::optional<std::int64_t> before_seq;  // older than this
  std::int64_t limit = 20;
};

base::Task<base::Status> insert_receipt(storage::Transaction& tx, const StoredReceipt& receipt);
base::Task<base::Status> select_last_seq(storage::Transaction& tx, std::int64_t& seq);
// Newest first.
base::Task<base::Status> select_receipts(storage::Transaction& tx, const ReceiptQuery& query,
                                         std::vector<StoredReceipt>& out);
// Brings receipt_index up to date, then can be read by hash.
base::Task<base::Status> index_receipts(storage::Transaction& tx);
base::Task<base::Status> select_receipt(storage::Transaction& tx, const ReceiptHash& hash,
                                        std::optional<StoredReceipt>& out);

}  // namespace b3iq::agent

// The SQL of `receipts`: what was accepted, each with its place in the log. Each function runs
// inside the caller's transaction.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/task.h"
#include "base/unique_function.h"
#include "crypto/sha256.h"
#include "storage/database.h"

namespace b3iq::control {

struct AcceptedReceipt {
  crypto::Sha256Digest hash{};
  std::int64_t log_index = 0;
  std::string status;  // protocol::ReceiptStatus
  std::int64_t received_at_ms = 0;
  std::string document;  // signed, canonical
};
// False in `found` when there is none.
base::Task<base::Status> select_receipt_by_hash(storage::Transaction& tx,
                                                const crypto::Sha256Digest& hash,
                                                AcceptedReceipt& out, bool& found);

// What is kept under this hash or this job of this node. Views live until the callback returns.
struct KnownReceipt {
  crypto::Sha256Digest hash{};
  std::int64_t log_index = 0;
  std::string_view status;
  std::string_view node_id;
  std::string_view job_id;
};
struct ReceiptKey {
  const crypto::Sha256Digest& hash;
  std::string_view node_id;
  std::string_view job_id;
};
base::Task<base::Status> select_known_receipts(
    storage::Transaction& tx, std::span<const ReceiptKey> keys,
    base::UniqueFunction<void(const KnownReceipt&)>& each);

// Views live until the function has ended.
struct NewReceipt {
  const crypto::Sha256Digest& hash;
  std::int64_t log_index = 0;
  std::string_view node_id;
  std::string_view job_id;
  std::string_view status;
  std::int64_t received_at_ms = 0;
  std::string_view document;
};
base::Task<base::Status> insert_receipts(storage::Transaction& tx,
                                         std::span<const NewReceipt> receipts);

}  // namespace b3iq::control

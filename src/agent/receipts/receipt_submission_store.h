// The SQL of what control planes answered to this node's receipts. Each function runs inside the
// caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/receipts/receipt_store.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

// What became of one receipt at one control plane. Of a refusal: code and detail; else status and
// log_index.
struct ReceiptSubmission {
  std::int64_t receipt_seq = 0;
  std::string control_plane_id;
  std::string receipt_hash;  // 0x…; not stored here
  std::string outcome;       // protocol::ReceiptOutcome
  std::string status;        // protocol::ReceiptStatus; "" for a refusal
  std::int64_t log_index = 0;
  std::string code;
  std::string detail;
  std::int64_t submitted_at_ms = 0;
};

// The newest answer to a receipt is kept.
base::Task<base::Status> put_submissions(storage::Transaction& tx,
                                         std::span<const ReceiptSubmission> submissions);
// Newest receipts first.
base::Task<base::Status> select_submissions(storage::Transaction& tx,
                                            std::optional<std::int64_t> before_seq,
                                            std::int64_t limit,
                                            std::vector<ReceiptSubmission>& out);
// Receipts completed since `since_ms` to which this control plane has answered nothing, the oldest
// first.
base::Task<base::Status> select_unsubmitted(storage::Transaction& tx,
                                            std::string_view control_plane_id,
                                            std::int64_t since_ms, std::int64_t limit,
                                            std::vector<StoredReceipt>& out);

}  // namespace b3iq::agent

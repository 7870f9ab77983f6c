// The node's receipts. A completion is answered only after its receipt, its key's use and its key's
// last use are durable, all in one transaction; while one commit is on its way to the disk the next
// batch gathers (group commit).
//
// Signatures are made when a receipt is read: Ed25519 is deterministic, so every reader gets the
// same one, and the hot path does not pay for it (docs/adr/0006). Loop thread only.
#pragma once

#include <coroutine>
#include <memory>
#include <string>
#include <vector>

#include "agent/receipts/receipt_store.h"
#include "base/executor.h"
#include "base/task.h"
#include "protocol/identity.h"
#include "protocol/receipt.h"
#include "storage/database.h"

namespace b3iq::agent {

struct CompletedCall {
  protocol::Receipt receipt;
  std::string account;
  std::int64_t completed_at_ms = 0;
};

struct SignedReceipt {
  std::int64_t seq = 0;
  std::string account;
  std::string receipt_hash;  // 0x…
  std::string json;          // the signed document
};

class ReceiptLog {
 public:
  ReceiptLog(storage::Database& database, const protocol::NodeIdentity& identity)
      : database_(database), identity_(identity) {}

  // Reads the last sequence number. Before the loop runs; blocks.
  base::Status load();

  // Returns the receipt hash ("0x…") once the receipt is durable. The caller's frame lives until
  // then.
  base::Task<base::Result<std::string>> append(CompletedCall call);

  base::Task<base::Result<std::vector<SignedReceipt>>> list(ReceiptQuery query);
  // not_found when there is none with this hash (of this account, when given).
  base::Task<base::Result<SignedReceipt>> find(std::string receipt_hash,
                                               std::optional<std::string> account);

  // True when nothing waits for the disk.
  bool idle() const { return !flushing_; }
  std::int64_t appended() const { return appended_; }
  std::int64_t batches() const { return batches_; }

 private:
  struct Entry {
    StoredReceipt stored;
    std::int64_t day = 0;
    std::string model_id;
    std::int64_t prompt_tokens = 0;
    std::int64_t completion_tokens = 0;
    base::Arrival<base::Status>* waiter = nullptr;
  };
  struct Batch;
  void gather(int turn);
  base::Task<void> flush();
  SignedReceipt sign(const StoredReceipt& stored) const;

  storage::Database& database_;
  const protocol::NodeIdentity& identity_;
  std::vector<Entry> pending_;
  bool flushing_ = false;
  std::int64_t next_seq_ = 1;
  std::int64_t appended_ = 0;
  std::int64_t batches_ = 0;
};

}  // namespace b3iq::agent

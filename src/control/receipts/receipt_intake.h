// Receipts that nodes bring: judged, and what is accepted put into the receipt log, durable and
// provable before its node hears of it. Many batches of many nodes are one transaction
// (nodes/node_batcher.h), which locks the log's edge: the leaves of all replicas stand in one
// order. Loop thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "control/nodes/lease_store.h"
#include "control/nodes/node_batcher.h"
#include "control/receipts/receipt_check.h"
#include "control/receipts/receipt_jobs.h"
#include "control/receipts/receipt_log_store.h"
#include "crypto/ed25519.h"
#include "protocol/messages/receipt_batch.h"
#include "storage/database.h"

namespace b3iq::control {

// One receipt of a batch: what is known before the transaction, and what it finds out, which it
// sets anew each time it runs.
struct IntakeReceipt {
  crypto::Sha256Digest claimed_hash{};
  std::optional<ReceiptRefusal> unfit;  // whatever the database says
  protocol::Receipt receipt;            // unless unfit
  std::string document;                 // signed, canonical

  protocol::ReceiptAnswer answer;
};

// A batch on its way.
struct IntakeEntry : BatchEntry {
  IntakeEntry(const protocol::VerifiedRequest& request, protocol::ManagedErrorFacts& refusal_facts)
      : BatchEntry(request), facts(refusal_facts) {}
  std::size_t weight() const { return receipts.size(); }

  protocol::ManagedErrorFacts& facts;
  std::vector<IntakeReceipt> receipts;
  bool taken = false;
  std::optional<base::Error> refusal;
};

class ReceiptIntake final : public NodeBatcher<IntakeEntry> {
 public:
  // `jobs`: null while this control plane has no jobs; all receipts are evidence only then. It and
  // the others outlive this.
  ReceiptIntake(storage::Database& database, const base::Clock& clock, CommitPace& pace,
                const crypto::Ed25519PublicKey& log_key, ReceiptJobs* jobs)
      : NodeBatcher(database, pace), clock_(clock), log_key_(log_key), jobs_(jobs) {}

  // Returns when what it answers is durable. `request`, `key` (the signer's) and `facts` outlive
  // the task. Errors: those of claim_sequence() (lease_store.h); overloaded; storage_failed;
  // conflict when the log was begun anew under another key.
  base::Task<base::Result<protocol::ReceiptBatchAnswer>> take(
      const protocol::VerifiedRequest& request, const crypto::Ed25519PublicKey& key,
      std::vector<protocol::SubmittedReceipt> submitted, protocol::ManagedErrorFacts& facts);

  // A receipt that came with a job's result, in that result's transaction, which may be READ
  // COMMITTED: it is put into the log as accepted, or refused, as `one.answer` tells. `one.receipt`
  // is fit and its caller has judged it to be the job's; it has its hash and document. Whoever
  // calls locks the log's edge with it. Error: conflict, as take().
  base::Task<base::Status> take_with_job(storage::Transaction& tx, IntakeReceipt& one) const;

 private:
  class Appending;
  base::Task<base::Status> write(storage::Transaction& tx, const Batch& batch,
                                 std::size_t behind) const override;
  base::Task<base::Status> claim(storage::Transaction& tx, const Batch& batch) const;
  base::Task<base::Status> lock_edge(storage::Transaction& tx, LogEdge& edge) const;
  base::Task<base::Status> look_up(storage::Transaction& tx, Appending& to) const;
  base::Task<base::Status> append(storage::Transaction& tx, Appending& to, LogEdge& edge) const;
  static base::Task<base::Status> write_appended(storage::Transaction& tx, Appending& to,
                                                 std::uint64_t old_size, LogEdge& edge);

  const base::Clock& clock_;
  const crypto::Ed25519PublicKey& log_key_;
  ReceiptJobs* const jobs_;
};

}  // namespace b3iq::control

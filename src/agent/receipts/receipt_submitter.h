// Receipts that the owner hands to the control plane: an act of theirs each time, never by itself.
// What was answered is kept. Nothing of a call leaves with a receipt but its salted commitment
// (docs/operating/managed.md). Loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/audit/audit_log.h"
#include "agent/receipts/receipt_log.h"
#include "agent/receipts/receipt_submission_store.h"
#include "base/clock.h"
#include "base/task.h"
#include "protocol/identity.h"
#include "protocol/messages/receipt_batch.h"

namespace b3iq::agent {

// Where they go: the control plane that the node is enrolled at, and since when.
struct ReceiptDestination {
  protocol::ControlPlaneId control_plane_id;
  std::int64_t enrolled_at_ms = 0;
};

struct SubmissionOrder {
  // These; empty: the oldest that were completed since the node was enrolled and have had no
  // answer, up to kMaxReceiptsInBatch.
  std::vector<std::string> receipt_hashes;
};

struct SubmissionReport {
  std::vector<ReceiptSubmission> receipts;  // in the order that they were sent
  bool has_more = false;                    // others wait that were never sent
};

class ReceiptSubmitter {
 public:
  struct Needs {
    storage::Database& database;
    ReceiptLog& receipts;
    AuditLog& audit;
    const base::Clock& clock;
    const protocol::NodeIdentity& identity;
    // nullopt while the node is not enrolled, or does not serve.
    std::function<std::optional<ReceiptDestination>()> destination;
    // Sends a batch, signed; the answer's body. Errors: those of the control plane.
    std::function<base::Task<base::Result<std::string>>(std::string body)> send;
  };
  explicit ReceiptSubmitter(Needs needs) : needs_(std::move(needs)) {}

  // Returns when the answers are kept. Errors: conflict (not enrolled, or another submission is on
  // its way); invalid_request, not_found for a hash; those of the control plane and of the disk:
  // then nothing was kept, and the same order may be given again.
  base::Task<base::Result<SubmissionReport>> submit(SubmissionOrder order, std::string actor);
  // Newest receipts first.
  base::Task<base::Result<std::vector<ReceiptSubmission>>> list(
      std::optional<std::int64_t> before_seq, std::int64_t limit);
  bool idle() const { return !busy_; }

 private:
  struct Chosen;
  base::Task<base::Result<Chosen>> choose(const SubmissionOrder& order,
                                          const ReceiptDestination& to);
  base::Task<base::Result<SubmissionReport>> bring(const SubmissionOrder& order,
                                                   const ReceiptDestination& to,
                                                   const std::string& actor);

  Needs needs_;
  bool busy_ = false;
};

}  // namespace b3iq::agent

// What the receipts' intake asks of those who know the jobs of this control plane (private jobs,
// routed calls). Whoever implements it checks job, node, lease and reservation, and may have its
// effect (settle, pay) in the same transaction: the receipts that it takes are in the log when that
// commits, or nothing is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/task.h"
#include "protocol/receipt.h"
#include "storage/database.h"

namespace b3iq::control {

enum class JobStanding : std::uint8_t {
  unknown,  // no job of this control plane: the receipt is evidence only
  stands,   // the receipt is that job's
  refused,  // there is such a job, and this receipt does not count for it
};

// One receipt that is whole, signed, new and within its node's time. It is taken unless it is
// refused.
struct ReceiptOfJob {
  const protocol::Receipt& receipt;
  const crypto::Sha256Digest& hash;
  JobStanding standing = JobStanding::unknown;
  std::string refusal;  // why: printable, for the node's owner
};

class ReceiptJobs {
 public:
  virtual ~ReceiptJobs() = default;
  // Sets `standing` of each. Runs inside the intake's transaction, which holds the lock of the
  // receipt log and is READ COMMITTED: every change names the state that it expects. May run again.
  virtual base::Task<base::Status> judge(storage::Transaction& tx,
                                         std::span<ReceiptOfJob> receipts) = 0;
};

}  // namespace b3iq::control

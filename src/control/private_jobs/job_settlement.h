// How a private job changes state and what that does to its money, in one transaction. Every path
// ends here: results, receipts, cancels, leases, time. Stateless; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/task.h"
#include "control/ledger/ledger_service.h"
#include "control/private_jobs/private_job_types.h"
#include "protocol/receipt.h"
#include "storage/database.h"

namespace b3iq::control {

class JobSettlement {
 public:
  JobSettlement(const LedgerWriter& ledger, const base::Clock& clock)
      : ledger_(ledger), clock_(clock) {}

  // Moves the job on; where it ends by this, what is reserved is released. False in `done`, and
  // nothing changed, when the event changes nothing in its state or somebody was faster. `job` is
  // then as it was. `failure`: words of ours, never a node's.
  base::Task<base::Status> turn(storage::Transaction& tx, PrivateJob& job, JobEvent event,
                                std::string_view failure, bool& done) const;
  // Its receipt was accepted: ends it, debits the price of the receipt's tokens by the quoted
  // policy and at most what is reserved, releases the rest, makes the node's payout row. Error
  // also: corrupt, when the quoted policy is gone.
  base::Task<base::Status> settle(storage::Transaction& tx, PrivateJob& job,
                                  const protocol::Receipt& receipt, std::string_view receipt_hash,
                                  bool& done) const;

 private:
  const LedgerWriter& ledger_;
  const base::Clock& clock_;
};

// Why a receipt, whole and signed by the job's node, does not count for this job; "" when it does.
// Its model is the job's name of it; what stood behind an alias is its profile.
std::string fault_of_job_receipt(const PrivateJob& job, const protocol::Receipt& receipt);

}  // namespace b3iq::control

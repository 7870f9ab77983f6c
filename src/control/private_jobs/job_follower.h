// A private job follows its command, in the command's own transaction: what the node takes, brings
// or loses, and what operators and time do to the command, moves the job and its money.
#pragma once

#include "base/clock.h"
#include "control/commands/command_follower.h"
#include "control/private_jobs/job_settlement.h"
#include "control/private_jobs/job_waiters.h"
#include "control/receipts/receipt_intake.h"

namespace b3iq::control {

class JobFollower final : public CommandFollower {
 public:
  JobFollower(const JobSettlement& settlement, const ReceiptIntake& receipts,
              const base::Clock& clock, JobWaiters& waiters)
      : settlement_(settlement), receipts_(receipts), clock_(clock), waiters_(waiters) {}

  base::Task<base::Status> turned(storage::Transaction& tx, std::string_view command_id,
                                  CommandTurn turn) const override;
  // A success whose receipt counts settles the job; one without a receipt made nothing that could
  // be paid; one whose receipt is refused leaves the job waiting for a better one.
  base::Task<base::Status> answered(storage::Transaction& tx,
                                    const protocol::CommandResult& result) const override;
  base::Task<base::Status> node_left(storage::Transaction& tx,
                                     std::string_view node_id) const override;
  void told(std::string_view command_id) override { waiters_.announce(command_id); }

 private:
  base::Task<base::Status> take_receipt(storage::Transaction& tx, PrivateJob& job,
                                        const protocol::SignedReceipt& receipt) const;

  const JobSettlement& settlement_;
  const ReceiptIntake& receipts_;
  const base::Clock& clock_;
  JobWaiters& waiters_;
};

}  // namespace b3iq::control

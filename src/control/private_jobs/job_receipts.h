// Receipts that nodes bring by themselves, judged by the private jobs that they name
// (receipts/receipt_jobs.h). One counts only while its job has an answer and waits for it: until
// then the receipt comes with the result, and later the job's billing has ended.
#pragma once

#include "control/private_jobs/job_settlement.h"
#include "control/receipts/receipt_jobs.h"

namespace b3iq::control {

class JobReceipts final : public ReceiptJobs {
 public:
  explicit JobReceipts(const JobSettlement& settlement) : settlement_(settlement) {}

  base::Task<base::Status> judge(storage::Transaction& tx,
                                 std::span<ReceiptOfJob> receipts) override;

 private:
  base::Task<base::Status> judge_one(storage::Transaction& tx, ReceiptOfJob& one) const;

  const JobSettlement& settlement_;
};

}  // namespace b3iq::control

#include "control/private_jobs/job_receipts.h"

#include <fmt/format.h>

#include "control/private_jobs/private_job_store.h"

namespace b3iq::control {

using base::Status;
using base::Task;

namespace {

std::string not_waiting(const PrivateJob& job) {
  if (!is_terminal(job.status))
    return "The job's result has not come yet; its receipt comes with the result.";
  return fmt::format("The job is {} and its billing {}; a receipt that comes later does not count.",
                     wire_name(job.status), wire_name(job.billing));
}

}  // namespace

Task<Status> JobReceipts::judge(storage::Transaction& tx, std::span<ReceiptOfJob> receipts) {
  for (auto& one : receipts) CO_TRY_OK(co_await judge_one(tx, one));
  co_return Status();
}

Task<Status> JobReceipts::judge_one(storage::Transaction& tx, ReceiptOfJob& one) const {
  std::optional<PrivateJob> job;
  CO_TRY_OK(co_await select_job(tx, one.receipt.job_id.text(), job));
  if (!job) co_return Status();
  one.standing = JobStanding::refused;
  one.refusal = fault_of_job_receipt(*job, one.receipt);
  if (one.refusal.empty() && job->status != JobStatus::awaiting_receipt)
    one.refusal = not_waiting(*job);
  if (!one.refusal.empty()) co_return Status();
  bool done = false;
  const auto hash = protocol::receipt_hash_text(one.hash);
  CO_TRY_OK(co_await settlement_.settle(tx, *job, one.receipt, hash, done));
  if (done) {
    one.standing = JobStanding::stands;
  } else {
    one.refusal = "The job ended at the same moment; a receipt that comes later does not count.";
  }
  co_return Status();
}

}  // namespace b3iq::control

#include "control/private_jobs/job_settlement.h"

#include <fmt/format.h>

#include <utility>

#include "control/billing/price_service.h"
#include "control/private_jobs/private_job_store.h"
#include "control/receipts/receipt_check.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;
using base::Task;
using protocol::ReceiptFinish;
using storage::Transaction;

namespace {

JobEvent event_of(ReceiptFinish finish) {
  switch (finish) {
    case ReceiptFinish::cancelled:
      return JobEvent::stopped;
    case ReceiptFinish::error:
      return JobEvent::fail;
    case ReceiptFinish::stop:
    case ReceiptFinish::length:
    case ReceiptFinish::tool_calls:
    case ReceiptFinish::content_filter:
      break;
  }
  return JobEvent::done;
}

std::string_view failure_of(ReceiptFinish finish) {
  if (finish == ReceiptFinish::cancelled) return "It was stopped; what was made is paid.";
  if (finish == ReceiptFinish::error) return "It broke off; what was made is paid.";
  return {};
}

// Moves the row alone.
Task<Status> move_on(Transaction& tx, PrivateJob& job, JobEvent event, std::string_view failure,
                     std::int64_t now_ms, bool& done) {
  done = false;
  const auto next = next_job_status(job.status, event);
  if (!next) co_return Status();
  const JobMove move{job.id.text(), job.status, *next, failure, now_ms};
  CO_TRY_OK(co_await move_job(tx, move, done));
  if (!done) co_return Status();
  job.status = *next;
  job.failure = failure;
  job.changed_at_ms = now_ms;
  if (is_terminal(*next)) job.completed_at_ms = now_ms;
  co_return Status();
}

}  // namespace

Task<Status> JobSettlement::turn(Transaction& tx, PrivateJob& job, JobEvent event,
                                 std::string_view failure, bool& done) const {
  CO_TRY_OK(co_await move_on(tx, job, event, failure, clock_.wall_ms(), done));
  if (!done || !is_terminal(job.status)) co_return Status();
  const LedgerOrder order = ReleaseOrder{job.customer_id, job.id.text()};
  CO_TRY(const auto outcome, co_await ledger_.apply(tx, order));
  job.billing = outcome.status;
  co_return Status();
}

Task<Status> JobSettlement::settle(Transaction& tx, PrivateJob& job,
                                   const protocol::Receipt& receipt, std::string_view receipt_hash,
                                   bool& done) const {
  const auto event = event_of(receipt.finish);
  CO_TRY_OK(co_await move_on(tx, job, event, failure_of(receipt.finish), clock_.wall_ms(), done));
  if (!done) co_return Status();
  std::optional<PricePolicy> policy;
  CO_TRY_OK(co_await select_prices(tx, job.policy_version, policy));
  if (!policy) {
    co_return Error(ErrorCode::corrupt, fmt::format("The price policy {} of the job {} is missing.",
                                                    job.policy_version, job.id.text()));
  }
  CO_TRY(const auto charge, charge_for(*policy, job.model_id, receipt.usage, job.quoted));
  const LedgerOrder order = SettleOrder{job.customer_id, job.id.text(), charge.split,
                                        job.node_id.text(), std::string(receipt_hash)};
  CO_TRY(const auto outcome, co_await ledger_.apply(tx, order));
  job.billing = outcome.status;
  if (!outcome.changed) co_return Status();
  job.payout = charge.split.payout;
  job.price_capped = charge.capped;
  job.receipt_hash = receipt_hash;
  const JobPrice price{job.id.text(), job.payout, job.price_capped, job.receipt_hash};
  co_return co_await set_job_price(tx, price);
}

std::string fault_of_job_receipt(const PrivateJob& job, const protocol::Receipt& receipt) {
  if (receipt.node_id != job.node_id) return "The job is another node's.";
  if (receipt.job_id != job.id) return "It is the receipt of another job.";
  if (receipt.model_id != job.model_id) return "It names another model than the job.";
  if (receipt.dispatch_mode != protocol::DispatchMode::private_job)
    return "Its dispatch_mode is not private_job.";
  if (protocol::wire_name(receipt.privacy_class) != job.privacy_class)
    return "Its privacy_class is not the job's.";
  if (receipt.policy_version != job.policy_version)
    return "Its policy_version is not that of the job's quote.";
  if (receipt.started_at_ms < job.created_at_ms - kMaxReceiptAheadMs)
    return "It was begun before there was such a job; set the node's clock.";
  return {};
}

}  // namespace b3iq::control

#include "control/private_jobs/job_follower.h"

#include <utility>

#include "control/nodes/node_store.h"
#include "control/private_jobs/private_job_store.h"

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Transaction;

namespace {

struct Turned {
  JobEvent event;
  std::string_view failure;
};

Turned job_event_of(CommandTurn turn) {
  switch (turn) {
    case CommandTurn::leased:
      return {JobEvent::lease, {}};
    case CommandTurn::working:
      return {JobEvent::start, {}};
    case CommandTurn::requeued:
      return {JobEvent::lapse, {}};
    case CommandTurn::failed:
      return {JobEvent::fail, "The node stopped working on it; no attempt is left."};
    case CommandTurn::cancelled:
      return {JobEvent::cancel, "It was cancelled by an operator."};
    case CommandTurn::stopped:
      return {JobEvent::cancel,
              "It was cancelled by the customer; the node brought nothing in time."};
    case CommandTurn::expired:
      break;
  }
  return {JobEvent::expire, "It was not done in its time."};
}

constexpr std::string_view kNothingMade =
    "The node answered and brought no receipt: nothing was made that could be paid. The sealed "
    "answer says why.";
constexpr std::string_view kOtherModeOfAnswer = "The sealed answer is not for the job's request.";

// The answer repeats the request's key and client key; else its customer could not open it.
bool answers_request(const PrivateJob& job, const protocol::SealedEnvelope& answer) {
  return answer.key_id.text() == job.key_id &&
         answer.client_public_key.bytes == job.client_public_key.bytes;
}

}  // namespace

Task<Status> JobFollower::turned(Transaction& tx, std::string_view command_id,
                                 CommandTurn turn) const {
  std::optional<PrivateJob> job;
  CO_TRY_OK(co_await select_job_of_command(tx, command_id, job));
  if (!job) co_return Status();
  const auto what = job_event_of(turn);
  bool done = false;
  co_return co_await settlement_.turn(tx, *job, what.event, what.failure, done);
}

Task<Status> JobFollower::node_left(Transaction& tx, std::string_view node_id) const {
  std::vector<PrivateJob> jobs;
  CO_TRY_OK(co_await select_open_jobs_of_node(tx, node_id, jobs));
  bool done = false;
  // Those that wait for a receipt have an answer; their window decides.
  for (auto& job : jobs)
    CO_TRY_OK(co_await settlement_.turn(tx, job, JobEvent::cancel, "Its node left.", done));
  co_return Status();
}

Task<Status> JobFollower::answered(Transaction& tx, const protocol::CommandResult& result) const {
  std::optional<PrivateJob> job;
  CO_TRY_OK(co_await select_job_of_command(tx, result.command_id.text(), job));
  if (!job) co_return Status();
  bool done = false;
  if (const auto* const failure = std::get_if<protocol::CommandFailure>(&result.outcome)) {
    const auto code = base::error_info(failure->code).wire_name;
    const auto event =
        failure->code == base::ErrorCode::cancelled ? JobEvent::cancel : JobEvent::fail;
    co_return co_await settlement_.turn(tx, *job, event, code, done);
  }
  const auto& outcome = std::get<protocol::PrivateInferenceOutcome>(
      std::get<protocol::CommandOutcome>(result.outcome));
  if (!answers_request(*job, outcome.envelope))
    co_return co_await settlement_.turn(tx, *job, JobEvent::fail, kOtherModeOfAnswer, done);
  if (!outcome.receipt)
    co_return co_await settlement_.turn(tx, *job, JobEvent::fail, kNothingMade, done);
  co_return co_await take_receipt(tx, *job, *outcome.receipt);
}

Task<Status> JobFollower::take_receipt(Transaction& tx, PrivateJob& job,
                                       const protocol::SignedReceipt& receipt) const {
  crypto::Ed25519PublicKey key;
  bool found = false;
  CO_TRY_OK(co_await select_public_key(tx, job.node_id.text(), key, found));
  const auto encoded = protocol::encode_receipt(receipt.receipt);
  std::string fault = fault_of_job_receipt(job, receipt.receipt);
  if (fault.empty()) {
    const protocol::SubmittedReceipt submitted{encoded.hash, receipt};
    if (auto refusal = refusal_of_receipt(submitted, {job.node_id, key}, clock_.wall_ms()))
      fault = std::move(refusal->detail);
  }
  if (fault.empty()) {
    IntakeReceipt one;
    one.claimed_hash = encoded.hash;
    one.receipt = receipt.receipt;
    one.document = protocol::with_signature(encoded.document, receipt.signature);
    CO_TRY_OK(co_await receipts_.take_with_job(tx, one));
    // There already: as somebody else's word it does not count.
    if (one.answer.outcome == protocol::ReceiptOutcome::refused) {
      fault = one.answer.detail;
    } else if (one.answer.status != protocol::ReceiptStatus::accepted) {
      fault = "The receipt was brought before as evidence only.";
    }
  }
  bool done = false;
  if (!fault.empty()) co_return co_await settlement_.turn(tx, job, JobEvent::answer, fault, done);
  const auto hash = protocol::receipt_hash_text(encoded.hash);
  co_return co_await settlement_.settle(tx, job, receipt.receipt, hash, done);
}

}  // namespace b3iq::control

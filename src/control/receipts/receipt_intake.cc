#include "control/receipts/receipt_intake.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "control/nodes/validity_store.h"
#include "control/receipts/accepted_receipt_store.h"
#include "protocol/transparency/receipt_log_entry.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::ReceiptOutcome;
using protocol::ReceiptStatus;

namespace {

using JobKey = std::pair<std::string_view, std::string_view>;  // node, job

void refuse(IntakeReceipt& one, ErrorCode code, std::string detail) {
  one.answer.outcome = ReceiptOutcome::refused;
  one.answer.code = code;
  one.answer.detail = std::move(detail);
}

}  // namespace

// What one run of the transaction knows.
class ReceiptIntake::Appending {
 public:
  explicit Appending(std::int64_t now_ms) : now_ms(now_ms) {}

  // Those of one node that are fit.
  void add(std::string_view node_id, std::span<IntakeReceipt> receipts) {
    bool has_fit = false;
    for (IntakeReceipt& one : receipts) {
      one.answer = {};
      one.answer.receipt_hash = one.claimed_hash;
      if (one.unfit) {
        refuse(one, one.unfit->code, one.unfit->detail);
      } else {
        fit.push_back(&one);
        has_fit = true;
      }
    }
    if (has_fit) node_ids.push_back(node_id);
  }

  void add_known(const KnownReceipt& row) {
    const auto status =
        protocol::receipt_status_from_name(row.status).value_or(ReceiptStatus::evidence_only);
    known.emplace(row.hash, std::pair(status, row.log_index));
    known_jobs.emplace(std::string(row.node_id), std::string(row.job_id));
  }
  void add_period(const ValidityPeriod& row) {
    periods.emplace_back(row.node_id, row.from_ms, row.until_ms);
  }

  // Decides what the database can say of each; what is left is new.
  void sort_out() {
    std::set<JobKey> jobs_of_batch;
    for (IntakeReceipt* one : fit) {
      if (answer_known(*one)) continue;
      const protocol::Receipt& receipt = one->receipt;
      const JobKey job(receipt.node_id.text(), receipt.job_id.text());
      if (known_jobs.contains({receipt.node_id.text(), receipt.job_id.text()})) {
        refuse(*one, ErrorCode::receipt_rejected,
               "Another receipt of this job is in the log; a job has one.");
      } else if (!is_in_time(receipt)) {
        refuse(*one, ErrorCode::receipt_rejected,
               "It was completed at a time at which the node was not enrolled here.");
      } else if (jobs_of_batch.insert(job).second) {
        fresh.push_back(one);
      } else {
        later.push_back(one);
      }
    }
  }

  // The receipt is the log's next leaf.
  void append(IntakeReceipt& one, ReceiptStatus status, protocol::TreeFrontier& frontier) {
    const auto index = static_cast<std::int64_t>(frontier.size());
    one.answer.outcome = ReceiptOutcome::accepted;
    one.answer.status = status;
    one.answer.log_index = index;
    known.emplace(one.claimed_hash, std::pair(status, index));
    rows.push_back({one.claimed_hash, index, one.receipt.node_id.text(), one.receipt.job_id.text(),
                    protocol::wire_name(status), now_ms, one.document});
    const auto on_full = [this](const protocol::Subtree& subtree, const protocol::TreeHash& hash) {
      if (subtree.height % protocol::kTileHeight == 0)
        nodes.push_back({subtree.height / protocol::kTileHeight, subtree.index, hash});
    };
    frontier.append(protocol::receipt_leaf_hash(one.claimed_hash), on_full);
  }

  // Those that stood twice in the batches: the first decided.
  void answer_later() {
    for (IntakeReceipt* one : later) {
      if (!answer_known(*one)) {
        refuse(*one, ErrorCode::receipt_rejected,
               "The batch has another receipt of this job; a job has one.");
      }
    }
  }

  const std::int64_t now_ms;
  std::vector<IntakeReceipt*> fit;
  std::vector<std::string_view> node_ids;
  std::vector<IntakeReceipt*> fresh;
  std::vector<IntakeReceipt*> later;
  std::vector<NewReceipt> rows;
  std::vector<LogNode> nodes;

 private:
  bool answer_known(IntakeReceipt& one) const {
    const auto at = known.find(one.claimed_hash);
    if (at == known.end()) return false;
    one.answer.outcome = ReceiptOutcome::already_there;
    std::tie(one.answer.status, one.answer.log_index) = at->second;
    return true;
  }
  bool is_in_time(const protocol::Receipt& receipt) const {
    return std::ranges::any_of(periods, [&](const auto& period) {
      const auto& [node_id, from_ms, until_ms] = period;
      return node_id == receipt.node_id.text() && from_ms <= receipt.completed_at_ms &&
             (until_ms == 0 || receipt.completed_at_ms <= until_ms);
    });
  }

  std::map<crypto::Sha256Digest, std::pair<ReceiptStatus, std::int64_t>> known;
  std::set<std::pair<std::string, std::string>> known_jobs;
  std::vector<std::tuple<std::string, std::int64_t, std::int64_t>> periods;
};

Task<Result<protocol::ReceiptBatchAnswer>> ReceiptIntake::take(
    const protocol::VerifiedRequest& request, const crypto::Ed25519PublicKey& key,
    std::vector<protocol::SubmittedReceipt> submitted, protocol::ManagedErrorFacts& facts) {
  IntakeEntry entry(request, facts);
  const auto now = clock_.wall_ms();
  const ReceiptSender sender{request.node_id, key};
  entry.receipts.reserve(submitted.size());
  for (auto& one : submitted) {
    IntakeReceipt intake;
    intake.claimed_hash = one.claimed_hash;
    intake.unfit = refusal_of_receipt(one, sender, now);
    if (!intake.unfit) {
      const auto encoded = protocol::encode_receipt(one.receipt->receipt);
      intake.document = protocol::with_signature(encoded.document, one.receipt->signature);
      intake.receipt = std::move(one.receipt->receipt);
    }
    entry.receipts.push_back(std::move(intake));
  }
  CO_TRY_OK(co_await join(entry));
  if (entry.refusal) co_return *std::move(entry.refusal);
  protocol::ReceiptBatchAnswer answer;
  answer.server_time_ms = now;
  answer.receipts.reserve(entry.receipts.size());
  for (auto& one : entry.receipts) answer.receipts.push_back(std::move(one.answer));
  co_return answer;
}

Task<Status> ReceiptIntake::write(storage::Transaction& tx, const Batch& batch,
                                  std::size_t /*behind*/) const {
  CO_TRY_OK(co_await claim(tx, batch));
  Appending to(clock_.wall_ms());
  for (IntakeEntry* entry : batch)
    if (entry->taken) to.add(entry->node_id(), entry->receipts);
  if (to.fit.empty()) co_return Status();
  LogEdge edge;
  CO_TRY_OK(co_await lock_edge(tx, edge));
  CO_TRY_OK(co_await look_up(tx, to));
  to.sort_out();
  CO_TRY_OK(co_await append(tx, to, edge));
  to.answer_later();
  co_return Status();
}

Task<Status> ReceiptIntake::take_with_job(storage::Transaction& tx, IntakeReceipt& one) const {
  Appending to(clock_.wall_ms());
  to.add(one.receipt.node_id.text(), std::span(&one, 1));
  if (to.fit.empty()) co_return Status();
  LogEdge edge;
  CO_TRY_OK(co_await lock_edge(tx, edge));
  CO_TRY_OK(co_await look_up(tx, to));
  to.sort_out();
  const auto old_size = edge.frontier.size();
  for (IntakeReceipt* fresh : to.fresh) to.append(*fresh, ReceiptStatus::accepted, edge.frontier);
  co_return co_await write_appended(tx, to, old_size, edge);
}

// From here to the commit nobody else appends, so what is read behind it stays so.
Task<Status> ReceiptIntake::lock_edge(storage::Transaction& tx, LogEdge& edge) const {
  CO_TRY_OK(co_await lock_log_edge(tx, edge));
  if (edge.begun && edge.log_key == log_key_) co_return Status();
  co_return Error(ErrorCode::conflict,
                  "The receipt log was begun anew under another key while this process ran; "
                  "restart it with the new key.");
}

Task<Status> ReceiptIntake::append(storage::Transaction& tx, Appending& to, LogEdge& edge) const {
  const auto old_size = edge.frontier.size();
  std::vector<ReceiptOfJob> of_jobs;
  of_jobs.reserve(to.fresh.size());
  for (IntakeReceipt* one : to.fresh) of_jobs.push_back({one->receipt, one->claimed_hash, {}, {}});
  if (jobs_ != nullptr) CO_TRY_OK(co_await jobs_->judge(tx, of_jobs));
  for (std::size_t i = 0; i < of_jobs.size(); ++i) {
    const ReceiptOfJob& of = of_jobs[i];
    if (of.standing == JobStanding::refused) {
      refuse(*to.fresh[i], ErrorCode::receipt_rejected, of.refusal);
    } else {
      const bool stands = of.standing == JobStanding::stands;
      to.append(*to.fresh[i], stands ? ReceiptStatus::accepted : ReceiptStatus::evidence_only,
                edge.frontier);
    }
  }
  co_return co_await write_appended(tx, to, old_size, edge);
}

Task<Status> ReceiptIntake::write_appended(storage::Transaction& tx, Appending& to,
                                           std::uint64_t old_size, LogEdge& edge) {
  if (to.rows.empty()) co_return Status();
  CO_TRY_OK(co_await insert_receipts(tx, to.rows));
  if (!to.nodes.empty()) CO_TRY_OK(co_await insert_log_nodes(tx, to.nodes));
  bool moved = false;
  CO_TRY_OK(co_await move_log_edge(tx, old_size, edge.frontier, moved));
  if (!moved)
    co_return Error(ErrorCode::conflict, "The receipt log grew meanwhile; send it again.");
  co_return Status();
}

Task<Status> ReceiptIntake::claim(storage::Transaction& tx, const Batch& batch) const {
  std::vector<PollRow> rows;
  rows.reserve(batch.size());
  for (IntakeEntry* entry : batch) {
    entry->taken = false;
    entry->refusal.reset();
    rows.push_back({entry->node_id(), entry->request.sequence, 0});
  }
  base::UniqueFunction<void(const PollTaken&)> taken = [&](const PollTaken& row) {
    if (IntakeEntry* const entry = find(batch, row.node_id); entry != nullptr) entry->taken = true;
  };
  CO_TRY_OK(co_await claim_receipts(tx, rows, taken));
  for (IntakeEntry* entry : batch) {
    if (entry->taken) continue;
    LeaseRow lease;
    bool found = false;
    CO_TRY_OK(co_await select_lease(tx, entry->node_id(), protocol::SignatureTag::receipts, lease,
                                    found));
    auto refusal = refusal_of(lease, found, entry->request, std::nullopt);
    entry->facts = refusal.facts;
    entry->refusal = std::move(refusal.error);
  }
  co_return Status();
}

Task<Status> ReceiptIntake::look_up(storage::Transaction& tx, Appending& to) const {
  std::vector<ReceiptKey> keys;
  keys.reserve(to.fit.size());
  for (const IntakeReceipt* one : to.fit)
    keys.push_back({one->claimed_hash, one->receipt.node_id.text(), one->receipt.job_id.text()});
  base::UniqueFunction<void(const KnownReceipt&)> known = [&](const KnownReceipt& row) {
    to.add_known(row);
  };
  CO_TRY_OK(co_await select_known_receipts(tx, keys, known));
  base::UniqueFunction<void(const ValidityPeriod&)> period = [&](const ValidityPeriod& row) {
    to.add_period(row);
  };
  co_return co_await select_validity(tx, to.node_ids, period);
}

}  // namespace b3iq::control

#include "agent/receipts/receipt_submitter.h"

#include <fmt/format.h>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::ReceiptOutcome;

namespace {

Error nowhere_to_go() {
  return Error(ErrorCode::conflict,
               "The node is enrolled at no control plane, or does not serve, so there is nobody to "
               "take its receipts: b3iq-host enroll, b3iq-host serve.");
}

ReceiptSubmission kept_of(const protocol::ReceiptAnswer& answer, std::int64_t seq,
                          const ReceiptDestination& to, std::int64_t now_ms) {
  ReceiptSubmission kept;
  kept.receipt_seq = seq;
  kept.control_plane_id = to.control_plane_id.text();
  kept.receipt_hash = protocol::receipt_hash_text(answer.receipt_hash);
  kept.outcome = protocol::wire_name(answer.outcome);
  kept.submitted_at_ms = now_ms;
  if (answer.outcome == ReceiptOutcome::refused) {
    kept.code = base::error_info(answer.code).wire_name;
    kept.detail = answer.detail;
  } else {
    kept.status = protocol::wire_name(answer.status);
    kept.log_index = answer.log_index;
  }
  return kept;
}

}  // namespace

struct ReceiptSubmitter::Chosen {
  std::vector<std::int64_t> seqs;
  std::vector<protocol::OutgoingReceipt> receipts;
  bool has_more = false;
};

Task<Result<SubmissionReport>> ReceiptSubmitter::submit(SubmissionOrder order, std::string actor) {
  if (busy_) {
    co_return Error(ErrorCode::conflict,
                    "Receipts are being submitted already; wait until that is done.");
  }
  const auto to = needs_.destination();
  if (!to) co_return nowhere_to_go();
  busy_ = true;
  auto report = co_await bring(order, *to, actor);
  busy_ = false;
  co_return report;
}

Task<Result<ReceiptSubmitter::Chosen>> ReceiptSubmitter::choose(const SubmissionOrder& order,
                                                                const ReceiptDestination& to) {
  Chosen chosen;
  for (const auto& hash : order.receipt_hashes) {
    CO_TRY(auto found, co_await needs_.receipts.find(hash, std::nullopt));
    chosen.seqs.push_back(found.seq);
    chosen.receipts.push_back({std::move(found.receipt_hash), std::move(found.json)});
  }
  if (!order.receipt_hashes.empty()) co_return chosen;
  std::vector<StoredReceipt> rows;
  constexpr auto kMost = static_cast<std::int64_t>(protocol::kMaxReceiptsInBatch);
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    rows.clear();
    co_return co_await select_unsubmitted(tx, to.control_plane_id.text(), to.enrolled_at_ms,
                                          kMost + 1, rows);
  };
  CO_TRY_OK(co_await needs_.database.read(std::move(body)));
  chosen.has_more = std::ssize(rows) > kMost;
  if (chosen.has_more) rows.pop_back();
  for (const auto& row : rows) {
    chosen.seqs.push_back(row.seq);
    chosen.receipts.push_back({protocol::receipt_hash_text(row.hash),
                               protocol::sign_encoded_receipt(row.document, needs_.identity)});
  }
  co_return chosen;
}

Task<Result<SubmissionReport>> ReceiptSubmitter::bring(const SubmissionOrder& order,
                                                       const ReceiptDestination& to,
                                                       const std::string& actor) {
  if (order.receipt_hashes.size() > protocol::kMaxReceiptsInBatch) {
    co_return Error(ErrorCode::invalid_request,
                    fmt::format("Name at most {} receipts at once.", protocol::kMaxReceiptsInBatch),
                    "receipt_hashes");
  }
  CO_TRY(const auto chosen, co_await choose(order, to));
  SubmissionReport report;
  report.has_more = chosen.has_more;
  if (chosen.receipts.empty()) co_return report;
  // Before they leave: what was handed over is on record even where no answer comes back.
  needs_.audit.note({actor, "receipts.submitted",
                     fmt::format("{} to {}", chosen.receipts.size(), to.control_plane_id.text())});
  auto sending = needs_.send(protocol::encode_receipt_batch(chosen.receipts));
  CO_TRY(const auto body, co_await std::move(sending));
  CO_TRY(const auto answer, protocol::decode_receipt_batch_answer(body));
  const auto now = needs_.clock.wall_ms();
  for (std::size_t i = 0; i < chosen.receipts.size(); ++i) {
    const bool fits = i < answer.receipts.size() &&
                      protocol::receipt_hash_text(answer.receipts[i].receipt_hash) ==
                          chosen.receipts[i].receipt_hash;
    if (!fits) {
      co_return Error(ErrorCode::control_plane_unreachable,
                      "The control plane's answer is not about the receipts that were sent. Ask "
                      "its operator; nothing was noted here.");
    }
    report.receipts.push_back(kept_of(answer.receipts[i], chosen.seqs[i], to, now));
  }
  auto keep = [&report](storage::Transaction& tx) { return put_submissions(tx, report.receipts); };
  CO_TRY_OK(co_await needs_.database.write(std::move(keep)));
  co_return report;
}

Task<Result<std::vector<ReceiptSubmission>>> ReceiptSubmitter::list(
    std::optional<std::int64_t> before_seq, std::int64_t limit) {
  std::vector<ReceiptSubmission> rows;
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    rows.clear();
    co_return co_await select_submissions(tx, before_seq, limit, rows);
  };
  CO_TRY_OK(co_await needs_.database.read(std::move(body)));
  co_return rows;
}

}  // namespace b3iq::agent

#include "agent/receipts/receipt_submitter.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using protocol::ReceiptOutcome;

constexpr std::int64_t kEnrolledMs = 1'700'000'000'000;

class ReceiptSubmitterTest : public ::testing::Test {
 protected:
  ReceiptSubmitterTest()
      : identity_(protocol::NodeIdentity::generate(base::system_random())),
        control_plane_(protocol::ControlPlaneId::trusted("b3c_" + std::string(32, 'a'))) {
    auto opened = storage::open_sqlite(folder_.file("state.db"));
    EXPECT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    EXPECT_TRUE(database_->migrate(state_migrations()).ok());
    log_ = std::make_unique<ReceiptLog>(*database_, identity_);
    EXPECT_TRUE(log_->load().ok());
    audit_ = std::make_unique<AuditLog>(*database_, clock_);
    submitter_ = std::make_unique<ReceiptSubmitter>(
        ReceiptSubmitter::Needs{*database_, *log_, *audit_, clock_, identity_,
                                [this]() -> std::optional<ReceiptDestination> {
                                  if (!enrolled_) return std::nullopt;
                                  return ReceiptDestination{control_plane_, kEnrolledMs};
                                },
                                [this](std::string body) { return take(std::move(body)); }});
  }

  // The control plane's part: refuses what is in `refused_`, knows what it has seen.
  Task<Result<std::string>> take(std::string body) {
    if (unreachable_) co_return Error(ErrorCode::control_plane_unreachable, "gone");
    const auto batch = protocol::decode_receipt_batch(body);
    EXPECT_TRUE(batch.ok());
    sent_.push_back(std::move(body));
    protocol::ReceiptBatchAnswer answer;
    for (const auto& one : *batch) {
      EXPECT_TRUE(protocol::verify_receipt(*one.receipt, identity_.public_key()).ok());
      const auto hash = protocol::receipt_hash_text(one.claimed_hash);
      protocol::ReceiptAnswer of;
      of.receipt_hash = one.claimed_hash;
      if (refused_.contains(hash)) {
        of.detail = "not that one";
      } else {
        of.outcome =
            seen_.contains(hash) ? ReceiptOutcome::already_there : ReceiptOutcome::accepted;
        of.log_index =
            static_cast<std::int64_t>(seen_.try_emplace(hash, seen_.size()).first->second);
      }
      answer.receipts.push_back(std::move(of));
    }
    if (answers_short_) answer.receipts.pop_back();
    co_return protocol::encode_receipt_batch_answer(answer);
  }

  std::string add_receipt(std::int64_t at_ms) {
    CompletedCall call;
    call.account = "key_a";
    call.completed_at_ms = at_ms;
    auto& receipt = call.receipt;
    receipt.node_id = identity_.node_id();
    receipt.job_id = protocol::JobId::make(at_ms, base::system_random());
    receipt.model_id = receipt.model_profile_id = "m";
    receipt.runtime_kind = "embedded";
    receipt.started_at_ms = receipt.completed_at_ms = at_ms;
    auto hash = run_task(loop_, log_->append(std::move(call)));
    EXPECT_TRUE(hash.ok());
    return *hash;
  }
  Result<SubmissionReport> submit(std::vector<std::string> hashes = {}) {
    return run_task(loop_, submitter_->submit({std::move(hashes)}, "operator"));
  }
  std::vector<ReceiptSubmission> kept() {
    return *run_task(loop_, submitter_->list(std::nullopt, 1'000));
  }

  storage::TemporaryFolder folder_{storage::TemporaryFolder::Where::memory};
  base::FakeClock clock_{kEnrolledMs + 1};
  http::EventLoop loop_;
  protocol::NodeIdentity identity_;
  protocol::ControlPlaneId control_plane_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<ReceiptLog> log_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<ReceiptSubmitter> submitter_;
  bool enrolled_ = true;
  bool unreachable_ = false;
  bool answers_short_ = false;
  std::set<std::string> refused_;
  std::map<std::string, std::size_t> seen_;
  std::vector<std::string> sent_;
};

TEST_F(ReceiptSubmitterTest, AllSinceTheEnrollmentGoOnceAndWhatBecameOfThemIsKept) {
  add_receipt(kEnrolledMs - 1);
  const auto first = add_receipt(kEnrolledMs);
  const auto second = add_receipt(kEnrolledMs + 5);
  refused_.insert(second);
  const auto report = submit();
  ASSERT_TRUE(report.ok()) << report.error().detail;
  ASSERT_EQ(report->receipts.size(), 2u);
  EXPECT_FALSE(report->has_more);
  EXPECT_EQ(report->receipts[0].outcome, "accepted");
  EXPECT_EQ(report->receipts[0].status, "evidence_only");
  EXPECT_EQ(report->receipts[1].code, "receipt_rejected");
  EXPECT_EQ(report->receipts[1].detail, "not that one");
  // Not again by itself, a refused one neither; by its name it is.
  const auto again = submit();
  EXPECT_TRUE(again.ok() && again->receipts.empty());
  EXPECT_EQ(sent_.size(), 1u);
  refused_.clear();
  const auto named = submit({second, first});
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->receipts[0].outcome, "accepted");
  EXPECT_EQ(named->receipts[1].outcome, "already_there");
  const auto rows = kept();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].receipt_hash, second);
  EXPECT_EQ(rows[0].outcome, "accepted");
  EXPECT_EQ(rows[0].code, "");
}

TEST_F(ReceiptSubmitterTest, ManyGoInBatches) {
  for (std::size_t i = 0; i < protocol::kMaxReceiptsInBatch + 3; ++i) add_receipt(kEnrolledMs + 1);
  const auto first = submit();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->receipts.size(), protocol::kMaxReceiptsInBatch);
  EXPECT_TRUE(first->has_more);
  const auto rest = submit();
  EXPECT_EQ(rest->receipts.size(), 3u);
  EXPECT_FALSE(rest->has_more);
}

TEST_F(ReceiptSubmitterTest, WhatGotNoAnswerIsSentAgain) {
  const auto hash = add_receipt(kEnrolledMs + 1);
  unreachable_ = true;
  EXPECT_EQ(submit().error().code, ErrorCode::control_plane_unreachable);
  EXPECT_TRUE(kept().empty());
  unreachable_ = false;
  answers_short_ = true;
  EXPECT_EQ(submit().error().code, ErrorCode::control_plane_unreachable);
  EXPECT_TRUE(kept().empty());
  answers_short_ = false;
  const auto report = submit();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->receipts.at(0).outcome, "already_there");
  EXPECT_EQ(kept().at(0).receipt_hash, hash);
}

TEST_F(ReceiptSubmitterTest, WithoutAControlPlaneNothingLeaves) {
  const auto hash = add_receipt(kEnrolledMs + 1);
  enrolled_ = false;
  EXPECT_EQ(submit().error().code, ErrorCode::conflict);
  EXPECT_EQ(submit({hash}).error().code, ErrorCode::conflict);
  enrolled_ = true;
  EXPECT_EQ(submit({"0x12"}).error().code, ErrorCode::invalid_request);
  EXPECT_EQ(submit({"0x" + std::string(64, '0')}).error().code, ErrorCode::not_found);
  EXPECT_EQ(submit(std::vector<std::string>(protocol::kMaxReceiptsInBatch + 1, hash)).error().code,
            ErrorCode::invalid_request);
  EXPECT_TRUE(sent_.empty());
}

}  // namespace
}  // namespace b3iq::agent

// The real program, killed with SIGKILL while receipts come, again and again: what it had
// acknowledged is in the log and provable, and no checkpoint that it gave out is ever taken back.
#include <optional>
#include <set>

#include "base/join.h"
#include "control/receipts/testing/log_auditor.h"
#include "control/receipts/testing/node_receipts.h"
#include "control/testing/live_control_fixture.h"
#include "protocol/transparency/log_proof.h"

namespace b3iq::control {
namespace {

using base::Task;

constexpr int kRounds = 5;
constexpr int kNodes = 4;
constexpr std::size_t kReceiptsInRequest = 9;
constexpr std::size_t kAnswersBeforeTheKill = 60;

class ReceiptLogKillTest : public LiveControlTest {
 protected:
  TestAnswer get(const std::string& path) {
    const TestRequest request{http::Method::get, path, "", "", {}};
    return http::run_task(loop_, call(request));
  }

  Task<void> bring_until_the_end(TestNode& node) {
    for (;;) {
      std::vector<protocol::OutgoingReceipt> batch;
      for (std::size_t i = 0; i < kReceiptsInRequest; ++i)
        batch.push_back(signed_by(node, example_receipt(node, base::system_clock().wall_ms())));
      const auto request = receipts_request(node, audience_, batch);
      const auto answer = co_await call(request);
      if (answer.status != 200) co_return;
      for (auto& one : batch) acknowledged_.push_back(std::move(one));
      if (++answers_ == kAnswersBeforeTheKill) process_->kill_nine();
    }
  }
  // What is given out while others bring, and must hold for ever.
  Task<void> take_checkpoints_until_the_end() {
    const TestRequest request{http::Method::get, "/v1/log/checkpoint", "", "", {}};
    for (;;) {
      const auto answer = co_await call(request);
      if (answer.status != 200) co_return;
      promised_.insert(answer.body);
    }
  }
  Task<bool> work_until_killed() {
    std::vector<Task<void>> tasks;
    for (auto& node : nodes_) tasks.push_back(bring_until_the_end(*node));
    tasks.push_back(take_checkpoints_until_the_end());
    co_await base::join_all(std::move(tasks));
    co_return true;
  }

  void check_all() {
    const auto statement = get("/v1/log");
    const auto log = protocol::read_receipt_log_statement(statement.body, audience_);
    ASSERT_TRUE(log.ok()) << statement.body;
    if (!auditor_) {
      auditor_.emplace(*log, [this](const std::string& path) {
        const auto answer = get("/v1/log/" + path);
        return answer.status == 200 ? std::optional(answer.body) : std::nullopt;
      });
    }
    EXPECT_EQ(auditor_->audit(), "");
    for (const auto& one : acknowledged_)
      EXPECT_TRUE(auditor_->has(*protocol::parse_receipt_hash(one.receipt_hash)));
    // The proof of the last that was acknowledged, checked as a customer would.
    const auto& last = acknowledged_.back();
    const auto proof = get("/v1/receipts/" + last.receipt_hash + "/proof");
    const auto verified =
        protocol::verify_logged_receipt(last.signed_receipt, proof.body, *log, nullptr);
    ASSERT_TRUE(verified.ok()) << verified.error().detail << proof.body;
    // Each promise is a beginning of the tree that is there now.
    for (const auto& note : promised_) {
      const auto promised = protocol::open_checkpoint(note, *log);
      ASSERT_TRUE(promised.ok()) << note;
      EXPECT_LE(promised->head.size, auditor_->head().size);
      EXPECT_TRUE(auditor_->began_with(promised->head)) << note;
    }
  }

  std::vector<std::unique_ptr<TestNode>> nodes_;
  std::vector<protocol::OutgoingReceipt> acknowledged_;
  std::set<std::string> promised_;
  std::optional<LogAuditor> auditor_;
};

TEST_P(ReceiptLogKillTest, G10_119_AcknowledgedReceiptsAreInTheLogAfterAKill) {
  ASSERT_NO_FATAL_FAILURE(start());
  for (int i = 0; i < kNodes; ++i) {
    nodes_.push_back(std::make_unique<TestNode>(base::system_clock()));
    ASSERT_TRUE(http::run_task(loop_, enroll(*nodes_.back())));
  }
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(http::run_task(loop_, work_until_killed()));
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_NO_FATAL_FAILURE(check_all());
  }
  EXPECT_GE(acknowledged_.size(), kRounds * kAnswersBeforeTheKill * kReceiptsInRequest);
  EXPECT_GT(promised_.size(), 0u);
  process_->kill_nine();
}

B3_ON_EVERY_DATABASE(ReceiptLogKillTest);

}  // namespace
}  // namespace b3iq::control

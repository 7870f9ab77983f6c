// A customer's cancel of a job that its node is at: what was made is paid, whatever was streamed of
// it before, on every database.
#include "control/testing/private_job_fixture.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using http::Method;
using protocol::CommandFailure;
using protocol::CommandPhase;
using protocol::LeaseState;

class PrivateJobStopTest : public PrivateJobFixture {
 protected:
  EdgeAnswer cancel(const std::string& job) {
    return as(ada(), Method::post, "/v1/private-inference/jobs/" + job + "/cancel");
  }
  // The node has it, and its customer has cancelled it.
  protocol::LeasedCommand stopping(const std::string& job) {
    queue_ok(job);
    auto leased = take_one(node());
    EXPECT_EQ(cancel(job).status, 200);
    return leased;
  }
  // All that time does, in the order in which it comes to it.
  void let_time_work() {
    sweep();
    ASSERT_TRUE(run(app().job_upkeep().tidy()).ok());
  }
  int bring_stopped(const protocol::LeasedCommand& leased) {
    auto receipt = receipt_for(leased, node());
    receipt.finish = protocol::ReceiptFinish::cancelled;
    return bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status;
  }
  LeaseState told(const protocol::LeasedCommand& leased) {
    const auto answer =
        poll(node(), {{leased.command_id, leased.lease_token, CommandPhase::running, 1, 0}}, 0);
    return answer.leases.empty() ? LeaseState::held : answer.leases.front().state;
  }
};

// CASES G7, 87: nobody reads a stream to its end and cancels for nothing.
TEST_P(PrivateJobStopTest, G7_87_WhatWasMadeUntilThenIsPaid) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  for (int i = 0; i < 2; ++i) {
    const auto answer = cancel("a");
    EXPECT_EQ(answer.member("status"), "claimed");
    EXPECT_NE(answer.body.find(R"("stopping":true)"), std::string::npos) << answer.body;
  }
  EXPECT_NE(get("/v1/private-inference/jobs/a").body.find(R"("stopping":true)"), std::string::npos);
  EXPECT_EQ(money(), "10000 100") << "nothing is released yet";
  EXPECT_EQ(told(leased), LeaseState::cancelled);
  auto receipt = receipt_for(leased, node());
  receipt.finish = protocol::ReceiptFinish::cancelled;
  EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
  EXPECT_EQ(state("a"), "cancelled settled");
  EXPECT_EQ(money(), "9993 0");
  EXPECT_EQ(get("/v1/private-inference/jobs/a").body.find("stopping"), std::string::npos);
  EXPECT_EQ(cancel("a").member("status"), "cancelled") << "once more changes nothing";
  expect_ledger_holds();
}

TEST_P(PrivateJobStopTest, G7_87_AnAnswerThatWasWholeBeforeTheNodeHeardIsPaid) {
  const auto leased = stopping("a");
  const auto receipt = receipt_for(leased, node());
  EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
  EXPECT_EQ(state("a"), "completed settled");
  EXPECT_EQ(cancel("a").code(), "conflict");
}

TEST_P(PrivateJobStopTest, WhereNothingWasMadeNothingIsPaid) {
  const auto leased = stopping("a");
  EXPECT_EQ(bring(leased, node(), CommandFailure{ErrorCode::cancelled, "Stopped."}).status, 200);
  EXPECT_EQ(state("a"), "cancelled released");
  EXPECT_EQ(money(), "10000 0");
}

TEST_P(PrivateJobStopTest, ANodeThatSaysNothingMoreHasItsTimeAndIsNotGivenItAgain) {
  const auto leased = stopping("a");
  // Also where the lease never arrived.
  clock_.advance_ms(kAnswerOnItsWayMs + 1);
  EXPECT_TRUE(poll(node()).commands.empty());
  EXPECT_EQ(state("a"), "claimed reserved");
  // Its word does not make it longer.
  pass_ms(kStopWindowMs / 2);
  EXPECT_EQ(told(leased), LeaseState::cancelled);
  pass_ms(kStopWindowMs / 2);
  sweep();
  EXPECT_EQ(state("a"), "cancelled released");
  EXPECT_TRUE(poll(node()).commands.empty());
  const auto receipt = receipt_for(leased, node());
  EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).code(),
            ErrorCode::conflict);
  EXPECT_EQ(money(), "10000 0");
  expect_ledger_holds();
}

TEST_P(PrivateJobStopTest, ItsTimeOutlivesTheJobs) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  pass_ms(kPrivateJobLifeMs - 10'000);
  const auto leased = take_one(node());
  EXPECT_EQ(cancel("a").status, 200);
  pass_ms(20'000);
  let_time_work();
  EXPECT_EQ(state("a"), "claimed reserved");
  // Later than any other job stands: beyond its hour by nearly the window.
  pass_ms(kStopWindowMs - 25'000);
  let_time_work();
  EXPECT_EQ(state("a"), "claimed reserved");
  EXPECT_EQ(bring_stopped(leased), 200);
  EXPECT_EQ(state("a"), "cancelled settled");
}

TEST_P(PrivateJobStopTest, AJobWhoseHourIsOverPaysForWhatWasMade) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  ASSERT_NO_FATAL_FAILURE(queue_ok("b"));
  pass_ms(kPrivateJobLifeMs - 1'000);
  const auto leased = take_one(node());
  const auto silent = take_one(node());
  pass_ms(2'000);
  EXPECT_EQ(told(leased), LeaseState::lost) << "it is not renewed any more";
  // As late as its last lease lets it.
  pass_ms(protocol::kDefaultLeaseMs - 5'000);
  let_time_work();
  EXPECT_EQ(state("a"), "claimed reserved");
  EXPECT_EQ(bring_stopped(leased), 200);
  EXPECT_EQ(state("a"), "cancelled settled");
  pass_ms(5'000);
  let_time_work();
  EXPECT_EQ(state("b"), "expired released");
  expect_ledger_holds();
}

TEST_P(PrivateJobStopTest, AStopInAJobsLastMomentHasItsWholeTime) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  ASSERT_NO_FATAL_FAILURE(queue_ok("b"));
  pass_ms(kPrivateJobLifeMs - 1'000);
  const auto leased = take_one(node());
  take_one(node());
  pass_ms(protocol::kDefaultLeaseMs - 1'000);
  EXPECT_EQ(cancel("a").status, 200);
  EXPECT_EQ(cancel("b").status, 200);
  pass_ms(kStopWindowMs - 5'000);
  let_time_work();
  EXPECT_EQ(state("a"), "claimed reserved");
  EXPECT_EQ(bring_stopped(leased), 200);
  EXPECT_EQ(state("a"), "cancelled settled");
  pass_ms(6'000);
  let_time_work();
  EXPECT_EQ(state("b"), "cancelled released");
  expect_ledger_holds();
}

// CASES G7: nor does anybody wait for a lapse, and cancel then.
TEST_P(PrivateJobStopTest, G7_AJobWhoseLeaseLapsedHasItsTimeToo) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  pass_ms(protocol::kDefaultLeaseMs + 1);
  sweep();
  ASSERT_EQ(state("a"), "queued reserved");
  EXPECT_EQ(bring(leased, node(), CommandFailure{ErrorCode::cancelled, "Stopped."}).code(),
            ErrorCode::lease_lost)
      << "until it is stopped, its old lease holds nothing";
  for (int i = 0; i < 2; ++i) {
    const auto answer = cancel("a");
    EXPECT_EQ(answer.member("status"), "claimed");
    EXPECT_NE(answer.body.find(R"("stopping":true)"), std::string::npos) << answer.body;
  }
  EXPECT_EQ(money(), "10000 100") << "nothing is released yet";
  EXPECT_TRUE(poll(node()).commands.empty()) << "it is not handed out again";
  EXPECT_EQ(told(leased), LeaseState::cancelled);
  EXPECT_EQ(bring_stopped(leased), 200);
  EXPECT_EQ(state("a"), "cancelled settled");
  EXPECT_EQ(money(), "9993 0");
  expect_ledger_holds();
}

TEST_P(PrivateJobStopTest, AJobWhoseLeaseLapsedAndWhoseNodeIsGoneIsReleased) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  take_one(node());
  pass_ms(protocol::kDefaultLeaseMs + 1);
  sweep();
  EXPECT_EQ(cancel("a").member("status"), "claimed");
  pass_ms(kStopWindowMs + 1);
  let_time_work();
  EXPECT_EQ(state("a"), "cancelled released");
  EXPECT_EQ(money(), "10000 0");
}

TEST_P(PrivateJobStopTest, AJobWhoseLeaseNeverArrivedIsCancelledAtOnce) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  take_one(node());
  clock_.advance_ms(kAnswerOnItsWayMs + 1);
  // It asks for other commands alone: this one waits again.
  protocol::PollRequest asked;
  asked.boot_epoch = node().boot_epoch;
  asked.max = 1;
  asked.kinds = {protocol::CommandKind::benchmark_smoke};
  ASSERT_EQ(
      send(node().sign(protocol::SignatureTag::poll, Method::post, protocol::poll_path(node().id()),
                       protocol::encode_poll(asked), audience()))
          .status,
      200);
  ASSERT_EQ(state("a"), "queued reserved");
  EXPECT_EQ(cancel("a").member("status"), "cancelled");
  EXPECT_EQ(state("a"), "cancelled released");
}

TEST_P(PrivateJobStopTest, TheRecoveryWaitsForTheNodesLastWordToo) {
  const auto recover = [this] {
    const auto done =
        admin(Method::post, "/v1/admin/private-jobs/recovery", R"({"mode":"release"})");
    EXPECT_EQ(done.status, 200) << done.body;
  };
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  pass_ms(kPrivateJobLifeMs - 1'000);
  const auto leased = take_one(node());
  pass_ms(protocol::kDefaultLeaseMs - 1'000);
  recover();
  EXPECT_EQ(state("a"), "claimed reserved") << "its last lease is not over";
  EXPECT_EQ(cancel("a").status, 200);
  pass_ms(kStopWindowMs - 1'000);
  recover();
  EXPECT_EQ(state("a"), "claimed reserved") << "nor is the time in which it stops";
  auto receipt = receipt_for(leased, node());
  receipt.finish = protocol::ReceiptFinish::cancelled;
  EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
  EXPECT_EQ(state("a"), "cancelled settled");
  expect_ledger_holds();
}

TEST_P(PrivateJobStopTest, AReceiptThatIsRefusedLeavesTheAnswerWaiting) {
  const auto leased = stopping("a");
  auto receipt = receipt_for(leased, node());
  receipt.finish = protocol::ReceiptFinish::cancelled;
  receipt.policy_version = "prices-7";
  EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
  EXPECT_EQ(state("a"), "awaiting_receipt reserved");
  receipt.policy_version = arguments_of(leased).policy_version;
  EXPECT_EQ(submit(node(), receipt).outcome, protocol::ReceiptOutcome::accepted);
  EXPECT_EQ(state("a"), "cancelled settled");
}

TEST_P(PrivateJobStopTest, AStopOutlivesARestart) {
  const auto leased = stopping("a");
  restart();
  EXPECT_EQ(told(leased), LeaseState::cancelled);
  auto receipt = receipt_for(leased, node());
  receipt.finish = protocol::ReceiptFinish::cancelled;
  EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
  EXPECT_EQ(state("a"), "cancelled settled");
}

B3_ON_EVERY_DATABASE(PrivateJobStopTest);

}  // namespace
}  // namespace b3iq::control

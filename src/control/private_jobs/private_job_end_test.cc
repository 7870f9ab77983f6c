// Every way in which a private job can end, and what that does to the money, on every database.
#include <functional>

#include "control/private_jobs/private_job_store.h"
#include "control/testing/private_job_fixture.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using http::Method;
using protocol::CommandFailure;

class PrivateJobEndTest : public PrivateJobFixture {
 protected:
  EdgeAnswer cancel(const std::string& job) {
    return as(ada(), Method::post, "/v1/private-inference/jobs/" + job + "/cancel");
  }
};

TEST_P(PrivateJobEndTest, TheJobFollowsItsCommand) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  EXPECT_EQ(state("a"), "queued reserved");
  const auto leased = take_one(node());
  EXPECT_EQ(state("a"), "claimed reserved");
  poll(node(), {{leased.command_id, leased.lease_token, protocol::CommandPhase::preparing, 0, 0}},
       0);
  EXPECT_EQ(state("a"), "claimed reserved");
  for (int i = 0; i < 2; ++i) {
    poll(node(), {{leased.command_id, leased.lease_token, protocol::CommandPhase::running, i, 9}},
         0);
    EXPECT_EQ(state("a"), "running reserved");
  }
  pass_ms(protocol::kDefaultLeaseMs + 1);
  sweep();
  EXPECT_EQ(state("a"), "queued reserved");
  do_one(node());
  EXPECT_EQ(state("a"), "completed settled");
}

TEST_P(PrivateJobEndTest, AnAnswerThatWasLostOnItsWayIsHandedOutAgain) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  take_one(node());
  clock_.advance_ms(kAnswerOnItsWayMs + 1);
  const auto again = take_one(node());
  EXPECT_EQ(again.attempt, 2);
  EXPECT_EQ(state("a"), "claimed reserved");
}

TEST_P(PrivateJobEndTest, G7_84_TheFirstEndStandsAndLaterOnesSayThatTheyChangeNothing) {
  // The result first.
  ASSERT_NO_FATAL_FAILURE(queue_ok("done"));
  const auto leased = take_one(node());
  const auto body = result_body(leased, node(),
                                answer_to(leased, signed_by(node(), receipt_for(leased, node()))));
  EXPECT_EQ(send(result_request(leased, node(), body)).status, 200);
  EXPECT_EQ(money(), "9993 0");
  EXPECT_EQ(send(result_request(leased, node(), body)).status, 200) << "a repeat";
  EXPECT_EQ(bring(leased, node(), CommandFailure{ErrorCode::internal, "no"}).code(),
            ErrorCode::conflict);
  EXPECT_EQ(cancel("done").code(), "conflict");
  EXPECT_EQ(state("done"), "completed settled");
  EXPECT_EQ(money(), "9993 0");
  // The cancel first, of one that nobody has taken.
  ASSERT_NO_FATAL_FAILURE(queue_ok("gone"));
  EXPECT_EQ(cancel("gone").member("status"), "cancelled");
  EXPECT_EQ(cancel("gone").member("status"), "cancelled");
  EXPECT_TRUE(poll(node()).commands.empty());
  EXPECT_EQ(state("gone"), "cancelled released");
  EXPECT_EQ(money(), "9993 0");
  // An operator's, of one that its node is at: its result changes nothing.
  ASSERT_NO_FATAL_FAILURE(queue_ok("ended"));
  const auto other = take_one(node());
  const auto command = "/v1/admin/commands/" + other.command_id.text();
  EXPECT_EQ(admin(Method::post, command + "/cancel", "{}").status, 200);
  const auto receipt = receipt_for(other, node());
  EXPECT_EQ(bring(other, node(), answer_to(other, signed_by(node(), receipt))).code(),
            ErrorCode::conflict);
  EXPECT_EQ(state("ended"), "cancelled released");
  EXPECT_EQ(money(), "9993 0");
  // The node is told to stop.
  const auto told = poll(
      node(), {{other.command_id, other.lease_token, protocol::CommandPhase::running, 0, 0}}, 0);
  ASSERT_EQ(told.leases.size(), 1U);
  EXPECT_EQ(told.leases[0].state, protocol::LeaseState::cancelled);
  expect_ledger_holds();
}

TEST_P(PrivateJobEndTest, G7_84_AResultAndACancelAtOnceEndTheJobOnce) {
  for (int round = 0; round < 6; ++round) {
    const auto name = "race" + std::to_string(round);
    ASSERT_NO_FATAL_FAILURE(queue_ok(name));
    const auto leased = take_one(node());
    const auto result = result_request(
        leased, node(),
        result_body(leased, node(),
                    answer_to(leased, signed_by(node(), receipt_for(leased, node())))));
    TestRequest stop{Method::post, "/v1/private-inference/jobs/" + name + "/cancel", "", "", {}};
    stop.headers = {{"X-B3IQ-Customer-ID", ada().id}, {"X-B3IQ-Customer-Token", ada().token}};
    const auto answers =
        round % 2 == 0 ? send_all({result, stop, result}) : send_all({stop, result, stop});
    const auto ended = state(name);
    EXPECT_EQ(ended, "completed settled") << "who has the answer pays for it";
    for (const auto& answer : answers) EXPECT_TRUE(answer.status == 200 || answer.status == 409);
  }
  EXPECT_EQ(money().substr(money().find(' ')), " 0");
  expect_ledger_holds();
}

TEST_P(PrivateJobEndTest, G7_85_88_AReceiptAboveWhatIsReservedIsCappedAndFlagged) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("dear"));
  const auto leased = take_one(node());
  auto receipt = receipt_for(leased, node());
  receipt.usage = {90'000'000, 90'000'000};
  EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
  EXPECT_EQ(money(), "9900 0");
  std::optional<PrivateJob> job;
  ASSERT_TRUE(app()
                  .database()
                  .read_blocking([&](storage::Transaction& tx) {
                    return select_job(tx, receipt.job_id.text(), job);
                  })
                  .ok());
  EXPECT_TRUE(job->price_capped);
  expect_ledger_holds();
}

TEST_P(PrivateJobEndTest, WhatMadeNothingCostsNothing) {
  // Opened, but refused before anything was made: the sealed answer says why.
  ASSERT_NO_FATAL_FAILURE(queue_ok("refused"));
  auto leased = take_one(node());
  EXPECT_EQ(bring(leased, node(), answer_to(leased, std::nullopt)).status, 200);
  EXPECT_EQ(state("refused"), "failed released");
  EXPECT_NE(get("/v1/private-inference/jobs/refused").body.find("encrypted_response"),
            std::string::npos);
  // It could not be opened.
  ASSERT_NO_FATAL_FAILURE(queue_ok("sealed"));
  leased = take_one(node());
  EXPECT_EQ(bring(leased, node(),
                  CommandFailure{ErrorCode::invalid_encrypted_request, "It cannot be opened."})
                .status,
            200);
  EXPECT_EQ(state("sealed"), "failed released");
  EXPECT_NE(get("/v1/private-inference/jobs?status=failed").body.find("invalid_encrypted_request"),
            std::string::npos);
  // The answer is for another request.
  ASSERT_NO_FATAL_FAILURE(queue_ok("swapped"));
  leased = take_one(node());
  auto outcome = answer_to(leased, signed_by(node(), receipt_for(leased, node())));
  std::get<protocol::PrivateInferenceOutcome>(std::get<protocol::CommandOutcome>(outcome))
      .envelope.client_public_key = envelope_for(node()).client_public_key;
  EXPECT_EQ(bring(leased, node(), std::move(outcome)).status, 200);
  EXPECT_EQ(state("swapped"), "failed released");
  EXPECT_EQ(money(), "10000 0");
  expect_ledger_holds();
}

TEST_P(PrivateJobEndTest, WhatBrokeOffIsPaidForWhatWasMade) {
  const std::pair<protocol::ReceiptFinish, std::string> cases[] = {
      {protocol::ReceiptFinish::cancelled, "cancelled settled"},
      {protocol::ReceiptFinish::error, "failed settled"},
      {protocol::ReceiptFinish::length, "completed settled"}};
  for (const auto& [finish, ends_as] : cases) {
    ASSERT_NO_FATAL_FAILURE(queue_ok(ends_as.substr(0, ends_as.find(' '))));
    const auto leased = take_one(node());
    auto receipt = receipt_for(leased, node());
    receipt.finish = finish;
    EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
    EXPECT_EQ(state(ends_as.substr(0, ends_as.find(' '))), ends_as);
  }
  EXPECT_EQ(money(), "9979 0");
}

TEST_P(PrivateJobEndTest, G7_89_ANodeThatNeverReportsIsNotPaid) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("lost"));
  for (std::int64_t attempt = 1; attempt <= kDefaultCommandAttempts; ++attempt) {
    EXPECT_EQ(take_one(node()).attempt, attempt);
    pass_ms(protocol::kDefaultLeaseMs + 1);
    sweep();
  }
  EXPECT_EQ(state("lost"), "failed released");
  ASSERT_NO_FATAL_FAILURE(queue_ok("old"));
  pass_ms(kPrivateJobLifeMs + 1);
  sweep();
  EXPECT_EQ(state("old"), "expired released");
  EXPECT_EQ(money(), "10000 0");
  expect_ledger_holds();
}

TEST_P(PrivateJobEndTest, G7_89_ALateReceiptAndOneOfAnothersJobAreRefused) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  const auto receipt = receipt_for(leased, node());
  // Before its result it does not count, whoever brings it.
  EXPECT_EQ(submit(node(), receipt).outcome, protocol::ReceiptOutcome::refused);
  auto thief = living_node();
  auto stolen = receipt;
  stolen.node_id = thief.id();
  EXPECT_EQ(submit(thief, stolen).outcome, protocol::ReceiptOutcome::refused);
  EXPECT_EQ(bring(leased, thief, answer_to(leased, signed_by(thief, stolen))).status, 404);
  EXPECT_EQ(state("a"), "claimed reserved");
  EXPECT_EQ(cancel("a").status, 200);
  pass_ms(kStopWindowMs + 1);
  sweep();
  EXPECT_EQ(state("a"), "cancelled released");
  const auto late = submit(node(), receipt);
  EXPECT_EQ(late.outcome, protocol::ReceiptOutcome::refused);
  EXPECT_NE(late.detail.find("released"), std::string::npos) << late.detail;
  EXPECT_EQ(money(), "10000 0");
  // One that no job stands behind is evidence, as ever.
  auto local = receipt;
  local.job_id = protocol::JobId::make(clock_.wall_ms(), base::system_random());
  EXPECT_EQ(submit(node(), local).status, protocol::ReceiptStatus::evidence_only);
}

TEST_P(PrivateJobEndTest, G7_89_AnAnswerWhoseReceiptIsRefusedWaitsForABetterOne) {
  const auto with_bad_receipt = [&](const std::string& name) {
    queue_ok(name);
    const auto leased = take_one(node());
    auto wrong = receipt_for(leased, node());
    wrong.policy_version = "prices-7";
    EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), wrong))).status, 200);
    EXPECT_EQ(state(name), "awaiting_receipt reserved");
    return leased;
  };
  const auto leased = with_bad_receipt("mended");
  EXPECT_NE(get("/v1/private-inference/jobs/mended").body.find("encrypted_response"),
            std::string::npos);
  EXPECT_EQ(cancel("mended").code(), "conflict");
  const auto right = receipt_for(leased, node());
  const auto taken = submit(node(), right);
  EXPECT_EQ(taken.outcome, protocol::ReceiptOutcome::accepted) << taken.detail;
  EXPECT_EQ(taken.status, protocol::ReceiptStatus::accepted);
  EXPECT_EQ(state("mended"), "completed settled");
  EXPECT_EQ(member_of("mended", "receipt_hash"), hash_of(right));
  auto second = right;
  second.usage.completion_tokens += 1;
  EXPECT_EQ(submit(node(), second).outcome, protocol::ReceiptOutcome::refused);
  const auto never = with_bad_receipt("unmended");
  pass_ms(kReceiptWindowMs + 1);
  ASSERT_TRUE(run(app().job_upkeep().tidy()).ok());
  EXPECT_EQ(state("unmended"), "failed released");
  EXPECT_EQ(submit(node(), receipt_for(never, node())).outcome, protocol::ReceiptOutcome::refused);
  EXPECT_EQ(money(), "9993 0");
  expect_ledger_holds();
}

TEST_P(PrivateJobEndTest, ReceiptsThatDoNotFitTheJobDoNotCount) {
  const std::vector<std::function<void(protocol::Receipt&)>> faults = {
      [](auto& r) { r.dispatch_mode = protocol::DispatchMode::local; },
      [](auto& r) { r.privacy_class = protocol::PrivacyClass::none; },
      [](auto& r) { r.policy_version.reset(); },
      [](auto& r) { r.job_id = protocol::JobId::make(1, base::system_random()); },
      [](auto& r) { r.usage.prompt_tokens = protocol::kMaxReceiptTokens / 2; },
      [](auto& r) { r.started_at_ms -= 3'600'000; },
      [](auto& r) { r.completed_at_ms += 3'600'000; },
      [](auto& r) { r.model_id = "another"; },
      [](auto& r) { r.model_profile_id = "/home/me/model"; }};
  int number = 0;
  for (const auto& spoil : faults) {
    const auto name = "fault" + std::to_string(++number);
    ASSERT_NO_FATAL_FAILURE(queue_ok(name));
    const auto leased = take_one(node());
    auto receipt = receipt_for(leased, node());
    spoil(receipt);
    EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
    EXPECT_EQ(state(name), "awaiting_receipt reserved") << number;
  }
  ASSERT_NO_FATAL_FAILURE(queue_ok("forged"));
  const auto leased = take_one(node());
  const TestNode other(clock_);
  EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(other, receipt_for(leased, node()))))
                .status,
            200);
  EXPECT_EQ(state("forged"), "awaiting_receipt reserved");
  EXPECT_EQ(money(), "10000 1000");
}

TEST_P(PrivateJobEndTest, WhenItsNodeLeavesAJobIsCancelled) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("waiting"));
  ASSERT_NO_FATAL_FAILURE(queue_ok("taken"));
  poll(node(), {}, 1);
  ASSERT_TRUE(run(app().nodes().remove(node().id(), "", "operator")).ok());
  EXPECT_EQ(state("waiting"), "cancelled released");
  EXPECT_EQ(state("taken"), "cancelled released");
  EXPECT_EQ(money(), "10000 0");
}

TEST_P(PrivateJobEndTest, AnOperatorCanCancelButNotRepeatAJobAndSeesNoEnvelope) {
  const auto queued = queue(fresh_body("a"));
  const auto command = "/v1/admin/commands/" + queued.member("command_id");
  for (const auto& shown :
       {admin(Method::get, command), admin(Method::get, "/v1/admin/commands")}) {
    EXPECT_EQ(shown.status, 200);
    EXPECT_EQ(shown.body.find("ciphertext"), std::string::npos) << shown.body;
  }
  EXPECT_EQ(admin(Method::post, command + "/cancel", "{}").status, 200);
  EXPECT_EQ(state("a"), "cancelled released");
  EXPECT_EQ(admin(Method::post, command + "/retry", "{}").code(), "conflict");
  EXPECT_EQ(money(), "10000 0");
}

TEST_P(PrivateJobEndTest, G7_95_ARefundShowsInTheJob) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto receipt = do_one(node());
  const auto refunded = admin(Method::post, "/v1/admin/customers/" + ada().id + "/refunds",
                              fmt::format(R"({{"private_job_id":"{}"}})", receipt.job_id.text()));
  ASSERT_EQ(refunded.status, 200) << refunded.body;
  EXPECT_EQ(state("a"), "completed refunded");
  EXPECT_EQ(money(), "10000 0");
  expect_ledger_holds();
}

TEST_P(PrivateJobEndTest, G12_134_NothingThatANodeWroteInClearIsKept) {
  const std::string marker = "MARKER-of-a-prompt";
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  auto leased = take_one(node());
  EXPECT_EQ(bring(leased, node(), CommandFailure{ErrorCode::internal, marker}).status, 200);
  ASSERT_NO_FATAL_FAILURE(queue_ok("b"));
  leased = take_one(node());
  auto receipt = receipt_for(leased, node());
  receipt.model_profile_id = "/" + marker;
  EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
  static constexpr storage::Statement kCommands{
      "SELECT arguments, result, failure, phase FROM commands"};
  static constexpr storage::Statement kJobs{"SELECT failure, model_id FROM private_jobs"};
  static constexpr storage::Statement kReceipts{"SELECT document FROM receipts"};
  std::string all;
  const auto look = [&](storage::Transaction& tx) -> base::Task<base::Status> {
    all.clear();
    const auto take = [&all](int columns) {
      return [&all, columns](const storage::Row& row) {
        for (int i = 0; i < columns; ++i) all += row.text(i);
        return true;
      };
    };
    CO_TRY_OK(co_await tx.query(kCommands, {}, take(4)));
    CO_TRY_OK(co_await tx.query(kJobs, {}, take(2)));
    co_return co_await tx.query(kReceipts, {}, take(1));
  };
  ASSERT_TRUE(app().database().read_blocking(look).ok());
  EXPECT_NE(all.find("ciphertext"), std::string::npos) << "the test looks at what is kept";
  EXPECT_EQ(all.find(marker), std::string::npos) << all;
}

TEST_P(PrivateJobEndTest, G7_83_WhatWasAnsweredIsThereAfterARestart) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  restart();
  EXPECT_EQ(state("a"), "claimed reserved");
  const auto receipt = receipt_for(leased, node());
  EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
  restart();
  EXPECT_EQ(state("a"), "completed settled");
  EXPECT_EQ(money(), "9993 0");
  EXPECT_EQ(call(app(), {Method::get, "/v1/receipts/" + hash_of(receipt), "", "", {}}).status, 200);
  expect_ledger_holds();
}

B3_ON_EVERY_DATABASE(PrivateJobEndTest);

}  // namespace
}  // namespace b3iq::control

#include "agent/private_jobs/private_jobs.h"

#include "agent/local_api/live_call_json.h"
#include "agent/private_jobs/private_jobs_fixture.h"
#include "agent/sync/transport_key_rotation.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using protocol::AnswerStatus;
using protocol::CommandId;
using protocol::LeaseState;
using protocol::ReceiptFinish;

class PrivateJobTest : public PrivateJobsFixture {
 protected:
  void join_for_jobs() { join({"private_inference"}); }
  // The node is at it, and has said this much.
  CommandId begin_and_hold(const SentJob& job, std::size_t tokens) {
    runtime_.holds_at = tokens;
    const auto id = control_->command(job.arguments);
    EXPECT_TRUE(reach([this] { return runtime_.holding; }, 100));
    return id;
  }
  void rotate(std::int64_t grace_seconds) {
    const auto rotated = run_task(loop_, rotate_transport_key(*store_, identity_, clock_,
                                                              {control_->now_ms(), grace_seconds}));
    ASSERT_TRUE(rotated.ok()) << rotated.error().detail;
  }
};

TEST_F(PrivateJobTest, IsAnsweredForItsCustomerAloneWithAReceiptOfTheExactBytes) {
  join_for_jobs();
  const auto job = seal(chat("Wie heißt der Fluss durch Bern?"));
  give(job);
  const auto opened = open_answer(job);
  EXPECT_EQ(opened.answer.status, AnswerStatus::completed);
  const auto body = json::Document::parse(opened.answer.body);
  ASSERT_TRUE(body.ok()) << opened.answer.body;
  EXPECT_EQ(body->root().find("choices").at(0).find("message").find("content").string(),
            "Die Aare.");
  EXPECT_EQ(body->root().find("model").string(), kJobModel);
  EXPECT_FALSE(body->root().find("b3iq"));
  const auto& receipt = outcome().receipt->receipt;
  EXPECT_EQ(receipt.finish, ReceiptFinish::stop);
  EXPECT_EQ(receipt.usage.prompt_tokens, 11);
  EXPECT_EQ(receipt.usage.completion_tokens, 2);
  EXPECT_EQ(receipt.node_id, identity_.node_id());
  // It is in the node's own log, under an account that is nobody's key.
  ASSERT_EQ(receipts().size(), 1u);
  EXPECT_EQ(receipts()[0].account, kPrivateJobAccount);
  EXPECT_EQ(receipts()[0].receipt_hash,
            protocol::receipt_hash_text(protocol::encode_receipt(receipt).hash));
  EXPECT_EQ(runtime_.asked, std::vector<std::string>{"Wie heißt der Fluss durch Bern?"});
  // Another customer has nothing of it.
  EXPECT_FALSE(seal(chat("x")).opener.open(outcome().envelope).ok());
}

TEST_F(PrivateJobTest, AStreamThatIsAskedForIsAnsweredWhole) {
  join_for_jobs();
  const auto job = seal(chat("hello", R"(,"stream":true)"));
  give(job);
  const auto opened = open_answer(job);
  EXPECT_EQ(opened.answer.status, AnswerStatus::completed);
  EXPECT_NE(opened.answer.body.find("Die Aare."), std::string::npos);
}

// Whole, and as a stream; a cut stream leaves what it was counted by.
TEST_F(PrivateJobTest, AServerThatSpeaksTheDialectAnswersInTheNodesWords) {
  runtime_.relays = true;
  refresh_models();
  join_for_jobs();
  for (const std::string_view more : {"", R"(,"stream":true)"}) {
    const auto job = seal(chat("hello", more));
    const auto index = give(job);
    const auto opened = open_answer(job, index);
    EXPECT_EQ(opened.answer.status, AnswerStatus::completed);
    const auto body = json::Document::parse(opened.answer.body);
    ASSERT_TRUE(body.ok()) << opened.answer.body;
    EXPECT_EQ(body->root().find("choices").at(0).find("message").find("content").string(),
              "Die Aare.");
    EXPECT_EQ(opened.answer.body.find("theirs"), std::string::npos) << opened.answer.body;
    EXPECT_EQ(outcome(index).receipt->receipt.usage.prompt_tokens, 11);
    EXPECT_EQ(outcome(index).receipt->receipt.usage.completion_tokens, 2);
  }
  const auto job = seal(chat("hello", R"(,"stream":true)"));
  const auto id = begin_and_hold(job, 1);
  control_->leases[id.text()] = LeaseState::cancelled;
  ASSERT_TRUE(brought(3));
  EXPECT_EQ(open_answer(job, 2).answer.status, AnswerStatus::cancelled);
  EXPECT_EQ(outcome(2).receipt->receipt.usage.completion_tokens, 1);
}

TEST_F(PrivateJobTest, TheReceiptNamesTheJobsModelAndWhatServedItIfItsNameIsPublic) {
  join_for_jobs();
  alias_of_ = runtime_.model = "tiny-1b";
  restart_node();
  const auto first = seal(chat("hello"));
  give(first);
  open_answer(first);
  EXPECT_EQ(outcome().receipt->receipt.model_id, kJobModel);
  EXPECT_EQ(outcome().receipt->receipt.model_profile_id, "tiny-1b");
  alias_of_ = runtime_.model = "/home/ann/private.gguf";
  restart_node();
  const auto second = seal(chat("hello"));
  give(second);
  const auto opened = open_answer(second, 1);
  EXPECT_EQ(outcome(1).receipt->receipt.model_profile_id, kJobModel);
  EXPECT_EQ(opened.plaintext.reveal_text().find("ann"), std::string::npos);
}

// G12-138: no job's prompt is warmed by another's.
TEST_F(PrivateJobTest, G12_138_EachHasACachePartitionOfItsOwn) {
  join_for_jobs();
  give(seal(chat("hello")));
  give(seal(chat("hello")));
  ASSERT_EQ(runtime_.partitions.size(), 2u);
  EXPECT_EQ(runtime_.partitions[0].size(), 43u);
  EXPECT_NE(runtime_.partitions[0], runtime_.partitions[1]);
}

TEST_F(PrivateJobTest, WithoutTheOwnersWordItIsRefusedUnopened) {
  join();
  give(seal(chat("hello")));
  EXPECT_EQ(failure(), ErrorCode::role_denied);
  EXPECT_TRUE(runtime_.asked.empty());
}

TEST_F(PrivateJobTest, AModelIsUsedOnlyIfItsOwnerAllowsItForTheNetworkAndForPay) {
  join_for_jobs();
  std::size_t index = 0;
  for (const auto posture :
       {ModelPosture{false, false}, ModelPosture{true, false}, ModelPosture{false, true}}) {
    allow(kJobModel, posture);
    give(seal(chat("hello")));
    EXPECT_EQ(failure(index++), ErrorCode::model_not_allowed);
  }
  EXPECT_TRUE(runtime_.asked.empty());
  EXPECT_TRUE(receipts().empty());
  allow(kJobModel, {true, true});
  give(seal(chat("hello")));
  EXPECT_TRUE(control_->results[index].succeeded());
  // What an alias leads to is decided by its own name.
  alias_of_ = runtime_.model = "tiny-1b";
  restart_node();
  allow("tiny-1b", {});
  give(seal(chat("hello")));
  EXPECT_EQ(failure(index + 1), ErrorCode::model_not_allowed);
}

// G5-61.
TEST_F(PrivateJobTest, G5_61_AnEnvelopeThatWasMovedIsNotOpened) {
  join_for_jobs();
  auto job = seal(chat("hello"));
  job.arguments.client_job_id = protocol::ClientJobId::parse("another").value();
  give(job);
  EXPECT_EQ(failure(0), ErrorCode::invalid_encrypted_request);
  auto model = seal(chat("hello"));
  model.arguments.model_id = "another";
  give(model);
  EXPECT_EQ(failure(1), ErrorCode::invalid_encrypted_request);
  // Sealed to this node's key, in another node's name.
  auto other = seal(chat("hello"));
  const auto& binding = control_->enrolled->transport_key.binding;
  const auto stranger = protocol::NodeIdentity::generate(base::system_random()).node_id();
  const protocol::PrivateRequest request{
      other.arguments.client_job_id, stranger, kJobModel, {}, other.body};
  other.arguments.envelope =
      protocol::seal_request(request, {binding.public_key_x25519, binding.key_id},
                             base::system_random())
          ->envelope;
  give(other);
  EXPECT_EQ(failure(2), ErrorCode::invalid_encrypted_request);
  EXPECT_TRUE(runtime_.asked.empty());
  EXPECT_TRUE(receipts().empty());
}

// G5-62, at the node: what the control plane should have refused.
TEST_F(PrivateJobTest, G5_62_ASealedRequestIsOpenedOnce) {
  join_for_jobs();
  auto job = seal(chat("hello"));
  give(job);
  open_answer(job);
  // In another job's name.
  job.arguments.job_id = protocol::JobId::make(clock_.wall_ms(), base::system_random());
  give(job);
  EXPECT_EQ(failure(1), ErrorCode::envelope_replayed);
  // Another request for the same job.
  auto second = seal(chat("hello"));
  second.arguments.job_id =
      control_->results.empty() ? second.arguments.job_id : outcome(0).receipt->receipt.job_id;
  give(second);
  EXPECT_EQ(failure(2), ErrorCode::envelope_replayed);
  restart_node();
  give(job);
  EXPECT_EQ(failure(3), ErrorCode::envelope_replayed);
  EXPECT_EQ(runtime_.asked.size(), 1u);
  EXPECT_EQ(receipts().size(), 1u);
}

// G5-65.
TEST_F(PrivateJobTest, G5_65_AnOldKeyOpensForItsGraceAndNotAfter) {
  join_for_jobs();
  const auto in_time = seal(chat("in time"));
  const auto late = seal(chat("late"));
  control_->next_heartbeat_ms = 3'600'000;  // nothing destroys the old key meanwhile
  rotate(3'600);
  give(in_time);
  EXPECT_EQ(open_answer(in_time).answer.status, AnswerStatus::completed);
  clock_.advance_ms(3'600'000);
  give(late);
  EXPECT_EQ(failure(1), ErrorCode::transport_key_unknown);
  EXPECT_EQ(runtime_.asked.size(), 1u);
}

TEST_F(PrivateJobTest, G5_65_WithoutGraceTheOldKeyOpensNothing) {
  join_for_jobs();
  const auto job = seal(chat("hello"));
  rotate(0);
  give(job);
  EXPECT_EQ(failure(), ErrorCode::transport_key_unknown);
}

TEST_F(PrivateJobTest, WhatIsWrongInsideOnlyTheCustomerReads) {
  join_for_jobs();
  struct Case {
    std::string body;
    std::string_view code;
    std::string_view says;
  };
  const std::vector<Case> cases = {
      {R"({"model":"llama3.1:8b","messages":[]})", "invalid_request", "messages"},
      {R"({"model":"llama3.1:8b","messages":[{"role":"king","content":"x"}]})", "invalid_request",
       "messages[0].role"},
      {R"({"model":"another","messages":[{"role":"user","content":"x"}]})", "invalid_request",
       "model"},
      {chat("hello", R"(,"tools":[{"type":"function","function":{"name":"f"}}])"),
       "unsupported_parameter", "tools"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.body);
    const auto job = seal(c.body);
    const auto index = give(job);
    ASSERT_TRUE(control_->results[index].succeeded());
    EXPECT_EQ(control_->documents[index].find(c.says), std::string::npos);
    const auto opened = open_answer(job, index);
    EXPECT_EQ(opened.answer.status, AnswerStatus::failed);
    EXPECT_FALSE(opened.answer.receipt);
    const auto error = json::Document::parse(opened.answer.body);
    ASSERT_TRUE(error.ok());
    EXPECT_EQ(error->root().find("code").string(), c.code);
    EXPECT_NE(opened.answer.body.find(c.says), std::string::npos) << opened.answer.body;
  }
  EXPECT_TRUE(runtime_.asked.empty());
  EXPECT_TRUE(receipts().empty());
}

TEST_F(PrivateJobTest, ANodeThatCannotSaysSoToTheControlPlaneWithoutItsInside) {
  join_for_jobs();
  const std::string other = "mistral:7b";
  give(seal(R"({"model":"mistral:7b","messages":[{"role":"user","content":"x"}]})", other));
  EXPECT_EQ(failure(0), ErrorCode::model_not_found);
  runtime_.refuses = base::Error(ErrorCode::overloaded, "10 wait at /run/worker-7");
  give(seal(chat("hello")));
  EXPECT_EQ(failure(1), ErrorCode::overloaded);
  EXPECT_EQ(control_->documents[1].find("worker-7"), std::string::npos);
  EXPECT_TRUE(receipts().empty());
}

TEST_F(PrivateJobTest, ARuntimeThatDiesInTheMiddleLeavesAReceiptOfWhatItDid) {
  join_for_jobs();
  runtime_.dies_at = 1;
  const auto job = seal(chat("hello"));
  give(job);
  const auto opened = open_answer(job);
  EXPECT_EQ(opened.answer.status, AnswerStatus::failed);
  EXPECT_EQ(outcome().receipt->receipt.finish, ReceiptFinish::error);
  EXPECT_EQ(outcome().receipt->receipt.usage.completion_tokens, 1);
  EXPECT_EQ(receipts().size(), 1u);
}

TEST_F(PrivateJobTest, CancelledInTheMiddleItStopsAndSaysWhatItDid) {
  join_for_jobs();
  const auto job = seal(chat("hello"));
  const auto id = begin_and_hold(job, 1);
  control_->leases[id.text()] = LeaseState::cancelled;
  ASSERT_TRUE(brought(1));
  const auto opened = open_answer(job);
  EXPECT_EQ(opened.answer.status, AnswerStatus::cancelled);
  EXPECT_EQ(outcome().receipt->receipt.finish, ReceiptFinish::cancelled);
  EXPECT_EQ(outcome().receipt->receipt.usage.completion_tokens, 1);
}

TEST_F(PrivateJobTest, CancelledBeforeItsFirstTokenThereIsNothingToPayFor) {
  join_for_jobs();
  const auto id = begin_and_hold(seal(chat("hello")), 0);
  control_->leases[id.text()] = LeaseState::cancelled;
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(failure(), ErrorCode::cancelled);
  EXPECT_TRUE(receipts().empty());
}

TEST_F(PrivateJobTest, ItsTimeIsTheCommands) {
  join_for_jobs();
  const auto job = seal(chat("hello"));
  runtime_.holds_at = 1;
  control_->command(job.arguments);
  control_->commands.back().expires_at_ms = control_->now_ms() + 60'000;
  ASSERT_TRUE(reach([this] { return runtime_.holding; }, 1));
  ASSERT_TRUE(brought(1));
  const auto opened = open_answer(job);
  EXPECT_EQ(opened.answer.status, AnswerStatus::failed);
  EXPECT_NE(opened.answer.body.find("deadline_exceeded"), std::string::npos);
  EXPECT_EQ(outcome().receipt->receipt.finish, ReceiptFinish::cancelled);
}

// The owner sees that one runs, and can stop it, and sees nothing of what is said.
TEST_F(PrivateJobTest, TheOwnerSeesThatOneRunsAndCanStopIt) {
  join_for_jobs();
  const auto job = seal(chat("SECRET-QUESTION"));
  begin_and_hold(job, 1);
  std::string shown;
  json::Writer w(shown);
  live_.each([&](LiveCallNode& node) {
    auto& call = static_cast<ModelCall&>(node);
    write_live_call(w, call, clock_.steady_ns());
    EXPECT_TRUE(call.stop());
  });
  EXPECT_NE(shown.find(R"("account":"private_job")"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("tokens":1)"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("SECRET"), std::string::npos);
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(open_answer(job).answer.status, AnswerStatus::cancelled);
}

TEST_F(PrivateJobTest, OneThatEndsWithTheNodeIsNeverRunAgain) {
  join_for_jobs();
  const auto job = seal(chat("hello"));
  const auto id = begin_and_hold(job, 0);
  restart_node();
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(failure(0), ErrorCode::shutting_down);
  EXPECT_NE(control_->documents[0].find("interrupted"), std::string::npos);
  // Also when the control plane's operator asks for another try.
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));
  runtime_.holds_at.reset();
  control_->lease(id, job.arguments);
  ASSERT_TRUE(brought(2));
  EXPECT_EQ(failure(1), ErrorCode::envelope_replayed);
  EXPECT_EQ(runtime_.asked.size(), 1u);
}

// A stop of the node gives it time, and takes no other meanwhile.
TEST_F(PrivateJobTest, OneThatRunsGoesOnWhileTheNodeDrains) {
  join_for_jobs();
  const auto job = seal(chat("hello"));
  begin_and_hold(job, 1);
  service_->stop_taking();
  EXPECT_TRUE(service_->finishing());
  control_->command(seal(chat("too late")).arguments);
  runtime_.holds_at.reset();
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(open_answer(job).answer.status, AnswerStatus::completed);
  ASSERT_TRUE(reach([this] { return !service_->finishing(); }));
  EXPECT_EQ(runtime_.asked, std::vector<std::string>{"hello"});
}

TEST_F(PrivateJobTest, OneThatIsHandedOutAgainIsAnsweredWithTheSameDocument) {
  join_for_jobs();
  const auto job = seal(chat("hello"));
  const auto id = control_->command(job.arguments);
  ASSERT_TRUE(brought(1));
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));
  control_->lease(id, job.arguments);
  ASSERT_TRUE(brought(2));
  EXPECT_EQ(control_->documents[0], control_->documents[1]);
  EXPECT_EQ(runtime_.asked.size(), 1u);
  EXPECT_EQ(receipts().size(), 1u);
}

}  // namespace
}  // namespace b3iq::agent

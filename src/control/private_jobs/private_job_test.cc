// Private jobs as customers queue them, over the routes, on every database: what stands, and what
// is refused before any money moves.
#include <thread>

#include "control/billing/price_service.h"
#include "control/private_jobs/private_job_store.h"
#include "control/testing/private_job_fixture.h"
#include "protocol/private/request_opener.h"
#include "protocol/private/request_sealer.h"

namespace b3iq::control {
namespace {

using http::Method;

class PrivateJobTest : public PrivateJobFixture {};

// Members of an object, in order.
std::vector<std::string> members_of(json::Value object) {
  std::vector<std::string> names;
  names.reserve(object.size());
  for (std::size_t i = 0; i < object.size(); ++i) names.emplace_back(object.member(i).name);
  return names;
}

TEST_P(PrivateJobTest, AJobIsSealedQueuedDoneOpenedAndPaid) {
  protocol::PrivateRequest plain;
  plain.job_id = protocol::ClientJobId::parse("trip-planner_7").value();
  plain.node_id = node().id();
  plain.model_id = "llama3.1:8b";
  plain.body = R"({"messages":[{"role":"user","content":"hello"}]})";
  const auto sealed = protocol::seal_request(
      plain, {node().transport_key.public_key(), node().transport_key.key_id()},
      base::system_random());
  ASSERT_TRUE(sealed.ok()) << sealed.error().detail;
  const auto queued =
      queue(job_body(node(), "trip-planner_7", sealed->envelope, R"(,"max_price_wei":"100")"));
  ASSERT_EQ(queued.status, 202) << queued.body;
  const auto answer = json::Document::parse(queued.body);
  EXPECT_EQ(members_of(answer->root()),
            (std::vector<std::string>{"status", "job_id", "node_id", "command_id", "billing",
                                      "created_at"}));
  EXPECT_EQ(members_of(answer->root().find("billing")),
            (std::vector<std::string>{"customer_id", "policy_version", "quoted_price_wei",
                                      "reserved_price_wei", "payout_price_wei", "status"}));
  EXPECT_EQ(answer->root().find("billing").find("status").string(), "reserved");
  EXPECT_EQ(money(), "10000 100");

  const auto leased = take_one(node());
  EXPECT_EQ(leased.command_id.text(), queued.member("command_id"));
  EXPECT_EQ(state("trip-planner_7"), "claimed reserved");
  const auto& arguments = arguments_of(leased);
  const protocol::TransportKey* const keys[] = {&node().transport_key};
  const auto opened = protocol::open_request(
      keys, arguments.envelope, {arguments.client_job_id, node().id(), arguments.model_id});
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  EXPECT_EQ(opened->body, plain.body);
  const auto receipt = receipt_for(leased, node());
  const auto signed_receipt = signed_by(node(), receipt);
  const auto document = protocol::with_signature(protocol::encode_receipt(receipt).document,
                                                 signed_receipt.signature);
  protocol::JobAnswer job_answer;
  job_answer.body = R"({"choices":[]})";
  job_answer.receipt = protocol::AnswerReceipt{document, {}};
  const auto response = opened->sealer.seal(job_answer, base::system_random());
  ASSERT_TRUE(response.ok()) << response.error().detail;
  const auto brought =
      bring(leased, node(),
            protocol::CommandOutcome(protocol::PrivateInferenceOutcome{*response, signed_receipt}));
  ASSERT_EQ(brought.status, 200) << brought.body;

  const auto read = get("/v1/private-inference/jobs/trip-planner_7");
  ASSERT_EQ(read.status, 200) << read.body;
  const auto shown = json::Document::parse(read.body);
  EXPECT_EQ(members_of(shown->root()),
            (std::vector<std::string>{"job_id", "node_id", "model_id", "status",
                                      "encrypted_request", "encrypted_response", "receipt_hash",
                                      "billing", "created_at", "completed_at"}));
  EXPECT_EQ(shown->root().find("status").string(), "completed");
  EXPECT_EQ(shown->root().find("receipt_hash").string(), hash_of(receipt));
  EXPECT_EQ(shown->root().find("billing").find("status").string(), "settled");
  const auto echoed =
      protocol::decode_sealed_envelope(shown->root().find("encrypted_request")).value();
  EXPECT_EQ(json_of(echoed), json_of(sealed->envelope));
  const auto envelope = protocol::decode_sealed_answer(shown->root().find("encrypted_response"));
  ASSERT_TRUE(envelope.ok());
  const auto told = sealed->opener.open(*envelope);
  ASSERT_TRUE(told.ok()) << told.error().detail;
  EXPECT_EQ(told->answer.body, job_answer.body);
  // 100 prompt and 200 completion tokens at 10 and 30 wei for 1,000: 7 wei, rounded up.
  EXPECT_EQ(money(), "9993 0");
  EXPECT_EQ(member_of("trip-planner_7", "payout_price_wei"), "6");
  const auto logged = call(app(), {Method::get, "/v1/receipts/" + hash_of(receipt), "", "", {}});
  EXPECT_EQ(logged.member("status"), "accepted") << logged.body;
  expect_ledger_holds();
}

TEST_P(PrivateJobTest, G5_62_TheSameEnvelopeTwiceIsAReplayBeforeAnyReservation) {
  const auto envelope = envelope_for(node());
  ASSERT_EQ(queue(job_body(node(), "first", envelope)).status, 202);
  const auto before = money();
  EXPECT_EQ(queue(job_body(node(), "first", envelope)).code(), "envelope_replayed");
  EXPECT_EQ(queue(job_body(node(), "second", envelope)).code(), "envelope_replayed");
  const auto bob = new_customer("1000");
  EXPECT_EQ(queue_as(bob, job_body(node(), "mine", envelope)).code(), "envelope_replayed");
  EXPECT_EQ(money(bob), "1000 0");
  auto changed = envelope;
  changed.nonce[0] ^= 1;
  changed.ciphertext.push_back(1);
  EXPECT_EQ(queue(job_body(node(), "third", changed)).code(), "envelope_replayed");
  EXPECT_EQ(money(), before);
  // It stays so when the job has ended, the envelope is purged and the process is another one.
  do_one(node());
  pass_ms(kEnvelopesKeptMs + 1);
  ASSERT_EQ(run(app().job_upkeep().purge(Doing::really, kEnvelopesKeptMs, "operator"))->jobs, 1);
  restart();
  EXPECT_EQ(queue(job_body(node(), "fourth", envelope)).code(), "envelope_replayed");
  // At another node the same key is another pair.
  auto other = living_node();
  auto elsewhere = envelope;
  elsewhere.key_id = other.transport_key.key_id();
  EXPECT_EQ(queue(job_body(other, "fifth", elsewhere)).status, 202);
}

TEST_P(PrivateJobTest, G5_66_WhatIsNotExactlyAJobIsRefusedBeforeAnyReservation) {
  const auto good = fresh_body("plain");
  const auto with = [&](const std::string& from, const std::string& to) {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const auto refused = [&](const std::string& body, const std::string& code) {
    const auto answer = queue(body);
    EXPECT_EQ(answer.code(), code) << body.substr(0, 200) << "\n" << answer.body;
  };
  refused(with("\"node_id\"", "\"prompt\":\"secret\",\"node_id\""), "invalid_request");
  refused(with("\"version\"", "\"prompt\":\"secret\",\"version\""), "invalid_encrypted_request");
  refused(with("b3iq-private-transport-v1", "b3iq-private-transport-v2"),
          "invalid_encrypted_request");
  refused(with("x25519-hkdf", "x448-hkdf"), "invalid_encrypted_request");
  refused(with("\"nonce\":\"", "\"nonce\":\"A"), "invalid_encrypted_request");
  refused(with("\"encrypted_request\":{", "\"encrypted_request\":[{"), "invalid_json");
  refused(with("\"job_id\":\"plain\"", "\"job_id\":\"a b\""), "invalid_request");
  refused(with("\"job_id\":\"plain\"", "\"job_id\":7"), "invalid_request");
  refused(with("\"job_id\":\"plain\"", "\"job_id\":\"plain\",\"job_id\":\"plain\""),
          "invalid_json");
  refused(with("llama3.1:8b", "/etc/passwd"), "invalid_request");
  refused(R"({"job_id":"x"})", "invalid_request");
  refused("[]", "invalid_request");
  refused("", "invalid_json");
  auto bound = envelope_for(node());
  bound.aad_hash = crypto::sha256(std::string_view("b3iq-private-inference:another"));
  refused(job_body(node(), "plain", bound), "invalid_encrypted_request");
  auto weak = envelope_for(node());
  weak.client_public_key.bytes = {};
  refused(job_body(node(), "plain", weak), "invalid_encrypted_request");
  EXPECT_EQ(money(), "10000 0");
  EXPECT_TRUE(poll(node()).commands.empty());
  EXPECT_EQ(queue(good).status, 202);
}

TEST_P(PrivateJobTest, G5_65_AKeyIsKnownWhileTheNodeHasItOrItsGraceMayLast) {
  auto unknown = envelope_for(node());
  unknown.key_id = protocol::TransportKey::generate(base::system_random()).key_id();
  EXPECT_EQ(queue(job_body(node(), "a", unknown)).code(), "transport_key_unknown");
  const auto old = envelope_for(node());
  const auto late = envelope_for(node());
  // The node rotates: its new binding comes with another enrollment.
  clock_.advance_ms(1'000);
  node().transport_key = protocol::TransportKey::generate(base::system_random());
  ASSERT_EQ(enroll_with(node(), new_token()).status, 200);
  heartbeat_ok(node());
  EXPECT_EQ(queue(job_body(node(), "b", old)).status, 202);
  EXPECT_EQ(queue(fresh_body("c")).status, 202);
  clock_.advance_ms(protocol::kMaxTransportGraceSeconds * 1'000);
  node().transport_key = protocol::TransportKey::generate(base::system_random());
  ASSERT_EQ(enroll_with(node(), new_token()).status, 200);
  heartbeat_ok(node());
  EXPECT_EQ(queue(job_body(node(), "d", late)).code(), "transport_key_unknown");
}

TEST_P(PrivateJobTest, G7_82_OfParallelReservationsOnABalanceForOneOneStands) {
  const auto bob = new_customer("199");
  std::vector<TestRequest> requests;
  for (int i = 0; i < 8; ++i) {
    TestRequest request{
        Method::post, "/v1/private-inference/jobs", "", fresh_body("job" + std::to_string(i)), {}};
    request.headers = {{"X-B3IQ-Customer-ID", bob.id}, {"X-B3IQ-Customer-Token", bob.token}};
    requests.push_back(std::move(request));
  }
  int stands = 0;
  for (const auto& answer : send_all(requests)) {
    stands += answer.status == 202 ? 1 : 0;
    if (answer.status != 202) {
      EXPECT_EQ(answer.code(), base::ErrorCode::insufficient_balance) << answer.body;
    }
  }
  EXPECT_EQ(stands, 1);
  EXPECT_EQ(money(bob), "199 100");
  EXPECT_EQ(poll(node(), {}, 16).commands.size(), 1U);
}

// Two processes on one database, at once.
class PrivateJobReplicaTest : public PrivateJobFixture {
 protected:
  std::pair<TestAnswer, TestAnswer> at_once(ControlApp& other, const TestRequest& here,
                                            const TestRequest& there) {
    TestAnswer second;
    std::thread elsewhere([&] { second = send_to(other, there); });
    auto first = send(here);
    elsewhere.join();
    return {std::move(first), std::move(second)};
  }
};

TEST_P(PrivateJobReplicaTest, G5_62_G7_82_AtTwoReplicasAnEnvelopeIsQueuedOnceAndABalanceSpentOnce) {
  if (GetParam() == TestDatabase::sqlite) GTEST_SKIP() << "one process has the file";
  auto& other = add_replica();
  const std::string path = "/v1/private-inference/jobs";
  for (int round = 0; round < 6; ++round) {
    const auto envelope = envelope_for(node());
    const auto name = "job" + std::to_string(round);
    const auto here = test_request(ada(), Method::post, path, job_body(node(), name, envelope));
    const auto there =
        test_request(ada(), Method::post, path, job_body(node(), name + "b", envelope));
    const auto [first, second] = at_once(other, here, there);
    EXPECT_EQ((first.status == 202) + (second.status == 202), 1) << first.body << second.body;
    EXPECT_EQ((first.status == 409) + (second.status == 409), 1) << first.body << second.body;
    const auto poor = new_customer("150");
    const auto [third, fourth] =
        at_once(other, test_request(poor, Method::post, path, fresh_body("one")),
                test_request(poor, Method::post, path, fresh_body("two")));
    EXPECT_EQ((third.status == 202) + (fourth.status == 202), 1) << third.body << fourth.body;
    EXPECT_EQ((third.status == 402) + (fourth.status == 402), 1) << third.body << fourth.body;
    EXPECT_EQ(money(poor), "150 100");
  }
  EXPECT_EQ(money(), "10000 600");
  expect_ledger_holds();
}

TEST_P(PrivateJobReplicaTest, G7_84_AResultAndACancelAtTwoReplicasEndAJobOnce) {
  if (GetParam() == TestDatabase::sqlite) GTEST_SKIP() << "one process has the file";
  auto& other = add_replica();
  for (int round = 0; round < 8; ++round) {
    const auto name = "job" + std::to_string(round);
    ASSERT_NO_FATAL_FAILURE(queue_ok(name));
    const auto leased = take_one(node());
    const auto receipt = receipt_for(leased, node());
    const auto result = result_request(
        leased, node(), result_body(leased, node(), answer_to(leased, signed_by(node(), receipt))));
    const auto stop =
        test_request(ada(), Method::post, "/v1/private-inference/jobs/" + name + "/cancel");
    const auto [brought, stopped] = at_once(other, result, stop);
    // Asked before or too late: the answer is there, so it is paid.
    EXPECT_EQ(brought.status, 200) << brought.body;
    EXPECT_TRUE(stopped.status == 200 || stopped.status == 409) << stopped.body;
    EXPECT_EQ(state(name), "completed settled");
    const auto logged =
        call(app(), {Method::get, "/v1/receipts/" + hash_of(receipt), "", "", {}}).status;
    EXPECT_EQ(logged, 200);
  }
  expect_ledger_holds();
}

B3_ON_EVERY_DATABASE(PrivateJobReplicaTest);

TEST_P(PrivateJobTest, WhatACustomerMayNotBuyIsRefusedAndNothingIsReserved) {
  const auto refused = [&](const TestCustomer& who, const std::string& more,
                           const std::string& code) {
    const auto answer = queue_as(who, fresh_body("job", more));
    EXPECT_EQ(answer.code(), code) << more << answer.body;
  };
  refused(ada(), R"(,"max_price_wei":"99")", "max_price_exceeded");
  for (const auto* amount : {"-1", "+1", "01", "1e18", "1.0", "", "0x64", "٣"})
    refused(ada(), fmt::format(R"(,"max_price_wei":"{}")", amount), "invalid_request");
  refused(ada(), R"(,"max_price_wei":100)", "invalid_request");
  const auto cpu = queue(fresh_body("job", R"(,"privacy_class":"verified_confidential_cpu")"));
  EXPECT_EQ(cpu.code(), "not_implemented");
  EXPECT_NE(cpu.body.find("attestation"), std::string::npos) << cpu.body;
  refused(ada(), R"(,"privacy_class":"verified_confidential_gpu")", "not_implemented");
  refused(ada(), R"(,"privacy_class":"none")", "invalid_request");
  refused(new_customer("99"), "", "insufficient_balance");
  const auto policy = [&](const std::string& text) {
    ASSERT_EQ(admin(Method::put, "/v1/admin/customers/" + ada().id + "/policy", text).status, 200);
  };
  policy(R"({"allowed_models":["other"]})");
  refused(ada(), "", "customer_policy_denied");
  policy(R"({"max_price_wei":"99"})");
  refused(ada(), "", "max_price_exceeded");
  policy(R"({"spend_cap_wei":"150"})");
  ASSERT_EQ(queue(fresh_body("within", R"(,"privacy_class":"private_transport")")).status, 202);
  refused(ada(), "", "gateway_spend_cap_exceeded");
  EXPECT_EQ(money(), "10000 100");
  EXPECT_EQ(poll(node(), {}, 16).commands.size(), 1U);
}

TEST_P(PrivateJobTest, ANodeThatIsAwayTakesNoJob) {
  TestNode stranger(clock_);
  EXPECT_EQ(queue(job_body(stranger, "a", envelope_for(stranger))).code(), "not_found");
  auto silent = enrolled_node();
  EXPECT_EQ(queue(job_body(silent, "b", envelope_for(silent))).code(), "no_healthy_candidates");
  clock_.advance_ms(kHeartbeatLeaseMs + 1);
  EXPECT_EQ(queue(fresh_body("c")).code(), "no_healthy_candidates");
  heartbeat_ok(node());
  ASSERT_TRUE(run(app().nodes().suspend(node().id(), "", "operator")).ok());
  EXPECT_EQ(queue(fresh_body("d")).code(), "no_healthy_candidates");
  EXPECT_EQ(money(), "10000 0");
}

TEST_P(PrivateJobTest, ARepeatUnderItsIdempotencyKeyIsTheFirstJob) {
  const auto body = fresh_body("once");
  const auto first = queue_as(ada(), body, "key-1");
  ASSERT_EQ(first.status, 202) << first.body;
  const auto again = queue_as(ada(), body, "key-1");
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, first.body);
  do_one(node());
  const auto later = queue_as(ada(), body, "key-1");
  EXPECT_EQ(later.member("command_id"), first.member("command_id"));
  EXPECT_NE(later.body.find(R"("status":"settled")"), std::string::npos) << later.body;
  EXPECT_EQ(queue_as(ada(), fresh_body("other"), "key-1").code(), "idempotency_key_reused");
  // It is the customer's own.
  const auto bob = new_customer("1000");
  EXPECT_EQ(queue_as(bob, fresh_body("once"), "key-1").status, 202);
  // What was refused is not remembered.
  const auto poor = new_customer("0");
  const auto dear = fresh_body("later");
  EXPECT_EQ(queue_as(poor, dear, "key-2").code(), "insufficient_balance");
  ASSERT_EQ(admin(Method::post, "/v1/admin/customers/" + poor.id + "/credits",
                  R"({"amount_wei":"100","reference":"r"})")
                .status,
            200);
  EXPECT_EQ(queue_as(poor, dear, "key-2").status, 202);
  for (const auto* key : {" ", "a b", "\x7f"}) EXPECT_EQ(queue_as(ada(), body, key).status, 400);
  EXPECT_EQ(queue_as(ada(), body, std::string(256, 'k')).status, 400);
  // A day later the key is free; the envelope is not.
  clock_.advance_ms(kIdempotencyKeptMs + 1);
  ASSERT_EQ(enroll_with(node(), new_token()).status, 200) << "its binding is for a day";
  heartbeat_ok(node());
  EXPECT_EQ(queue_as(ada(), fresh_body("new"), "key-1").status, 202);
  EXPECT_EQ(queue_as(ada(), body, "key-3").code(), "envelope_replayed");
  expect_ledger_holds();
}

TEST_P(PrivateJobTest, ARequestWhoseKeyIsInFlightIsToldToWait) {
  // Those that come while the first is under way are told so; those that come behind it get its
  // job. Which it is depends on the machine, so it is tried until both were seen.
  bool was_told = false;
  int rounds = 0;
  while (!was_told && rounds < 50) {
    const auto name = "job" + std::to_string(++rounds);
    auto request =
        test_request(ada(), Method::post, "/v1/private-inference/jobs", fresh_body(name));
    request.headers.emplace_back("Idempotency-Key", name);
    int stands = 0;
    for (const auto& answer : send_all({request, request, request, request})) {
      stands += answer.status == 202 ? 1 : 0;
      if (answer.status == 202) continue;
      EXPECT_EQ(answer.code(), base::ErrorCode::conflict) << answer.body;
      EXPECT_NE(answer.body.find("in flight"), std::string::npos) << answer.body;
      was_told = true;
    }
    EXPECT_GE(stands, 1);
    EXPECT_EQ(send(request).status, 202) << "later it is the first one's job";
  }
  EXPECT_TRUE(was_told);
  EXPECT_EQ(money(), "10000 " + std::to_string(100 * rounds));
}

TEST_P(PrivateJobTest, TheNamesOfJobsAreTheirCustomersOwn) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("mine"));
  EXPECT_EQ(queue(fresh_body("mine")).code(), "conflict");
  const auto bob = new_customer("1000");
  EXPECT_EQ(queue_as(bob, fresh_body("mine")).status, 202);
  // Without a name the server's stands for it, on the wire and in the command.
  auto body = fresh_body("x");
  body.replace(body.find(R"("job_id":"x",)"), 13, "");
  const auto unnamed = queue(body);
  ASSERT_EQ(unnamed.status, 202) << unnamed.body;
  EXPECT_TRUE(protocol::JobId::valid(unnamed.member("job_id")));
  for (const auto& leased : poll(node(), {}, 16).commands) {
    const auto& arguments = arguments_of(leased);
    EXPECT_NE(arguments.job_id.text(), "mine");
    if (arguments.client_job_id.text() != "mine")
      EXPECT_EQ(arguments.client_job_id.text(), arguments.job_id.text());
  }
  EXPECT_EQ(money(), "10000 200");
}

TEST_P(PrivateJobTest, G7_TheJobsOfOneCustomerAreNotThereForAnother) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("secret-plan"));
  const auto bob = new_customer("1000");
  const auto listed = get("/v1/private-inference/jobs");
  const auto document = json::Document::parse(listed.body);
  const std::string server_id(
      document->root().find("data").at(0).find("server_job_id").string().value_or(""));
  EXPECT_EQ(get("/v1/private-inference/jobs/" + server_id).member("job_id"), "secret-plan");
  for (const auto* path : {"/v1/private-inference/jobs/", "/v1/billing/jobs/"}) {
    const auto nothing = as(bob, Method::get, path + std::string("nothing"));
    EXPECT_EQ(nothing.status, 404);
    for (const auto& name : {std::string("secret-plan"), server_id}) {
      const auto answer = as(bob, Method::get, path + name);
      EXPECT_EQ(answer.status, 404);
      EXPECT_EQ(answer.body, nothing.body);
    }
  }
  for (const auto& name : {std::string("secret-plan"), server_id}) {
    EXPECT_EQ(as(bob, Method::post, "/v1/private-inference/jobs/" + name + "/cancel").status, 404);
  }
  EXPECT_EQ(state("secret-plan"), "queued reserved");
  EXPECT_EQ(as(bob, Method::get, "/v1/private-inference/jobs").body.find("secret-plan"),
            std::string::npos);
  for (const auto* target : {"/v1/private-inference/jobs", "/v1/private-inference/jobs/a",
                             "/v1/billing/jobs/a", "/v1/private-inference/candidates"})
    EXPECT_EQ(as({ada().id, bob.token}, Method::get, target).code(), "unauthorized");
}

TEST_P(PrivateJobTest, G7_93_TheQuotedPricesGovernWhateverIsSetLater) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("before"));
  const auto set =
      admin(Method::post, "/v1/admin/price-policies",
            R"({"classes":[{"name":"all","models":["*"],"prompt_wei_per_1k_tokens":"1000",)"
            R"("completion_wei_per_1k_tokens":"1000","minimum_wei":"1","private_job_wei":"5000"}],)"
            R"("fee_basis_points":0})");
  ASSERT_EQ(set.status, 200) << set.body;
  do_one(node());
  EXPECT_EQ(money(), "9993 0");
  ASSERT_NO_FATAL_FAILURE(queue_ok("after"));
  EXPECT_EQ(money(), "9993 5000");
  do_one(node());
  EXPECT_EQ(money(), "9693 0");
  expect_ledger_holds();
}

B3_ON_EVERY_DATABASE(PrivateJobTest);

}  // namespace
}  // namespace b3iq::control

// What no customer gets out of private jobs, on every database: another's sealed request for its
// own, more than its cap, a label of its own in the metrics.
#include <algorithm>
#include <thread>

#include "control/testing/private_job_fixture.h"
#include "protocol/messages/stream_frames.h"
#include "protocol/private/request_opener.h"
#include "protocol/private/request_sealer.h"

namespace b3iq::control {
namespace {

using http::Method;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

class PrivateJobGuardTest : public PrivateJobFixture {
 protected:
  EdgeAnswer cancel(const std::string& job) {
    return as(ada(), Method::post, "/v1/private-inference/jobs/" + job + "/cancel");
  }
  void set_cap(const TestCustomer& who, const std::string& wei) {
    const auto policy = R"({"spend_cap_wei":")" + wei + R"(","spend_window_hours":24})";
    const auto set = admin(Method::put, "/v1/admin/customers/" + who.id + "/policy", policy);
    ASSERT_EQ(set.status, 200) << set.body;
  }
  // The names of all series with their labels, without their values.
  std::vector<std::string> series() {
    const auto text = admin(Method::get, "/metrics").body;
    std::vector<std::string> out;
    for (std::string_view rest = text; !rest.empty();) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (!line.starts_with('#')) out.emplace_back(line.substr(0, line.rfind(' ')));
    }
    std::ranges::sort(out);
    return out;
  }
};

// The additional data name the job and the inner ids job, node and model; a customer is named by
// nothing in an envelope. Who sends a copy of it pays for an answer that he cannot open.
TEST_P(PrivateJobGuardTest, G5_61_AnotherCustomersEnvelopeIsAReplayOrAnAnswerHeCannotOpen) {
  protocol::PrivateRequest plain;
  plain.job_id = protocol::ClientJobId::parse("plan-7").value();
  plain.node_id = node().id();
  plain.model_id = "llama3.1:8b";
  plain.body = R"({"messages":[{"role":"user","content":"hello"}]})";
  const protocol::NodeTransportKey key{node().transport_key.public_key(),
                                       node().transport_key.key_id()};
  const auto bob = new_customer("1000");
  const auto queued_first = protocol::seal_request(plain, key, base::system_random());
  ASSERT_EQ(queue(job_body(node(), "plan-7", queued_first->envelope)).status, 202);
  EXPECT_EQ(queue_as(bob, job_body(node(), "plan-7", queued_first->envelope)).code(),
            "envelope_replayed");
  EXPECT_EQ(money(bob), "1000 0");
  EXPECT_EQ(cancel("plan-7").status, 200);
  // A copy that gets there before the original.
  plain.job_id = protocol::ClientJobId::parse("plan-8").value();
  const auto sealed = protocol::seal_request(plain, key, base::system_random());
  const auto others = protocol::seal_request(plain, key, base::system_random());
  ASSERT_EQ(queue_as(bob, job_body(node(), "plan-8", sealed->envelope)).status, 202);
  EXPECT_EQ(queue(job_body(node(), "plan-8", sealed->envelope)).code(), "envelope_replayed");
  EXPECT_EQ(money(), "10000 0");
  const auto leased = take_one(node());
  const auto& arguments = arguments_of(leased);
  const protocol::TransportKey* const keys[] = {&node().transport_key};
  const auto opened = protocol::open_request(
      keys, arguments.envelope, {arguments.client_job_id, node().id(), arguments.model_id});
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  const auto receipt = receipt_for(leased, node());
  const auto signed_receipt = signed_by(node(), receipt);
  const auto receipt_text = protocol::with_signature(protocol::encode_receipt(receipt).document,
                                                     signed_receipt.signature);
  protocol::JobAnswer answer;
  answer.body = R"({"choices":[]})";
  answer.receipt = protocol::AnswerReceipt{receipt_text, {}};
  const auto response = opened->sealer.seal(answer, base::system_random());
  ASSERT_TRUE(response.ok()) << response.error().detail;
  ASSERT_EQ(
      bring(leased, node(),
            protocol::CommandOutcome(protocol::PrivateInferenceOutcome{*response, signed_receipt}))
          .status,
      200);
  EXPECT_EQ(money(bob), "993 0");
  EXPECT_EQ(get("/v1/private-inference/jobs/plan-8").status, 404);
  const auto read = as(bob, Method::get, "/v1/private-inference/jobs/plan-8");
  const auto document = json::Document::parse(read.body);
  const auto envelope = protocol::decode_sealed_answer(document->root().find("encrypted_response"));
  ASSERT_TRUE(envelope.ok());
  EXPECT_FALSE(others->opener.open(*envelope).ok());
  EXPECT_TRUE(sealed->opener.open(*envelope).ok());
  expect_ledger_holds();
}

TEST_P(PrivateJobGuardTest, G7_91_ACapHoldsAcrossMidnightAStepOfTheClockAndARestart) {
  ASSERT_NO_FATAL_FAILURE(set_cap(ada(), "207"));
  const auto refused = [this](const std::string& when) {
    EXPECT_EQ(queue(fresh_body("refused")).code(), "gateway_spend_cap_exceeded") << when;
  };
  pass_ms(kDayMs - clock_.wall_ms() % kDayMs - 30'000);
  ASSERT_NO_FATAL_FAILURE(queue_ok("paid"));
  do_one(node());  // 7 wei
  ASSERT_NO_FATAL_FAILURE(queue_ok("open-1"));
  ASSERT_NO_FATAL_FAILURE(queue_ok("open-2"));
  refused("half a minute before midnight");
  pass_ms(60'000);
  refused("behind midnight");
  restart();
  heartbeat_ok(node());
  refused("behind a restart");
  clock_.advance_ms(-30'000);
  refused("behind a step back");
  EXPECT_EQ(money(), "9993 200");
  // What is released gives its room back, and no more than that.
  EXPECT_EQ(cancel("open-1").status, 200);
  ASSERT_NO_FATAL_FAILURE(queue_ok("open-3"));
  refused("it is full again");
  // The 7 leave the window a day after they were paid; what was open has expired meanwhile.
  pass_ms(kHourMs + 120'000);
  sweep();
  EXPECT_EQ(money(), "9993 0");
  ASSERT_NO_FATAL_FAILURE(queue_ok("late-1"));
  ASSERT_NO_FATAL_FAILURE(queue_ok("late-2"));
  refused("the 7 count still");
  ASSERT_NO_FATAL_FAILURE(set_cap(ada(), "206"));
  EXPECT_EQ(cancel("late-2").status, 200);
  refused("100 and 7 and 100 are more than 206");
  clock_.advance_ms(kDayMs);
  ASSERT_EQ(enroll_with(node(), new_token()).status, 200) << "its binding is for a day";
  heartbeat_ok(node());
  sweep();
  ASSERT_NO_FATAL_FAILURE(queue_ok("next-day-1"));
  ASSERT_NO_FATAL_FAILURE(queue_ok("next-day-2"));
  refused("of the next day");
  expect_ledger_holds();
}

TEST_P(PrivateJobGuardTest, G7_91_ACapIsOneForAllReplicas) {
  if (GetParam() == TestDatabase::sqlite) GTEST_SKIP() << "one process has the file";
  auto& other = add_replica();
  for (int round = 0; round < 6; ++round) {
    const auto bob = new_customer("1000");
    ASSERT_NO_FATAL_FAILURE(set_cap(bob, "150"));
    const auto here =
        test_request(bob, Method::post, "/v1/private-inference/jobs", fresh_body("one"));
    const auto there =
        test_request(bob, Method::post, "/v1/private-inference/jobs", fresh_body("two"));
    TestAnswer second;
    std::thread elsewhere([&] { second = send_to(other, there); });
    const auto first = send(here);
    elsewhere.join();
    EXPECT_EQ((first.status == 202) + (second.status == 202), 1) << first.body << second.body;
    EXPECT_EQ((first.status == 402 || first.status == 403 || first.status == 429) +
                  (second.status == 402 || second.status == 403 || second.status == 429),
              1)
        << first.body << second.body;
    EXPECT_EQ(money(bob), "1000 100");
  }
}

TEST_P(PrivateJobGuardTest, G12_135_NothingOfACustomerOrANodeBecomesALabel) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("first"));
  do_one(node());
  const auto before = series();
  for (int i = 0; i < 20; ++i) {
    const auto odd = fmt::format("odd7f3a-{}", i);
    auto body = fresh_body(odd);
    body.replace(body.find("llama3.1:8b"), 11, odd);
    EXPECT_EQ(queue_as(ada(), body, odd).status, 202);
    queue(fresh_body(odd + " "));
    get(fmt::format("/v1/private-inference/jobs/{0}/stream?from=x{0}", odd));
    get("/v1/private-inference/candidates?model_id=" + odd);
    get("/v1/private-inference/" + odd);
    const auto leased = take_one(node());
    auto receipt = receipt_for(leased, node());
    receipt.model_profile_id = odd;
    receipt.runtime_kind = odd;
    EXPECT_EQ(bring(leased, node(), answer_to(leased, signed_by(node(), receipt))).status, 200);
    send(node().sign(protocol::SignatureTag::frames, Method::post,
                     protocol::frames_path(node().id()), "{\"" + odd + "\":1}", audience()));
  }
  const auto after = series();
  EXPECT_EQ(after, before);
  for (const auto& one : after) EXPECT_EQ(one.find("odd7f3a"), std::string::npos) << one;
}

B3_ON_EVERY_DATABASE(PrivateJobGuardTest);

}  // namespace
}  // namespace b3iq::control

// Reading, waiting for and tidying up private jobs, and the nodes to choose from, on every
// database.
#include <functional>

#include "base/join.h"
#include "control/private_jobs/private_job_store.h"
#include "control/testing/private_job_fixture.h"

namespace b3iq::control {
namespace {

using base::Task;
using http::Method;

class PrivateJobReadingTest : public PrivateJobFixture {
 protected:
  TestRequest reading(const std::string& job, const std::string& query) const {
    TestRequest request{Method::get, "/v1/private-inference/jobs/" + job, query, "", {}};
    request.headers = {{"X-B3IQ-Customer-ID", ada().id}, {"X-B3IQ-Customer-Token", ada().token}};
    return request;
  }
  // Runs `act` once somebody waits.
  Task<void> when_waiting(std::function<Task<void>()> act) {
    while (app().job_waiters().size() == 0) co_await app().loop().sleep(1);
    auto task = act();
    co_await std::move(task);
  }
  TestAnswer wait_while(const TestRequest& request, std::function<Task<void>()> act) {
    TestAnswer answer;
    std::vector<Task<void>> tasks;
    tasks.push_back(keep_answer(app(), request, answer));
    tasks.push_back(when_waiting(std::move(act)));
    run(joined(std::move(tasks)));
    return answer;
  }
  static Task<bool> joined(std::vector<Task<void>> tasks) {
    co_await base::join_all(std::move(tasks));
    co_return true;
  }
  void offer(TestNode& by, const std::string& model_id, protocol::QueueHealth queue,
             bool network_eligible = true, bool paid_route_eligible = true,
             bool private_inference_enabled = true) {
    protocol::ModelProfile profile;
    profile.model_id = model_id;
    profile.status = protocol::ModelStatus::installed;
    profile.runtime_kind = "embedded";
    profile.network_eligible = network_eligible;
    profile.paid_route_eligible = paid_route_eligible;
    profile.queue_health = queue;
    protocol::NodeReadiness readiness;
    readiness.private_inference_enabled = private_inference_enabled;
    readiness.models = {profile};
    const auto report = protocol::encode_inventory_report({by.boot_epoch, {}, readiness});
    const auto sent = send(by.sign(protocol::SignatureTag::inventory, Method::put,
                                   protocol::inventory_path(by.id()), report, audience()));
    ASSERT_EQ(sent.status, 200) << sent.body;
  }
  std::vector<std::string> candidates(const std::string& model_id) {
    const auto answer = get("/v1/private-inference/candidates?model_id=" + model_id);
    std::vector<std::string> ids;
    const auto document = json::Document::parse(answer.body);
    const auto data = document->root().find("data");
    ids.reserve(data.size());
    for (std::size_t i = 0; i < data.size(); ++i)
      ids.emplace_back(data.at(i).find("node_id").string().value_or(""));
    return ids;
  }
};

TEST_P(PrivateJobReadingTest, AReadThatWaitsIsAnsweredWhenTheJobEnds) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto leased = take_one(node());
  const auto result = result_request(
      leased, node(),
      result_body(leased, node(),
                  answer_to(leased, signed_by(node(), receipt_for(leased, node())))));
  TestAnswer brought;
  const auto answer = wait_while(reading("a", "wait_seconds=25"), [&]() -> Task<void> {
    co_await keep_answer(app(), result, brought);
  });
  EXPECT_EQ(brought.status, 200) << brought.body;
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("status":"completed")"), std::string::npos) << answer.body;
  // What has ended is answered at once.
  EXPECT_EQ(send(reading("a", "wait_seconds=25")).status, 200);
  EXPECT_EQ(app().job_waiters().size(), 0U);
}

TEST_P(PrivateJobReadingTest, AReadThatWaitsIsAnsweredWhenItsTimeIsUpOrTheServerStops) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto waited = wait_while(reading("a", "wait_seconds=2"), [&]() -> Task<void> {
    EXPECT_TRUE((co_await app().job_upkeep().look()).ok());
    EXPECT_EQ(app().job_waiters().size(), 1U);
    clock_.advance_ms(2'000);
    EXPECT_TRUE((co_await app().job_upkeep().look()).ok());
  });
  EXPECT_EQ(waited.status, 200);
  EXPECT_NE(waited.body.find(R"("status":"queued")"), std::string::npos) << waited.body;
  const auto stopped = wait_while(reading("a", "wait_seconds=25"), [&]() -> Task<void> {
    app().job_waiters().close();
    co_return;
  });
  EXPECT_EQ(stopped.status, 200);
  for (const auto* query : {"wait_seconds=26", "wait_seconds=-1", "wait_seconds=", "wait=1"})
    EXPECT_EQ(send(reading("a", query)).status, 400) << query;
}

TEST_P(PrivateJobReadingTest, AReadThatWaitsHearsOfWhatAnotherReplicaDid) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto cancelled = wait_while(reading("a", "wait_seconds=25"), [&]() -> Task<void> {
    // As another process would leave it: nobody here is told.
    std::optional<PrivateJob> job;
    auto body = [&](storage::Transaction& tx) -> Task<base::Status> {
      CO_TRY_OK(co_await select_job_of_customer(tx, ada().id, "a", job));
      bool done = false;
      const JobMove move{job->id.text(), job->status, JobStatus::cancelled, "", clock_.wall_ms()};
      co_return co_await move_job(tx, move, done);
    };
    EXPECT_TRUE((co_await app().database().write(std::move(body))).ok());
    EXPECT_EQ(app().job_waiters().size(), 1U);
    EXPECT_TRUE((co_await app().job_upkeep().look()).ok());
  });
  EXPECT_NE(cancelled.body.find(R"("status":"cancelled")"), std::string::npos) << cancelled.body;
}

TEST_P(PrivateJobReadingTest, JobsAreListedNewestFirstInPages) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_NO_FATAL_FAILURE(queue_ok("job" + std::to_string(i)));
    clock_.advance_ms(1);
  }
  do_one(node());
  const auto first = get("/v1/private-inference/jobs?limit=3");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_LT(first.body.find("job4"), first.body.find("job3"));
  EXPECT_EQ(first.body.find("job1"), std::string::npos);
  EXPECT_EQ(first.body.find("ciphertext"), std::string::npos);
  const auto rest = get("/v1/private-inference/jobs?before=" + first.member("next_before"));
  EXPECT_NE(rest.body.find("job1"), std::string::npos);
  EXPECT_NE(rest.body.find(R"("next_before":null)"), std::string::npos) << rest.body;
  const auto open = get("/v1/private-inference/jobs?status=claimed");
  EXPECT_EQ(json::Document::parse(open.body)->root().find("data").size(), 0U);
  const auto done = get("/v1/private-inference/jobs?status=completed");
  EXPECT_EQ(json::Document::parse(done.body)->root().find("data").size(), 1U) << done.body;
  for (const auto* query : {"limit=0", "limit=201", "status=done", "page=1"})
    EXPECT_EQ(get("/v1/private-inference/jobs?" + std::string(query)).status, 400) << query;
}

TEST_P(PrivateJobReadingTest, TheBillingOfAJobIsShownAsItStands) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  const auto open = get("/v1/billing/jobs/a");
  ASSERT_EQ(open.status, 200) << open.body;
  EXPECT_EQ(open.member("quoted_price_wei"), "100");
  EXPECT_EQ(open.member("reserved_price_wei"), "100");
  EXPECT_EQ(open.member("payout_price_wei"), "95");
  EXPECT_EQ(open.member("customer_id"), ada().id);
  EXPECT_EQ(open.member("completed_at"), "");
  const auto receipt = do_one(node());
  const auto ended = get("/v1/billing/jobs/a");
  EXPECT_EQ(ended.member("receipt_hash"), hash_of(receipt));
  EXPECT_EQ(ended.member("payout_price_wei"), "6");
  EXPECT_NE(ended.member("completed_at"), "");
  EXPECT_EQ(get("/v1/billing/jobs/a?x=1").status, 400);
}

TEST_P(PrivateJobReadingTest, CandidatesAreNodesThatCanBeUsedNow) {
  const std::string model = "llama3.1:8b";
  const auto nobody = get("/v1/private-inference/candidates?model_id=" + model);
  EXPECT_EQ(nobody.code(), "no_healthy_candidates") << nobody.body;
  EXPECT_NE(nobody.header("Retry-After"), "");
  ASSERT_NO_FATAL_FAILURE(offer(node(), model, protocol::QueueHealth::healthy));
  auto blocked = living_node();
  ASSERT_NO_FATAL_FAILURE(offer(blocked, model, protocol::QueueHealth::blocked));
  auto closed = living_node();
  ASSERT_NO_FATAL_FAILURE(offer(closed, model, protocol::QueueHealth::healthy, false));
  auto unpaid = living_node();
  ASSERT_NO_FATAL_FAILURE(offer(unpaid, model, protocol::QueueHealth::healthy, true, false));
  auto unwilling = living_node();
  ASSERT_NO_FATAL_FAILURE(
      offer(unwilling, model, protocol::QueueHealth::healthy, true, true, false));
  auto silent = enrolled_node();
  ASSERT_NO_FATAL_FAILURE(offer(silent, model, protocol::QueueHealth::healthy));
  EXPECT_EQ(candidates(model), std::vector<std::string>{node().id().text()});
  const auto answer = get("/v1/private-inference/candidates?model_id=" + model);
  const auto document = json::Document::parse(answer.body);
  const auto one = document->root().find("data").at(0);
  EXPECT_EQ(one.find("quoted_price_wei").string(), "100");
  EXPECT_EQ(one.find("policy_version").string(), "prices-0");
  const auto binding = protocol::decode_transport_key_binding(one.find("transport_key"));
  ASSERT_TRUE(binding.ok()) << answer.body;
  EXPECT_TRUE(protocol::verify_transport_key_binding(*binding, node().id(), clock_.wall_ms()).ok());
  ASSERT_EQ(admin(Method::put, "/v1/admin/customers/" + ada().id + "/policy",
                  R"({"allowed_models":["other"]})")
                .status,
            200);
  EXPECT_EQ(get("/v1/private-inference/candidates?model_id=" + model).code(),
            "customer_policy_denied");
  for (const auto* query : {"", "?model_id=", "?model_id=%2Fetc", "?model=a"})
    EXPECT_EQ(get("/v1/private-inference/candidates" + std::string(query)).status, 400) << query;
}

TEST_P(PrivateJobReadingTest, MetricsCountOpenJobsByStateAndOrders) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("a"));
  ASSERT_NO_FATAL_FAILURE(queue_ok("b"));
  take_one(node());
  const auto text = admin(Method::get, "/metrics").body;
  for (const auto* line : {"b3iq_control_private_jobs{state=\"queued\"} 1\n",
                           "b3iq_control_private_jobs{state=\"claimed\"} 1\n",
                           "b3iq_control_private_jobs{state=\"awaiting_receipt\"} 0\n",
                           "b3iq_control_ledger_orders_total{kind=\"settle\"} 0\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  EXPECT_NE(text.find("b3iq_control_ledger_orders_total{kind=\"reserve\"} "), std::string::npos);
  EXPECT_EQ(text.find("state=\"completed\""), std::string::npos);
}

TEST_P(PrivateJobReadingTest, PurgingTakesTheEnvelopesAndLeavesTheEvidence) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("old"));
  const auto receipt = do_one(node());
  ASSERT_NO_FATAL_FAILURE(queue_ok("open"));
  const auto target = "/v1/admin/private-jobs/purge";
  EXPECT_EQ(admin(Method::post, target, R"({"older_than":"1m"})").status, 400);
  pass_ms(2 * kMinEnvelopesKeptMs);
  const auto dry = admin(Method::post, target, R"({"mode":"dry_run","older_than":"1h"})");
  EXPECT_NE(dry.body.find(R"("jobs":1)"), std::string::npos) << dry.body;
  EXPECT_NE(get("/v1/private-inference/jobs/old").body.find("ciphertext"), std::string::npos);
  const auto purged = admin(Method::post, target, R"({"mode":"purge","older_than":"1h"})");
  EXPECT_NE(purged.body.find(R"("jobs":1)"), std::string::npos) << purged.body;
  const auto left = get("/v1/private-inference/jobs/old");
  EXPECT_EQ(left.body.find("ciphertext"), std::string::npos) << left.body;
  EXPECT_EQ(left.member("status"), "completed");
  EXPECT_EQ(left.member("receipt_hash"), hash_of(receipt));
  EXPECT_EQ(state("old"), "completed settled");
  EXPECT_EQ(call(app(), {Method::get, "/v1/receipts/" + hash_of(receipt), "", "", {}}).status, 200);
  EXPECT_NE(get("/v1/private-inference/jobs/open").body.find("ciphertext"), std::string::npos);
  expect_ledger_holds();
}

TEST_P(PrivateJobReadingTest, G7_89_WhatStandsStillIsReleasedByAnOperatorOrByTime) {
  ASSERT_NO_FATAL_FAILURE(queue_ok("stuck"));
  const auto target = "/v1/admin/private-jobs/recovery";
  pass_ms(kPrivateJobLifeMs);
  EXPECT_EQ(admin(Method::post, target, R"({"mode":"release"})").body.find("ends_as"),
            std::string::npos)
      << "not yet stale";
  pass_ms(kStaleMarginMs + 1);
  const auto dry = admin(Method::post, target, R"({"mode":"dry_run"})");
  EXPECT_NE(dry.body.find(R"("done":false)"), std::string::npos) << dry.body;
  EXPECT_EQ(state("stuck"), "queued reserved");
  const auto done = admin(Method::post, target, R"({"mode":"release"})");
  EXPECT_NE(done.body.find(R"("ends_as":"expired")"), std::string::npos) << done.body;
  EXPECT_EQ(state("stuck"), "expired released");
  EXPECT_EQ(money(), "10000 0");
  EXPECT_TRUE(poll(node()).commands.empty());
  EXPECT_EQ(admin(Method::post, target, R"({"mode":"all"})").status, 400);
  const auto listed = admin(Method::get, "/v1/admin/private-jobs?customer=" + ada().id);
  EXPECT_NE(listed.body.find("expired"), std::string::npos) << listed.body;
  const auto document = json::Document::parse(listed.body);
  const std::string id(document->root().find("data").at(0).find("id").string().value_or(""));
  EXPECT_EQ(audited(id), (std::vector<std::string>{"private_job.recovered"}));
  const auto shown = admin(Method::get, "/v1/admin/private-jobs/" + id);
  EXPECT_EQ(shown.member("client_job_id"), "stuck") << shown.body;
  EXPECT_EQ(shown.body.find("ciphertext"), std::string::npos);
  EXPECT_EQ(admin(Method::get, "/v1/admin/private-jobs/job_none").status, 404);
  expect_ledger_holds();
}

B3_ON_EVERY_DATABASE(PrivateJobReadingTest);

}  // namespace
}  // namespace b3iq::control

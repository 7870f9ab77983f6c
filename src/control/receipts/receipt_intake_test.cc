// Receipts that nodes bring, and the log that they are put into.
#include "control/receipts/receipt_intake.h"

#include <gtest/gtest.h>

#include <thread>

#include "control/receipts/testing/log_auditor.h"
#include "control/receipts/testing/node_receipts.h"
#include "control/testing/edge_call.h"
#include "protocol/transparency/log_proof.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using base::Task;
using protocol::OutgoingReceipt;
using protocol::Receipt;
using protocol::ReceiptOutcome;
using protocol::ReceiptStatus;

class ReceiptIntakeTest : public ControlTest {
 protected:
  protocol::ReceiptBatchAnswer submit(TestNode& node,
                                      const std::vector<OutgoingReceipt>& receipts) {
    return submit_to(app(), node, receipts);
  }
  protocol::ReceiptBatchAnswer submit_to(ControlApp& to, TestNode& node,
                                         const std::vector<OutgoingReceipt>& receipts) {
    const auto answer = send_to(to, receipts_request(node, audience(), receipts));
    EXPECT_EQ(answer.status, 200) << answer.body;
    auto decoded = protocol::decode_receipt_batch_answer(answer.body);
    EXPECT_TRUE(decoded.ok()) << answer.body;
    if (!decoded.ok() || decoded->receipts.size() != receipts.size()) {
      ADD_FAILURE() << answer.body;
      return {0, std::vector<protocol::ReceiptAnswer>(receipts.size())};
    }
    return *decoded;
  }
  protocol::ReceiptAnswer submit_one(TestNode& node, const OutgoingReceipt& receipt) {
    return submit(node, {receipt}).receipts.at(0);
  }
  Receipt receipt_of(const TestNode& node) { return example_receipt(node, clock_.wall_ms()); }
  OutgoingReceipt new_receipt(const TestNode& node) { return signed_by(node, receipt_of(node)); }
  std::vector<OutgoingReceipt> new_receipts(const TestNode& node, std::size_t count) {
    std::vector<OutgoingReceipt> receipts;
    for (std::size_t i = 0; i < count; ++i) receipts.push_back(new_receipt(node));
    return receipts;
  }

  EdgeAnswer get(const std::string& path) {
    EdgeRequest request;
    request.target = path;
    return call(app(), request);
  }
  LogAuditor auditor() {
    return {app().receipt_log().verifier(), [this](const std::string& path) {
              const auto answer = get("/v1/log/" + path);
              return answer.status == 200 ? std::optional(answer.body) : std::nullopt;
            }};
  }
  static std::string audit(LogAuditor& by) { return by.audit(); }
};

TEST_P(ReceiptIntakeTest, AReceiptIsAcceptedLoggedAndShown) {
  auto node = enrolled_node();
  const auto sent = new_receipt(node);
  const auto answer = submit_one(node, sent);
  EXPECT_EQ(answer.outcome, ReceiptOutcome::accepted) << answer.detail;
  EXPECT_EQ(answer.status, ReceiptStatus::evidence_only);
  EXPECT_EQ(answer.log_index, 0);

  const auto shown = get("/v1/receipts/" + sent.receipt_hash);
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_EQ(shown.member("receipt_hash"), sent.receipt_hash);
  EXPECT_EQ(shown.member("status"), "evidence_only");
  EXPECT_EQ(shown.member("node_id"), node.id().text());
  EXPECT_EQ(shown.member("batch_id"), "");
  EXPECT_NE(shown.header("ETag"), "");
  const auto document = json::Document::parse(shown.body);
  EXPECT_EQ(json::canonical(document->root().find("receipt")).value(),
            json::canonical(json::Document::parse(sent.signed_receipt)->root()).value());

  const auto proof = get("/v1/receipts/" + sent.receipt_hash + "/proof");
  ASSERT_EQ(proof.status, 200) << proof.body;
  const auto key = node.identity.public_key();
  const auto verified = protocol::verify_logged_receipt(sent.signed_receipt, proof.body,
                                                        app().receipt_log().verifier(), &key);
  ASSERT_TRUE(verified.ok()) << verified.error().detail;
  EXPECT_EQ(verified->index, 0u);
  auto by = auditor();
  EXPECT_EQ(audit(by), "");
  EXPECT_TRUE(by.has(*protocol::parse_receipt_hash(sent.receipt_hash)));
}

TEST_P(ReceiptIntakeTest, ARepeatIsThereAlreadyWithItsPlace) {
  auto node = enrolled_node();
  const auto receipts = new_receipts(node, 3);
  submit(node, receipts);
  const auto again = submit(node, {receipts[2], new_receipt(node), receipts[0], receipts[0]});
  EXPECT_EQ(again.receipts[0].outcome, ReceiptOutcome::already_there);
  EXPECT_EQ(again.receipts[0].log_index, 2);
  EXPECT_EQ(again.receipts[1].outcome, ReceiptOutcome::accepted);
  EXPECT_EQ(again.receipts[1].log_index, 3);
  EXPECT_EQ(again.receipts[2].log_index, 0);
  EXPECT_EQ(again.receipts[3].log_index, 0);
  // Twice in one batch.
  const auto twice = new_receipt(node);
  const auto both = submit(node, {twice, twice});
  EXPECT_EQ(both.receipts[0].outcome, ReceiptOutcome::accepted);
  EXPECT_EQ(both.receipts[1].outcome, ReceiptOutcome::already_there);
  EXPECT_EQ(both.receipts[0].log_index, both.receipts[1].log_index);
  auto by = auditor();
  EXPECT_EQ(audit(by), "");
  EXPECT_EQ(by.entries(), 5u);
}

TEST_P(ReceiptIntakeTest, EachBadReceiptHasItsCodeAndTheOthersCount) {
  auto node = enrolled_node();
  auto stranger = enrolled_node();
  struct Case {
    std::string name;
    OutgoingReceipt sent;
    ErrorCode code;
  };
  std::vector<Case> cases;
  const auto changed = [&](std::string name, auto change, ErrorCode code) {
    auto receipt = receipt_of(node);
    change(receipt);
    cases.push_back({std::move(name), signed_by(node, receipt), code});
  };
  auto mismatch = new_receipt(node);
  mismatch.receipt_hash = new_receipt(node).receipt_hash;
  cases.push_back({"another's hash", mismatch, ErrorCode::receipt_hash_mismatch});
  auto forged = receipt_of(node);
  auto by_another = signed_by(stranger, forged);
  cases.push_back({"signed by another key", by_another, ErrorCode::invalid_signature});
  cases.push_back({"of another node", new_receipt(stranger), ErrorCode::receipt_rejected});
  auto none = new_receipt(node);
  none.signed_receipt = R"({"type":"b3iq-receipt-v1","prompt":"MARKER"})";
  cases.push_back({"no receipt", none, ErrorCode::receipt_rejected});
  changed(
      "too many tokens", [](Receipt& r) { r.usage.completion_tokens = kMaxCountedTokens + 1; },
      ErrorCode::receipt_rejected);
  changed(
      "in the future", [](Receipt& r) { r.completed_at_ms += kMaxReceiptAheadMs + 1; },
      ErrorCode::receipt_rejected);
  changed(
      "endless", [](Receipt& r) { r.started_at_ms = r.completed_at_ms - kMaxWorkMs - 1; },
      ErrorCode::receipt_rejected);
  changed(
      "before it was enrolled",
      [](Receipt& r) { r.started_at_ms = r.completed_at_ms = r.completed_at_ms - 60'000; },
      ErrorCode::receipt_rejected);
  changed(
      "a model that tells a path", [](Receipt& r) { r.model_id = "/home/ann/my.gguf"; },
      ErrorCode::receipt_rejected);
  changed(
      "a profile that tells an address", [](Receipt& r) { r.model_profile_id = "10.0.0.1:8080"; },
      ErrorCode::receipt_rejected);
  changed(
      "a policy with a sentence", [](Receipt& r) { r.policy_version = "for ACME only"; },
      ErrorCode::receipt_rejected);

  std::vector<OutgoingReceipt> batch = {new_receipt(node)};
  for (const auto& one : cases) batch.push_back(one.sent);
  batch.push_back(new_receipt(node));
  const auto answer = submit(node, batch);
  EXPECT_EQ(answer.receipts.front().log_index, 0);
  EXPECT_EQ(answer.receipts.back().log_index, 1);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto& of = answer.receipts[i + 1];
    EXPECT_EQ(of.outcome, ReceiptOutcome::refused) << cases[i].name;
    EXPECT_EQ(of.code, cases[i].code) << cases[i].name << ": " << of.detail;
    EXPECT_FALSE(of.detail.empty());
    EXPECT_EQ(of.detail.find("MARKER"), std::string::npos);
    EXPECT_EQ(get("/v1/receipts/" + cases[i].sent.receipt_hash).status, 404) << cases[i].name;
  }
  auto by = auditor();
  EXPECT_EQ(audit(by), "");
  EXPECT_EQ(by.entries(), 2u);
}

TEST_P(ReceiptIntakeTest, AJobHasOneReceipt) {
  auto node = enrolled_node();
  const auto first = receipt_of(node);
  auto second = first;
  second.usage.completion_tokens += 1;
  const auto both = submit(node, {signed_by(node, first), signed_by(node, second)});
  EXPECT_EQ(both.receipts[0].outcome, ReceiptOutcome::accepted);
  EXPECT_EQ(both.receipts[1].code, ErrorCode::receipt_rejected);
  EXPECT_EQ(submit_one(node, signed_by(node, second)).outcome, ReceiptOutcome::refused);
  // Another node that names the same job says it of itself, as evidence.
  auto other = enrolled_node();
  auto theirs = first;
  theirs.node_id = other.id();
  EXPECT_EQ(submit_one(other, signed_by(other, theirs)).status, ReceiptStatus::evidence_only);
}

TEST_P(ReceiptIntakeTest, G4_57_OnlyWhatWasDoneWhileTheNodeWasEnrolledCounts) {
  auto node = enrolled_node();
  clock_.advance_ms(10'000);
  const auto before = new_receipt(node);
  clock_.advance_ms(10'000);
  ASSERT_TRUE(run(app().nodes().suspend(node.id(), "", {"operator"})).ok());
  clock_.advance_ms(10'000);
  const auto meanwhile = new_receipt(node);
  const auto refused = send(receipts_request(node, audience(), {before}));
  EXPECT_EQ(refused.code(), ErrorCode::node_suspended) << refused.body;
  clock_.advance_ms(10'000);
  ASSERT_TRUE(run(app().nodes().resume(node.id(), "operator")).ok());
  clock_.advance_ms(10'000);
  const auto after = new_receipt(node);
  const auto answer = submit(node, {before, meanwhile, after});
  EXPECT_EQ(answer.receipts[0].outcome, ReceiptOutcome::accepted) << answer.receipts[0].detail;
  EXPECT_EQ(answer.receipts[1].code, ErrorCode::receipt_rejected);
  EXPECT_EQ(answer.receipts[1].outcome, ReceiptOutcome::refused);
  EXPECT_EQ(answer.receipts[2].outcome, ReceiptOutcome::accepted);

  // Removed, and back with a new token.
  ASSERT_TRUE(run(app().nodes().remove(node.id(), "", {"operator"})).ok());
  clock_.advance_ms(10'000);
  const auto removed = new_receipt(node);
  EXPECT_EQ(send(receipts_request(node, audience(), {removed})).code(), ErrorCode::node_removed);
  clock_.advance_ms(10'000);
  ++node.boot_epoch;
  ASSERT_EQ(enroll_with(node, new_token()).status, 200);
  clock_.advance_ms(10'000);
  const auto again = submit(node, {removed, new_receipt(node), before});
  EXPECT_EQ(again.receipts[0].outcome, ReceiptOutcome::refused);
  EXPECT_EQ(again.receipts[1].outcome, ReceiptOutcome::accepted);
  EXPECT_EQ(again.receipts[2].outcome, ReceiptOutcome::already_there);
}

TEST_P(ReceiptIntakeTest, ARequestCountsOnceAndInOrder) {
  auto node = enrolled_node();
  const auto request = receipts_request(node, audience(), {new_receipt(node)});
  EXPECT_EQ(send(request).status, 200);
  EXPECT_EQ(send(request).code(), ErrorCode::replayed);
  // Signed for another purpose.
  const auto wrong = node.sign(
      protocol::SignatureTag::result, http::Method::post, protocol::receipts_path(node.id()),
      protocol::encode_receipt_batch(std::vector{new_receipt(node)}), audience());
  EXPECT_EQ(send(wrong).code(), ErrorCode::invalid_signature);
  TestNode stranger(clock_);
  EXPECT_EQ(send(receipts_request(stranger, audience(), {new_receipt(stranger)})).code(),
            ErrorCode::not_enrolled);
}

TEST_P(ReceiptIntakeTest, ManyNodesAtOnceAndTilesOfTwoLevels) {
  std::vector<TestNode> nodes;
  for (int i = 0; i < 6; ++i) nodes.push_back(enrolled_node());
  auto by = auditor();
  EXPECT_EQ(audit(by), "");
  EXPECT_EQ(by.head().size, 0u);
  for (int round = 0; round < 2; ++round) {
    std::vector<TestRequest> requests;
    for (auto& node : nodes)
      requests.push_back(receipts_request(node, audience(), new_receipts(node, 47)));
    for (const auto& answer : send_all(requests)) EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(audit(by), "");
  }
  EXPECT_EQ(by.head().size, 2u * 6 * 47);
  EXPECT_LT(app().receipt_intake().stats().batches, 12u);
  restart();
  auto later = auditor();
  EXPECT_EQ(audit(later), "");
  EXPECT_EQ(later.head(), by.head());
}

TEST_P(ReceiptIntakeTest, TilesThatAreNotThereAreNotFound) {
  auto node = enrolled_node();
  submit(node, new_receipts(node, 3));
  EXPECT_EQ(get("/v1/log/tile/0/000.p/3").status, 200);
  EXPECT_EQ(get("/v1/log/tile/0/000.p/2").body.size(), 64u);
  for (const char* path :
       {"tile/0/000.p/4", "tile/0/000", "tile/1/000.p/1", "tile/0/001", "tile/entries/000",
        "tile/7/000", "tile/0/0", "tile/x", "tile/0/000.p/03", "tile/0/%30%30%30.p/3"})
    EXPECT_EQ(get(std::string("/v1/log/") + path).status, 404) << path;
  EXPECT_EQ(get("/v1/log/checkpoint?x=1").status, 400);
  EXPECT_EQ(get("/v1/receipts/0x12").status, 400);
}

TEST_P(ReceiptIntakeTest, AnswersSayHowLongTheyMayBeKept) {
  auto node = enrolled_node();
  submit(node, new_receipts(node, 1));
  const auto tile = get("/v1/log/tile/entries/000.p/1");
  EXPECT_NE(tile.header("Cache-Control").find("immutable"), std::string::npos);
  EdgeRequest again;
  again.target = "/v1/log/tile/entries/000.p/1";
  const std::string tag = tile.header("ETag");
  again.headers = {{"If-None-Match", tag}};
  EXPECT_EQ(call(app(), again).status, 304);
  EXPECT_EQ(get("/v1/log/checkpoint").header("Cache-Control"), "no-cache");
  const auto log = get("/v1/log");
  const auto said = protocol::read_receipt_log_statement(log.body, audience());
  ASSERT_TRUE(said.ok()) << log.body;
  EXPECT_EQ(*said, app().receipt_log().verifier());
}

// The replicas' requests are on their way at once, from one loop each in turn.
TEST_P(ReceiptIntakeTest, G9_ReplicasThatRaceMakeOneLog) {
  if (GetParam() != TestDatabase::postgres) GTEST_SKIP() << "one process has the file";
  std::vector<ControlApp*> replicas = {&app(), &add_replica(), &add_replica()};
  std::vector<TestNode> nodes;
  for (int i = 0; i < 6; ++i) nodes.push_back(enrolled_node());
  constexpr int kRounds = 15;
  std::vector<std::vector<std::string>> accepted(replicas.size());
  std::vector<std::thread> threads;
  const auto now = clock_.wall_ms();
  for (std::size_t r = 0; r < replicas.size(); ++r) {
    threads.emplace_back([&, r] {
      for (int round = 0; round < kRounds; ++round) {
        auto& node = nodes[2 * r + static_cast<std::size_t>(round % 2)];
        std::vector<OutgoingReceipt> batch;
        for (int i = 0; i < 7; ++i) batch.push_back(signed_by(node, example_receipt(node, now)));
        const auto answer = send_to(*replicas[r], receipts_request(node, audience(), batch));
        if (answer.status != 200) continue;
        for (const auto& one : batch) accepted[r].push_back(one.receipt_hash);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  auto by = auditor();
  EXPECT_EQ(audit(by), "");
  std::size_t count = 0;
  for (const auto& of : accepted) {
    for (const auto& hash : of) EXPECT_TRUE(by.has(*protocol::parse_receipt_hash(hash))) << hash;
    count += of.size();
  }
  EXPECT_EQ(count, replicas.size() * kRounds * 7);
  EXPECT_EQ(by.entries(), count);
  // Each replica gives out the same log.
  for (auto* replica : replicas) {
    const auto published = http::run_task(replica->loop(), replica->receipt_log().checkpoint());
    ASSERT_TRUE(published.ok()) << published.error().detail;
    EXPECT_EQ((*published)->head, by.head());
  }
}

B3_ON_EVERY_DATABASE(ReceiptIntakeTest);

}  // namespace
}  // namespace b3iq::control

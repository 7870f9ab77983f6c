// Heartbeats over the routes, on every database.
#include <gtest/gtest.h>

#include "control/testing/control_fixture.h"
#include "protocol/messages/inventory.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/unenroll.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using protocol::SignatureTag;

class HeartbeatTest : public ControlTest {
 protected:
  NodeSummary summary(const TestNode& node) {
    auto found = run(app().nodes().get(node.id()));
    EXPECT_TRUE(found.ok());
    return found->summary;
  }
  // As it stands, with a body of its own.
  TestRequest signed_as(TestNode& node, SignatureTag tag) {
    return node.sign(tag, http::Method::post, protocol::heartbeats_path(node.id()),
                     protocol::encode_heartbeat(node.heartbeat()), audience());
  }
};

TEST_P(HeartbeatTest, ALeaseIsTakenAndAnsweredWithTimeAndWhatIsWanted) {
  auto node = enrolled_node();
  const auto answer = heartbeat_ok(node);
  EXPECT_EQ(answer.server_time_ms, clock_.wall_ms());
  EXPECT_EQ(answer.command_cursor, 0);
  EXPECT_TRUE(answer.want_inventory);
  EXPECT_TRUE(answer.want_readiness);
  EXPECT_EQ(answer.next_heartbeat_ms, kHeartbeatIntervalMs);
  EXPECT_TRUE(answer.notices.empty());
  const auto stored = summary(node);
  EXPECT_EQ(stored.last_seen_ms, clock_.wall_ms());
  EXPECT_EQ(stored.status, "ready");
  EXPECT_EQ(stored.agent_version, "1.0.0");
}

TEST_P(HeartbeatTest, LivenessIsComputedFromTime) {
  auto node = enrolled_node();
  const auto counts = [&] { return *run(app().nodes().counts()); };
  EXPECT_EQ(counts().offline, 1);  // never seen
  heartbeat_ok(node);
  EXPECT_EQ(counts().online, 1);
  clock_.advance_ms(kHeartbeatLeaseMs + 1);
  EXPECT_EQ(counts().stale, 1);
  clock_.advance_ms(protocol::kOfflineAfterMs);
  EXPECT_EQ(counts().offline, 1);
  heartbeat_ok(node);
  EXPECT_EQ(counts().online, 1);
}

TEST_P(HeartbeatTest, G4_43_TheSameHeartbeatHasOneEffectFromWhereverItComes) {
  auto node = enrolled_node();
  auto request = heartbeat_request(node);
  ASSERT_EQ(send(request).status, 200);
  const auto seen = summary(node).last_seen_ms;
  clock_.advance_ms(1'000);
  request.peer_address = "198.51.100.7";
  const auto again = send(request);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.code(), ErrorCode::replayed);
  EXPECT_EQ(again.error().facts.last_sequence, node.last_sequence);
  EXPECT_EQ(summary(node).last_seen_ms, seen);
}

TEST_P(HeartbeatTest, G4_43_SequencesRiseForEachNodeWhateverTheOrder) {
  auto node = enrolled_node();
  const auto first = heartbeat_request(node);
  const auto second = heartbeat_request(node);
  const auto third = heartbeat_request(node);
  EXPECT_EQ(send(second).status, 200);
  EXPECT_EQ(send(first).code(), ErrorCode::replayed);
  EXPECT_EQ(send(third).status, 200);
}

TEST_P(HeartbeatTest, G4_43_OfTheSameHeartbeatManyTimesAtOnceOneCounts) {
  auto node = enrolled_node();
  const auto request = heartbeat_request(node);
  int taken = 0;
  for (const auto& answer : send_all(std::vector(10, request))) {
    taken += answer.status == 200 ? 1 : 0;
    if (answer.status != 200) EXPECT_EQ(answer.code(), ErrorCode::replayed);
  }
  EXPECT_EQ(taken, 1);
}

TEST_P(HeartbeatTest, G4_44_ASignatureForAnotherPurposeIsRefused) {
  auto node = enrolled_node();
  for (const auto tag : {SignatureTag::enroll, SignatureTag::inventory, SignatureTag::poll,
                         SignatureTag::result, SignatureTag::receipts, SignatureTag::unenroll}) {
    EXPECT_EQ(send(signed_as(node, tag)).code(), ErrorCode::invalid_signature);
  }
  // And a heartbeat's elsewhere.
  auto request =
      node.sign(SignatureTag::heartbeat, http::Method::post, protocol::unenroll_path(node.id()),
                protocol::encode_unenroll({node.boot_epoch}), audience());
  EXPECT_EQ(send(request).code(), ErrorCode::invalid_signature);
  EXPECT_EQ(summary(node).standing, NodeStanding::enrolled);
}

TEST_P(HeartbeatTest, G4_45_ASignatureForAnotherControlPlaneIsRefused) {
  auto node = enrolled_node();
  const auto other = protocol::ControlPlaneIdentity::generate(base::system_random());
  const auto request =
      node.sign(SignatureTag::heartbeat, http::Method::post, protocol::heartbeats_path(node.id()),
                protocol::encode_heartbeat(node.heartbeat()), other.id());
  EXPECT_EQ(send(request).code(), ErrorCode::wrong_audience);
}

TEST_P(HeartbeatTest, G4_46_ASkewedClockIsToldBySecondsAndTheNodeGoesOn) {
  auto node = enrolled_node();
  for (const std::int64_t minutes : {2, -2}) {
    node.clock_offset_s = minutes * 60;
    EXPECT_EQ(heartbeat(node).status, 200) << minutes;
  }
  for (const std::int64_t minutes : {10, -10}) {
    node.clock_offset_s = minutes * 60;
    const auto refused = heartbeat(node);
    EXPECT_EQ(refused.status, 401);
    const auto error = refused.error();
    EXPECT_EQ(error.code, ErrorCode::clock_skew);
    EXPECT_EQ(error.facts.skew_seconds, minutes * 60);
    ASSERT_TRUE(error.facts.server_time_ms.has_value());
    EXPECT_EQ(*error.facts.server_time_ms / 1000, clock_.wall_ms() / 1000);
    EXPECT_TRUE(error.retriable);
    node.clock_offset_s -= *error.facts.skew_seconds;  // what a node does
    EXPECT_EQ(heartbeat(node).status, 200);
  }
}

TEST_P(HeartbeatTest, G4_46_AServerClockThatJumpsBackTakesNothingTwice) {
  auto node = enrolled_node();
  const auto request = heartbeat_request(node);
  ASSERT_EQ(send(request).status, 200);
  clock_.set_wall_ms(clock_.wall_ms() - 60'000);
  EXPECT_EQ(send(request).code(), ErrorCode::replayed);
  EXPECT_EQ(heartbeat(node).status, 200);
}

TEST_P(HeartbeatTest, ABodyPathOrQueryThatWasNotSignedIsRefused) {
  auto node = enrolled_node();
  auto body = heartbeat_request(node);
  body.body.replace(body.body.find("ready"), 5, "draining");
  EXPECT_EQ(send(body).code(), ErrorCode::invalid_signature);
  auto query = heartbeat_request(node);
  query.query = "a=1";
  EXPECT_EQ(send(query).code(), ErrorCode::invalid_signature);
  auto twice = heartbeat_request(node);
  twice.headers.push_back(twice.headers[2]);
  EXPECT_EQ(send(twice).code(), ErrorCode::invalid_signature);
  auto unsigned_one = heartbeat_request(node);
  unsigned_one.headers.clear();
  EXPECT_EQ(send(unsigned_one).status, 401);
}

TEST_P(HeartbeatTest, G9_110_ANodeSpeaksForItselfAlone) {
  auto node = enrolled_node();
  auto other = enrolled_node();
  const auto request =
      node.sign(SignatureTag::heartbeat, http::Method::post, protocol::heartbeats_path(other.id()),
                protocol::encode_heartbeat(node.heartbeat()), audience());
  EXPECT_EQ(send(request).code(), ErrorCode::not_enrolled);
  EXPECT_EQ(summary(other).last_seen_ms, 0);
}

TEST_P(HeartbeatTest, AStrangerIsRefused) {
  TestNode stranger(clock_);
  EXPECT_EQ(heartbeat(stranger).code(), ErrorCode::not_enrolled);
}

TEST_P(HeartbeatTest, AnAddressWhoseSignaturesKeepFailingHasToWaitAndOthersDoNot) {
  auto node = enrolled_node();
  heartbeat_ok(node);
  auto forged = heartbeat_request(node);
  forged.body.replace(forged.body.find("ready"), 5, "draining");
  forged.peer_address = "198.51.100.7";
  TestAnswer answer;
  for (int i = 0; i <= kRefusedPerMinute && answer.status != 429; ++i) answer = send(forged);
  EXPECT_EQ(answer.status, 429);
  EXPECT_FALSE(answer.retry_after.empty());
  heartbeat_ok(node);
}

TEST_P(HeartbeatTest, SuspensionAndRemovalCountAtOnceThoughTheKeyIsCached) {
  auto node = enrolled_node();
  heartbeat_ok(node);  // the key is cached now
  ASSERT_TRUE(run(app().nodes().suspend(node.id(), "abuse", "operator")).ok());
  const auto suspended = heartbeat(node);
  EXPECT_EQ(suspended.code(), ErrorCode::node_suspended);
  EXPECT_EQ(suspended.error().retry_after_ms, 60'000);
  ASSERT_TRUE(run(app().nodes().resume(node.id(), "operator")).ok());
  heartbeat_ok(node);
  ASSERT_TRUE(run(app().nodes().remove(node.id(), "sold", "operator")).ok());
  EXPECT_EQ(heartbeat(node).code(), ErrorCode::node_removed);
  EXPECT_EQ(run(app().nodes().resume(node.id(), "operator")).error().code, ErrorCode::node_removed);
  EXPECT_EQ(audited(node.id().text()), (std::vector<std::string>{"node.enrolled", "node.suspended",
                                                                 "node.resumed", "node.removed"}));
}

TEST_P(HeartbeatTest, OfTwoMachinesWithOneIdentityTheNewerStartWinsAndBothAreTold) {
  auto older = enrolled_node();
  heartbeat_ok(older);
  auto newer = older.clone_machine();
  newer.boot_epoch = older.boot_epoch + 1;
  EXPECT_TRUE(heartbeat_ok(newer).notices.empty());
  older.last_sequence = newer.last_sequence;
  EXPECT_EQ(heartbeat(older).code(), ErrorCode::identity_superseded);
  EXPECT_EQ(heartbeat(older).code(), ErrorCode::identity_superseded);
  newer.last_sequence = older.last_sequence;
  const auto told = heartbeat_ok(newer);
  ASSERT_EQ(told.notices.size(), 1U);
  EXPECT_EQ(told.notices[0], protocol::NodeNotice::other_start_superseded);
  EXPECT_EQ(audited(older.id().text()),
            (std::vector<std::string>{"node.enrolled", "node.identity_superseded"}));
  clock_.advance_ms(kSupersededNoticeMs);
  EXPECT_TRUE(heartbeat_ok(newer).notices.empty());
}

TEST_P(HeartbeatTest, OldStartsThatRiseAreAuditedOnceAMinute) {
  auto older = enrolled_node();
  auto newer = older.clone_machine();
  newer.boot_epoch = 1'000;
  heartbeat_ok(newer);
  older.last_sequence = newer.last_sequence;
  const auto count = [&] {
    return std::ranges::count(audited(older.id().text()), "node.identity_superseded");
  };
  // Ten minutes of four starts a minute.
  for (std::int64_t i = 0; i < 40; ++i) {
    ++older.boot_epoch;
    EXPECT_EQ(heartbeat(older).code(), ErrorCode::identity_superseded);
    EXPECT_EQ(count(), 1 + i / 4);
    clock_.advance_ms(15'000);
  }
  newer.last_sequence = older.last_sequence;
  EXPECT_EQ(heartbeat_ok(newer).notices.size(), 1U);
}

TEST_P(HeartbeatTest, ManyAtOnceShareFewCommits) {
  constexpr int kNodes = 60;
  std::vector<TestNode> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back(enrolled_node());
  std::vector<TestRequest> requests;
  for (auto& node : nodes) requests.push_back(heartbeat_request(node));
  // The keys are not cached yet: look-ups come back in their own time.
  for (const auto& answer : send_all(requests)) EXPECT_EQ(answer.status, 200) << answer.body;
  const auto before = app().heartbeats().stats();
  requests.clear();
  for (auto& node : nodes) requests.push_back(heartbeat_request(node));
  requests.push_back(requests.front());  // a replay among them spoils nothing
  std::size_t taken = 0;
  for (const auto& answer : send_all(requests)) {
    taken += answer.status == 200 ? 1 : 0;
    if (answer.status != 200) EXPECT_EQ(answer.code(), ErrorCode::replayed);
  }
  EXPECT_EQ(taken, nodes.size());
  const auto after = app().heartbeats().stats();
  EXPECT_EQ(after.entries - before.entries, kNodes + 1U);
  EXPECT_LE(after.batches - before.batches, 3U);
}

TEST_P(HeartbeatTest, AnInventoryIsKeptUnderTheHashOfWhatCame) {
  auto node = enrolled_node();
  protocol::InventoryReport report;
  report.boot_epoch = node.boot_epoch;
  report.inventory.emplace();
  report.inventory->os.id = "debian";
  report.readiness.emplace();
  protocol::ModelProfile model;
  model.model_id = "b3iq-atlas-5m";
  model.status = protocol::ModelStatus::installed;
  model.runtime_kind = "embedded";
  model.network_eligible = true;
  report.readiness->models = {model};
  const auto answer = send(node.sign(SignatureTag::inventory, http::Method::put,
                                     protocol::inventory_path(node.id()),
                                     protocol::encode_inventory_report(report), audience()));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto told = protocol::decode_inventory_answer(answer.body);
  EXPECT_EQ(told->inventory_hash, protocol::inventory_hash(*report.inventory));
  EXPECT_EQ(told->readiness_hash, protocol::readiness_hash(*report.readiness));

  auto beat = node.heartbeat();
  beat.inventory_hash = *told->inventory_hash;
  beat.readiness_hash = *told->readiness_hash;
  const auto again = send(node.sign(SignatureTag::heartbeat, http::Method::post,
                                    protocol::heartbeats_path(node.id()),
                                    protocol::encode_heartbeat(beat), audience()));
  const auto wants = protocol::decode_heartbeat_answer(again.body);
  ASSERT_TRUE(wants.ok());
  EXPECT_FALSE(wants->want_inventory);
  EXPECT_FALSE(wants->want_readiness);

  const auto models = run(app().nodes().models("", 10));
  ASSERT_EQ(models->size(), 1U);
  EXPECT_EQ((*models)[0].model_id, "b3iq-atlas-5m");
  EXPECT_EQ((*models)[0].nodes_online, 1);
  EXPECT_EQ((*models)[0].nodes_eligible, 1);
}

TEST_P(HeartbeatTest, ANodeThatLeavesIsRemovedByItsOwnWord) {
  auto node = enrolled_node();
  const auto left =
      send(node.sign(SignatureTag::unenroll, http::Method::post, protocol::unenroll_path(node.id()),
                     protocol::encode_unenroll({node.boot_epoch}), audience()));
  ASSERT_EQ(left.status, 200) << left.body;
  EXPECT_EQ(heartbeat(node).code(), ErrorCode::node_removed);
  EXPECT_EQ(audited(node.id().text()),
            (std::vector<std::string>{"node.enrolled", "node.unenrolled"}));
}

TEST_P(HeartbeatTest, NodesAreListedInPagesByStandingAndTag) {
  std::vector<TestNode> nodes;
  for (int i = 0; i < 5; ++i) nodes.push_back(enrolled_node({i < 2 ? "lab" : "lab_2"}));
  ASSERT_TRUE(run(app().nodes().suspend(nodes[0].id(), "x", "operator")).ok());
  NodeQuery query;
  query.limit = 2;
  std::size_t seen = 0;
  do {
    const auto page = run(app().nodes().list(query));
    ASSERT_TRUE(page.ok());
    seen += page->nodes.size();
    query.after_id = page->next_after_id;
  } while (!query.after_id.empty());
  EXPECT_EQ(seen, 5U);
  NodeQuery tagged;
  tagged.tag = "lab";
  EXPECT_EQ(run(app().nodes().list(tagged))->nodes.size(), 2U);
  tagged.standing = NodeStanding::suspended;
  EXPECT_EQ(run(app().nodes().list(tagged))->nodes.size(), 1U);
}

TEST_P(HeartbeatTest, WhatWasAcknowledgedIsThereAfterARestart) {
  auto node = enrolled_node();
  heartbeat_ok(node);
  const auto seen = summary(node).last_seen_ms;
  restart();
  EXPECT_EQ(summary(node).last_seen_ms, seen);
  heartbeat_ok(node);
}

B3_ON_EVERY_DATABASE(HeartbeatTest);

}  // namespace
}  // namespace b3iq::control

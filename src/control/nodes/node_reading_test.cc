// What it costs to read of many nodes: statements, counted.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "control/approvals/approval_gate.h"
#include "control/nodes/node_store.h"
#include "control/nodes/recent_node_counts.h"
#include "control/public_api/public_facts.h"
#include "control/testing/control_fixture.h"
#include "control/testing/counting_database.h"
#include "control/testing/edge_call.h"

namespace b3iq::control {
namespace {

class NodeReadingTest : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    if (HasFatalFailure()) return;
    database_.emplace(app().database());
    audit_.emplace(*database_, clock_);
    nodes_.emplace(*database_, *audit_, clock_, gate_, app().commands());
  }
  std::string metrics() {
    EdgeRequest request{http::Method::get, "/metrics", "", std::string(app().operator_token()), {},
                        "127.0.0.1"};
    return call(app(), request).body;
  }

  std::optional<CountingDatabase> database_;
  std::optional<AuditLog> audit_;
  ApprovalGate gate_{{}, clock_};
  std::optional<NodeService> nodes_;
};

TEST_P(NodeReadingTest, APublicPageIsOneStatementHoweverManyNodesStandOnIt) {
  PublicFacts facts(*nodes_, clock_, audience());
  for (const std::size_t nodes : {1U, 6U}) {
    for (auto had = run(facts.nodes("", 100))->nodes.size(); had < nodes; ++had) enrolled_node();
    database_->take_statements();
    const auto page = run(facts.nodes("", 100));
    ASSERT_TRUE(page.ok()) << page.error().detail;
    EXPECT_EQ(page->nodes.size(), nodes);
    EXPECT_EQ(page->next_after_id, "");
    EXPECT_EQ(database_->take_statements(), 1);
  }
}

TEST_P(NodeReadingTest, ModelsOfANodeAreWrittenInOneTripHoweverMany) {
  const auto node = enrolled_node();
  std::vector<protocol::ModelProfile> models(100);
  for (std::size_t i = 0; i < models.size(); ++i) {
    models[i].model_id = fmt::format("model-{}", i);
    models[i].status = protocol::ModelStatus::installed;
  }
  for (const std::size_t count : {100U, 3U, 0U}) {
    models.resize(count);
    auto body = [&](storage::Transaction& tx) { return put_models(tx, node.id().text(), models); };
    ASSERT_TRUE(run(database_->write(std::move(body), storage::Isolation::serializable)).ok());
    EXPECT_LE(database_->take_written(), 2) << "what was there goes, what is there comes";
    EXPECT_EQ(run(nodes_->models("", 200))->size(), count);
  }
}

TEST_P(NodeReadingTest, ARemovedNodeTakesNoPlaceOnAPage) {
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(enrolled_node().id().text());
  std::ranges::sort(ids);
  ASSERT_TRUE(run(app().nodes().remove(protocol::NodeId::trusted(ids[0]), "", "operator")).ok());
  PublicFacts facts(*nodes_, clock_, audience());
  const auto first = run(facts.nodes("", 2));
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->nodes.size(), 2U);
  EXPECT_EQ(first->nodes[0].node_id.text(), ids[1]);
  EXPECT_EQ(first->next_after_id, ids[2]);
  const auto last = run(facts.nodes(first->next_after_id, 2));
  ASSERT_EQ(last->nodes.size(), 1U);
  EXPECT_EQ(last->nodes[0].node_id.text(), ids[3]);
  EXPECT_EQ(last->next_after_id, "");
}

TEST_P(NodeReadingTest, TheNumbersOfTheNetworkAreTwoStatements) {
  enrolled_node();
  PublicFacts facts(*nodes_, clock_, audience());
  database_->take_statements();
  EXPECT_EQ(run(facts.network())->nodes_enrolled, 1);
  EXPECT_EQ(database_->take_statements(), 2);
}

TEST_P(NodeReadingTest, OneCountServesThoseWhoAskWithinAFewSeconds) {
  RecentNodeCounts counts(*nodes_, clock_);
  enrolled_node();
  EXPECT_EQ(run(counts.get())->enrolled, 1);
  EXPECT_EQ(database_->take_statements(), 1);
  enrolled_node();
  clock_.advance_ms(kNodeCountsFreshMs - 1);
  EXPECT_EQ(run(counts.get())->enrolled, 1);
  EXPECT_EQ(database_->take_statements(), 0);
  clock_.advance_ms(1);
  EXPECT_EQ(run(counts.get())->enrolled, 2);
  EXPECT_EQ(database_->take_statements(), 1);
}

TEST_P(NodeReadingTest, WhileOneCountsTheOthersDoNot) {
  RecentNodeCounts counts(*nodes_, clock_);
  auto ask_twice = [&]() -> base::Task<int> {
    std::optional<NodeCounts> first;
    auto ask = [&]() -> base::Task<void> { first = co_await counts.get(); };
    base::detach(ask());
    const auto second = co_await counts.get();
    EXPECT_FALSE(first) << "the first still waits for the database";
    EXPECT_FALSE(second) << "there is no count yet";
    while (!first) co_await app().loop().sleep(1);
    co_return database_->take_statements();
  };
  EXPECT_EQ(run(ask_twice()), 1);
}

TEST_P(NodeReadingTest, TheLastCountStandsWhileCountingFails) {
  RecentNodeCounts counts(*nodes_, clock_);
  enrolled_node();
  EXPECT_EQ(run(counts.get())->enrolled, 1);
  database_->fail_reads();
  clock_.advance_ms(kNodeCountsFreshMs);
  const auto last = run(counts.get());
  ASSERT_TRUE(last);
  EXPECT_EQ(last->enrolled, 1);
}

TEST_P(NodeReadingTest, MetricsTellTheRecentCount) {
  const std::string one = "b3iq_control_nodes{state=\"offline\"} 1\n";
  const std::string two = "b3iq_control_nodes{state=\"offline\"} 2\n";
  enrolled_node();
  EXPECT_NE(metrics().find(one), std::string::npos) << metrics();
  enrolled_node();
  EXPECT_NE(metrics().find(one), std::string::npos);
  clock_.advance_ms(kNodeCountsFreshMs);
  EXPECT_NE(metrics().find(two), std::string::npos);
}

B3_ON_EVERY_DATABASE(NodeReadingTest);

}  // namespace
}  // namespace b3iq::control

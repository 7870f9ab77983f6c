// What a replica knows of the fleet's keys after it has started.
#include "control/auth/node_keys.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "control/testing/control_fixture.h"

namespace b3iq::control {
namespace {

using base::Task;

class NodeKeysTest : public ControlTest {
 protected:
  // How many of `nodes` are known, each with its own key, without asking the database.
  std::ptrdiff_t known(NodeKeys& keys, const std::vector<TestNode>& nodes) {
    return std::ranges::count_if(nodes, [&keys](const TestNode& node) {
      const auto* key = keys.cached(node.id().text());
      return key != nullptr && key->bytes == node.identity.public_key().bytes;
    });
  }
  void load(NodeKeys& keys) {
    auto loading = [](NodeKeys& of) -> Task<bool> {
      co_await of.load();
      co_return true;
    };
    EXPECT_TRUE(run(loading(keys)));
  }
  std::vector<TestNode> fleet(int size) {
    std::vector<TestNode> nodes;
    for (int i = 0; i < size; ++i) nodes.push_back(enrolled_node());
    return nodes;
  }
};

TEST_P(NodeKeysTest, AFleetIsKnownWithoutBeingAskedForOneByOne) {
  const auto nodes = fleet(7);
  NodeKeys keys(app().database());
  EXPECT_EQ(known(keys, nodes), 0);
  load(keys);
  EXPECT_EQ(known(keys, nodes), 7);
}

TEST_P(NodeKeysTest, WhatIsLoadedStaysWithinTheBound) {
  const auto nodes = fleet(7);
  NodeKeys keys(app().database(), 4);
  load(keys);
  EXPECT_GE(known(keys, nodes), 3);
  EXPECT_LE(known(keys, nodes), 6);  // two generations of 3
}

// Of a database that somebody else could write to: a key that is not the node's is no key of it.
TEST_P(NodeKeysTest, AKeyThatIsNotTheNodesIsNotTaken) {
  const auto nodes = fleet(2);
  auto swap = [&nodes](storage::Transaction& tx) -> Task<base::Status> {
    static constexpr storage::Statement kPutKey{
        "UPDATE nodes SET public_key = $2 WHERE node_id = $1"};
    const storage::Value values[] = {std::string_view(nodes[0].id().text()),
                                     base::ByteView(nodes[1].identity.public_key().bytes)};
    CO_TRY_OK(co_await tx.exec(kPutKey, values));
    co_return base::Status();
  };
  ASSERT_TRUE(run(app().database().write(std::move(swap))).ok());
  NodeKeys keys(app().database());
  load(keys);
  EXPECT_EQ(keys.cached(nodes[0].id().text()), nullptr);
  EXPECT_NE(keys.cached(nodes[1].id().text()), nullptr);
  const auto found = run(keys.look_up(nodes[0].id()));
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, base::ErrorCode::not_enrolled);
}

TEST_P(NodeKeysTest, WithoutTheDatabaseNothingIsLoadedAndNothingFails) {
  const auto nodes = fleet(1);
  NodeKeys keys(app().database());
  app().database().close();
  load(keys);
  EXPECT_EQ(known(keys, nodes), 0);
}

B3_ON_EVERY_DATABASE(NodeKeysTest);

}  // namespace
}  // namespace b3iq::control

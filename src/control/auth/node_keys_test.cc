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

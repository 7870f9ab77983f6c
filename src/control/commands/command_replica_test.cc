// Commands, heartbeats and enrollment at two replicas of one control plane.
#include <gtest/gtest.h>

#include <thread>
#include "base/join.h"
#include "control/commands/command_clock.h"
#include "control/testing/command_fixture.h"

namespace b3iq::control {
namespace {

// Two processes, one server.
class ReplicaTest : public CommandTest {};

TEST_P(ReplicaTest, ACommandQueuedAtOneReplicaReachesAPollAtAnother) {
  auto node = enrolled_node();
  auto& other = add_replica();
  const auto queued = queue(node);
  const auto answer = send_to(other, poll_request(node, asking(node)));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(protocol::decode_poll_answer(answer.body)->commands.at(0).command_id, queued.id);
}

TEST_P(ReplicaTest, WhatOneReplicaHasTakenTheOtherRefuses) {
  auto node = enrolled_node();
  auto& other = add_replica();
  const auto request = heartbeat_request(node);
  EXPECT_EQ(send(request).status, 200);
  EXPECT_EQ(send_to(other, request).code(), ErrorCode::replayed);
  ASSERT_TRUE(run(app().nodes().suspend(node.id(), "", "operator")).ok());
  EXPECT_EQ(send_to(other, heartbeat_request(node)).code(), ErrorCode::node_suspended);
}

TEST_P(ReplicaTest, APollThatWaitsHearsOfWhatAnotherReplicaQueued) {
  auto node = enrolled_node();
  auto& other = add_replica();
  auto asked = asking(node);
  asked.wait_seconds = protocol::kMaxPollWaitSeconds;
  const auto request = poll_request(node, asked);
  struct Both {
    static base::Task<TestAnswer> wait(CommandTest& test, ControlApp& other,
                                       const TestRequest& request, const TestNode& node) {
      TestAnswer answer;
      std::vector<base::Task<void>> tasks;
      tasks.push_back(keep_answer(other, request, answer));
      tasks.push_back(queue_elsewhere(test, other, node));
      co_await base::join_all(std::move(tasks));
      co_return answer;
    }
    static base::Task<void> queue_elsewhere(CommandTest& test, ControlApp& other,
                                            const TestNode& node) {
      while (!other.poll_waiters().waits(node.id().text())) co_await other.loop().sleep(1);
      CommandSpec spec;
      spec.node_id = node.id();
      spec.arguments = protocol::RefreshInventoryArguments{};
      auto task = test.app().commands().queue(std::move(spec), "operator");
      const auto queued = co_await std::move(task);
      EXPECT_TRUE(queued.ok());
      EXPECT_TRUE(other.poll_waiters().waits(node.id().text()));  // nobody has told it
      auto look = other.command_clock().look_for_others();
      const auto looked = co_await std::move(look);
      EXPECT_TRUE(looked.ok());
    }
  };
  const auto answer = http::run_task(other.loop(), Both::wait(*this, other, request, node));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(protocol::decode_poll_answer(answer.body)->commands.size(), 1U);
}

TEST_P(ReplicaTest, G9_109_OneTokenAtTwoReplicasAtOnceEnrollsOne) {
  auto& other = add_replica();
  for (int round = 0; round < 5; ++round) {
    const auto token = new_token();
    TestNode a(clock_);
    TestNode b(clock_);
    const auto statement = [&](TestNode& node) {
      const auto challenge = protocol::decode_challenge(send(node.challenge_request(token)).body);
      EXPECT_TRUE(challenge.ok());
      return node.enrollment_request(*challenge);
    };
    const auto first = statement(a);
    const auto second = statement(b);
    TestAnswer there;
    std::thread replica([&] { there = send_to(other, second); });
    const auto here = send(first);
    replica.join();
    EXPECT_EQ((here.status == 200 ? 1 : 0) + (there.status == 200 ? 1 : 0), 1)
        << here.body << there.body;
  }
}

TEST_P(ReplicaTest, TheSameHeartbeatAtTwoReplicasAtOnceCountsOnce) {
  auto node = enrolled_node();
  auto& other = add_replica();
  for (int round = 0; round < 10; ++round) {
    const auto request = heartbeat_request(node);
    TestAnswer there;
    std::thread replica([&] { there = send_to(other, request); });
    const auto here = send(request);
    replica.join();
    EXPECT_EQ((here.status == 200 ? 1 : 0) + (there.status == 200 ? 1 : 0), 1)
        << here.body << there.body;
  }
}

std::vector<TestDatabase> servers() {
  auto all = test_databases();
  std::erase(all, TestDatabase::sqlite);
  return all;
}
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ReplicaTest);
INSTANTIATE_TEST_SUITE_P(Db, ReplicaTest, ::testing::ValuesIn(servers()), name_of_database);

}  // namespace
}  // namespace b3iq::control

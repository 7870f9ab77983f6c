// What polls are given, when they wait and when they end, on every database.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>

#include "base/join.h"
#include "control/commands/command_clock.h"
#include "control/commands/command_dispatch.h"
#include "control/testing/command_fixture.h"

namespace b3iq::control {
namespace {

class PollTest : public CommandTest {
 protected:
  // `step` is run once the node's poll waits.
  TestAnswer answer_while_it_waits(const TestNode& node, const TestRequest& request,
                                   const std::function<void(PollWaiters&)>& step) {
    TestAnswer answer;
    std::vector<base::Task<void>> tasks;
    tasks.push_back(keep_answer(app(), request, answer));
    tasks.push_back(run_once_it_waits(node, step));
    run(joined(std::move(tasks)));
    return answer;
  }

 private:
  base::Task<void> run_once_it_waits(const TestNode& node,
                                     const std::function<void(PollWaiters&)>& step) {
    auto& waiters = app().poll_waiters();
    while (!waiters.waits(node.id().text())) co_await app().loop().sleep(1);
    step(waiters);
  }
  static base::Task<bool> joined(std::vector<base::Task<void>> tasks) {
    co_await base::join_all(std::move(tasks));
    co_return true;
  }
};

TEST_P(PollTest, AReplayedPollTakesNoCommand) {
  auto node = enrolled_node();
  const auto request = poll_request(node, asking(node));
  ASSERT_EQ(send(request).status, 200);
  const auto queued = queue(node);
  EXPECT_EQ(send(request).code(), ErrorCode::replayed);
  EXPECT_EQ(command(queued.id).state, CommandState::queued);
}

TEST_P(PollTest, PollsOfManyNodesShareFewCommitsAndOnlyWhoHasACommandNeedsMore) {
  constexpr std::size_t kNodes = 30;
  std::vector<TestNode> nodes;
  for (std::size_t i = 0; i < kNodes; ++i) nodes.push_back(enrolled_node());
  for (auto& node : nodes) heartbeat_ok(node);  // the keys are cached
  const auto queued = queue(nodes[7]);
  const auto claims_before = app().poll_claims().stats();
  const auto bodies_before = app().database().stats().bodies;
  std::vector<TestRequest> requests;
  for (auto& node : nodes) requests.push_back(poll_request(node, asking(node)));
  requests.push_back(requests.front());  // a replay among them spoils nothing
  std::size_t commands = 0;
  std::size_t replays = 0;
  for (const auto& answer : send_all(requests)) {
    if (answer.status != 200) {
      EXPECT_EQ(answer.code(), ErrorCode::replayed);
      ++replays;
      continue;
    }
    const auto polled = protocol::decode_poll_answer(answer.body);
    ASSERT_TRUE(polled.ok());
    for (const auto& command : polled->commands) EXPECT_EQ(command.command_id, queued.id);
    commands += polled->commands.size();
  }
  EXPECT_EQ(commands, 1U);
  EXPECT_EQ(replays, 1U);
  const auto claims = app().poll_claims().stats();
  const auto batches = claims.batches - claims_before.batches;
  EXPECT_EQ(claims.entries - claims_before.entries, kNodes + 1);
  EXPECT_LE(batches, 3U);
  EXPECT_EQ(app().database().stats().bodies - bodies_before, batches + 1);
}

TEST_P(PollTest, OfManyPollsAtOnceOneGetsTheCommand) {
  auto node = enrolled_node();
  queue(node);
  std::vector<TestRequest> requests;
  for (int i = 0; i < 8; ++i) requests.push_back(poll_request(node, asking(node)));
  std::size_t leased = 0;
  for (const auto& answer : send_all(requests)) {
    const auto decoded = protocol::decode_poll_answer(answer.body);
    if (answer.status == 200 && decoded.ok()) leased += decoded->commands.size();
  }
  EXPECT_EQ(leased, 1U);
}

TEST_P(PollTest, G9_112_WhatACutAnswerHandedOutIsHandedOutAgainByTheNextPoll) {
  auto node = enrolled_node();
  const auto queued = queue(node);
  const auto cut = poll(node).commands.at(0);  // the node never sees it
  restart();
  EXPECT_TRUE(poll(node).commands.empty());  // it may still be on its way
  clock_.advance_ms(kAnswerOnItsWayMs);
  const auto again = poll(node).commands;
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].command_id, queued.id);
  EXPECT_NE(again[0].lease_token, cut.lease_token);
  EXPECT_EQ(again[0].attempt, 2);
  EXPECT_EQ(bring(node, cut.lease_token, done(node, queued.id)).code(), ErrorCode::lease_lost);
  EXPECT_EQ(bring(node, again[0].lease_token, done(node, queued.id)).status, 200);
  EXPECT_EQ(
      audited(queued.id.text()),
      (std::vector<std::string>{"command.queued", "command.lease_lost", "command.succeeded"}));
}

TEST_P(PollTest, WhatANodeHoldsOrHasToldOfIsNotTakenBack) {
  auto node = enrolled_node();
  const auto held = queue(node);
  const auto lease = poll(node).commands.at(0).lease_token;
  auto asked = asking(node);
  asked.held = {{held.id, lease, protocol::CommandPhase::waiting, 0, 0}};
  clock_.advance_ms(kAnswerOnItsWayMs);
  EXPECT_TRUE(poll(node, asked).commands.empty());
  asked.held = {{held.id, lease, protocol::CommandPhase::running, 0, 0}};
  EXPECT_TRUE(poll(node, asked).commands.empty());
  clock_.advance_ms(kAnswerOnItsWayMs);
  EXPECT_TRUE(poll(node).commands.empty());  // it is at work somewhere
  EXPECT_EQ(bring(node, lease, done(node, held.id)).status, 200);
}

TEST_P(PollTest, TheLastAttemptWaitsUntilItsLeaseLapses) {
  auto node = enrolled_node();
  const auto queued = queue(node, 1);
  const auto lease = poll(node).commands.at(0).lease_token;
  clock_.advance_ms(kAnswerOnItsWayMs);
  EXPECT_TRUE(poll(node).commands.empty());
  EXPECT_EQ(bring(node, lease, done(node, queued.id)).status, 200);
}

TEST_P(PollTest, OnlyKindsThatTheNodeCanDoAreGivenAndTheCursorStaysBelowWhatIsLeft) {
  auto node = enrolled_node();
  const auto first = queue(node);
  const auto second = queue(node);
  auto one = asking(node);
  one.max = 1;
  const auto answer = poll(node, one);
  ASSERT_EQ(answer.commands.size(), 1U);
  EXPECT_EQ(answer.commands[0].command_id, first.id);
  EXPECT_LT(answer.cursor, second.cursor);
  const protocol::HeldCommand held{first.id, answer.commands[0].lease_token,
                                   protocol::CommandPhase::waiting, 0, 0};
  auto other_kinds = asking(node);
  other_kinds.held = {held};
  other_kinds.kinds = {CommandKind::benchmark_smoke};
  EXPECT_TRUE(poll(node, other_kinds).commands.empty());
  auto rest = asking(node);
  rest.held = {held};
  EXPECT_EQ(poll(node, rest).commands.at(0).command_id, second.id);
}

TEST_P(PollTest, ALongPollIsAnsweredWhenACommandComes) {
  auto node = enrolled_node();
  auto asked = asking(node);
  asked.wait_seconds = protocol::kMaxPollWaitSeconds;
  const auto request = poll_request(node, asked);
  const auto answer = poll_until_queued(request, node);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(protocol::decode_poll_answer(answer.body)->commands.size(), 1U);
}

TEST_P(PollTest, APollThatNamesWhatIsDoneMeanwhileWaitsForTheNextCommand) {
  auto node = enrolled_node();
  const auto queued = queue(node);
  const auto first = poll(node);
  const auto lease = first.commands.at(0).lease_token;
  auto asked = asking(node);
  asked.cursor = first.cursor;
  asked.wait_seconds = protocol::kMaxPollWaitSeconds;
  asked.held = {{queued.id, lease, protocol::CommandPhase::running, 0, 0}};
  ASSERT_EQ(bring(node, lease, done(node, queued.id)).status, 200);
  const auto answer = poll_until_queued(poll_request(node, asked), node);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto told = protocol::decode_poll_answer(answer.body);
  EXPECT_EQ(told->commands.size(), 1U);
  EXPECT_EQ(told->leases.at(0).state, LeaseState::done);
}

TEST_P(PollTest, ACommandThatIsQueuedInTheGroupCommitOfAPollReachesThePoll) {
  auto node = enrolled_node();
  heartbeat_ok(node);  // the key is cached
  auto asked = asking(node);
  asked.wait_seconds = protocol::kMaxPollWaitSeconds;
  asked.cursor = heartbeat_ok(node).command_cursor;
  const auto request = poll_request(node, asked);
  // The group that is under way until both are queued.
  struct Hold {
    std::atomic<bool> begun = false;
    std::promise<void> end;
    std::shared_future<void> ended = end.get_future().share();
  } hold;
  struct Both {
    static base::Task<TestAnswer> wait(CommandTest& test, const TestRequest& request,
                                       const TestNode& node, Hold& hold) {
      TestAnswer answer;
      std::vector<base::Task<void>> tasks;
      tasks.push_back(hold_the_writer(test, hold));
      tasks.push_back(poll_when_held(test, hold, request, answer));
      tasks.push_back(queue_behind_the_poll(test, node, hold, answer));
      co_await base::join_all(std::move(tasks));
      co_return answer;
    }
    static base::Task<void> hold_the_writer(CommandTest& test, Hold& hold) {
      auto body = [&hold](storage::Transaction&) -> base::Task<base::Status> {
        hold.begun = true;
        hold.ended.wait();
        co_return base::Status();
      };
      const auto held = co_await test.app().database().write(std::move(body));
      EXPECT_TRUE(held.ok());
    }
    static base::Task<void> poll_when_held(CommandTest& test, Hold& hold,
                                           const TestRequest& request, TestAnswer& answer) {
      while (!hold.begun) co_await test.app().loop().sleep(1);
      co_await keep_answer(test.app(), request, answer);
    }
    static base::Task<void> until_queued(CommandTest& test, std::uint64_t writes) {
      while (test.app().database().stats().queued_now < writes) co_await test.app().loop().sleep(1);
    }
    static base::Task<void> queue_behind_the_poll(CommandTest& test, const TestNode& node,
                                                  Hold& hold, const TestAnswer& answer) {
      while (!hold.begun) co_await test.app().loop().sleep(1);
      co_await until_queued(test, 1);
      std::vector<base::Task<void>> tasks;
      tasks.push_back(queue_one(test, node));
      tasks.push_back(release(test, hold));
      co_await base::join_all(std::move(tasks));
      // Either it has its answer, or it waits and nobody will tell it.
      auto& waiters = test.app().poll_waiters();
      while (answer.status == 0 && !waiters.waits(node.id().text()))
        co_await test.app().loop().sleep(1);
      EXPECT_FALSE(waiters.waits(node.id().text())) << "it missed the command";
      waiters.announce(node.id().text());
    }
    static base::Task<void> queue_one(CommandTest& test, const TestNode& node) {
      CommandSpec spec;
      spec.node_id = node.id();
      spec.arguments = protocol::RefreshInventoryArguments{};
      auto task = test.app().commands().queue(std::move(spec), "operator");
      const auto queued = co_await std::move(task);
      EXPECT_TRUE(queued.ok());
    }
    static base::Task<void> release(CommandTest& test, Hold& hold) {
      co_await until_queued(test, 2);
      hold.end.set_value();
    }
  };
  const auto answer = run(Both::wait(*this, request, node, hold));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(protocol::decode_poll_answer(answer.body)->commands.size(), 1U);
}

TEST_P(PollTest, ALongPollEndsWhenItsTimeIsUp) {
  auto node = enrolled_node();
  auto asked = asking(node);
  asked.wait_seconds = protocol::kMaxPollWaitSeconds;
  const auto request = poll_request(node, asked);
  const auto let_time_pass = [&](PollWaiters& waiters) {
    clock_.advance_ms(protocol::kMaxPollWaitSeconds * 1000 - 1);
    waiters.tick();
    EXPECT_TRUE(waiters.waits(node.id().text()));
    clock_.advance_ms(1);
    waiters.tick();
  };
  const auto answer = answer_while_it_waits(node, request, let_time_pass);
  ASSERT_EQ(answer.status, 200);
  const auto decoded = protocol::decode_poll_answer(answer.body);
  EXPECT_TRUE(decoded->commands.empty());
  EXPECT_EQ(decoded->server_time_ms, clock_.wall_ms());
}

TEST_P(PollTest, ALongPollEndsWhenAnUnheardLeaseCanBeTakenBack) {
  auto node = enrolled_node();
  queue(node);
  const auto first = poll(node);
  ASSERT_EQ(first.commands.size(), 1U);
  auto asked = asking(node);
  asked.cursor = first.cursor;
  asked.wait_seconds = protocol::kMaxPollWaitSeconds;
  const auto request = poll_request(node, asked);
  const auto let_time_pass = [&](PollWaiters& waiters) {
    clock_.advance_ms(kAnswerOnItsWayMs);
    waiters.tick();
  };
  EXPECT_EQ(answer_while_it_waits(node, request, let_time_pass).status, 200);
  EXPECT_EQ(poll(node).commands.size(), 1U);
}

B3_ON_EVERY_DATABASE(PollTest);

}  // namespace
}  // namespace b3iq::control

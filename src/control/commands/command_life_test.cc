// Commands from the queue to the node and back, over the routes, on every database.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/join.h"
#include "base/random.h"
#include "control/commands/command_clock.h"
#include "control/commands/command_store.h"
#include "control/testing/control_fixture.h"
#include "control/testing/counting_database.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/poll.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using protocol::LeaseState;
using protocol::SignatureTag;

struct NobodyFollows final : CommandFollower {
  base::Task<base::Status> turned(storage::Transaction&, std::string_view,
                                  CommandTurn) const override {
    co_return base::Status();
  }
  base::Task<base::Status> answered(storage::Transaction&,
                                    const protocol::CommandResult&) const override {
    co_return base::Status();
  }
  base::Task<base::Status> node_left(storage::Transaction&, std::string_view) const override {
    co_return base::Status();
  }
  void told(std::string_view) override {}
};

class CommandTest : public ControlTest {
 protected:
  Command queue(const TestNode& node, std::int64_t attempts = kDefaultCommandAttempts) {
    CommandSpec spec;
    spec.node_id = node.id();
    spec.arguments = protocol::RefreshInventoryArguments{};
    spec.max_attempts = attempts;
    auto queued = run(app().commands().queue(std::move(spec), "operator"));
    EXPECT_TRUE(queued.ok()) << queued.error().detail;
    return *queued;
  }
  Command command(const protocol::CommandId& id) {
    auto found = run(app().commands().get(id));
    EXPECT_TRUE(found.ok());
    return *found;
  }
  static protocol::PollRequest asking(const TestNode& node) {
    protocol::PollRequest poll;
    poll.boot_epoch = node.boot_epoch;
    poll.max = 4;
    poll.kinds = {CommandKind::refresh_inventory, CommandKind::benchmark_smoke};
    return poll;
  }
  TestRequest poll_request(TestNode& node, const protocol::PollRequest& poll) {
    return node.sign(SignatureTag::poll, http::Method::post, protocol::poll_path(node.id()),
                     protocol::encode_poll(poll), audience());
  }
  protocol::PollAnswer poll(TestNode& node, const protocol::PollRequest& asked) {
    const auto answer = send(poll_request(node, asked));
    EXPECT_EQ(answer.status, 200) << answer.body;
    auto decoded = protocol::decode_poll_answer(answer.body);
    EXPECT_TRUE(decoded.ok());
    return *decoded;
  }
  protocol::PollAnswer poll(TestNode& node) { return poll(node, asking(node)); }
  protocol::CommandResult done(const TestNode& node, const protocol::CommandId& id) {
    protocol::CommandResult result;
    result.control_plane_id = audience();
    result.command_id = id;
    result.kind = CommandKind::refresh_inventory;
    result.outcome = protocol::CommandOutcome(protocol::RefreshInventoryOutcome{});
    result.started_at_ms = result.completed_at_ms = clock_.wall_ms();
    result.node_id = node.id();
    return result;
  }
  TestAnswer bring(TestNode& node, const protocol::LeaseToken& lease,
                   const protocol::CommandResult& result) {
    const auto body = protocol::encode_result_request(
        lease, protocol::sign_command_result(result, node.identity));
    return send(node.sign(SignatureTag::result, http::Method::post,
                          protocol::result_path(node.id(), result.command_id), body, audience()));
  }
  void sweep() { ASSERT_TRUE(run(app().command_clock().sweep()).ok()); }
  // The answer of a poll where a command is queued as soon as it waits.
  TestAnswer poll_until_queued(const TestRequest& request, const TestNode& node) {
    return run(poll_and_queue(*this, request, node));
  }

 private:
  static base::Task<TestAnswer> poll_and_queue(CommandTest& test, const TestRequest& request,
                                               const TestNode& node) {
    TestAnswer answer;
    std::vector<base::Task<void>> tasks;
    tasks.push_back(keep_answer(test.app(), request, answer));
    tasks.push_back(queue_when_it_waits(test, node, answer));
    co_await base::join_all(std::move(tasks));
    co_return answer;
  }
  static base::Task<void> queue_when_it_waits(CommandTest& test, const TestNode& node,
                                              const TestAnswer& answer) {
    while (!test.app().poll_waiters().waits(node.id().text())) {
      if (answer.status != 0) co_return;  // it did not wait
      co_await test.app().loop().sleep(1);
    }
    CommandSpec spec;
    spec.node_id = node.id();
    spec.arguments = protocol::RefreshInventoryArguments{};
    auto task = test.app().commands().queue(std::move(spec), "operator");
    const auto queued = co_await std::move(task);
    EXPECT_TRUE(queued.ok());
  }
};

TEST_P(CommandTest, ACommandIsQueuedLeasedDoneAndAudited) {
  auto node = enrolled_node();
  const auto queued = queue(node);
  EXPECT_EQ(heartbeat_ok(node).command_cursor, queued.cursor);
  const auto polled = poll(node);
  ASSERT_EQ(polled.commands.size(), 1U);
  EXPECT_EQ(polled.commands[0].command_id, queued.id);
  EXPECT_EQ(polled.commands[0].attempt, 1);
  EXPECT_EQ(polled.cursor, queued.cursor);
  EXPECT_EQ(command(queued.id).state, CommandState::leased);
  const auto result = done(node, queued.id);
  const auto answer = bring(node, polled.commands[0].lease_token, result);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(protocol::decode_result_answer(answer.body)->state, CommandState::succeeded);
  const auto ended = command(queued.id);
  EXPECT_EQ(ended.state, CommandState::succeeded);
  EXPECT_EQ(ended.result, protocol::sign_command_result(result, node.identity));
  EXPECT_EQ(audited(queued.id.text()),
            (std::vector<std::string>{"command.queued", "command.succeeded"}));
}

TEST_P(CommandTest, ARepeatOfAResultIsAnsweredAlikeAndAnotherIsRefused) {
  auto node = enrolled_node();
  const auto queued = queue(node);
  const auto lease = poll(node).commands.at(0).lease_token;
  const auto result = done(node, queued.id);
  const auto first = bring(node, lease, result);
  const auto again = bring(node, lease, result);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  auto other = result;
  other.completed_at_ms += 1;
  EXPECT_EQ(bring(node, lease, other).code(), ErrorCode::conflict);
  EXPECT_EQ(audited(queued.id.text()).size(), 2U);
}

TEST_P(CommandTest, G9_112_AResultFromALeaseThatWasPassedOnIsRefused) {
  auto node = enrolled_node();
  const auto queued = queue(node);
  const auto first = poll(node).commands.at(0);
  clock_.advance_ms(protocol::kDefaultLeaseMs + 1);
  sweep();
  const auto back = command(queued.id);
  EXPECT_EQ(back.state, CommandState::queued);
  EXPECT_GT(back.cursor, queued.cursor);
  EXPECT_EQ(bring(node, first.lease_token, done(node, queued.id)).code(), ErrorCode::lease_lost);
  const auto second = poll(node).commands.at(0);
  EXPECT_NE(second.lease_token, first.lease_token);
  EXPECT_EQ(second.attempt, 2);
  EXPECT_EQ(bring(node, first.lease_token, done(node, queued.id)).code(), ErrorCode::lease_lost);
  EXPECT_EQ(bring(node, second.lease_token, done(node, queued.id)).status, 200);
}

TEST_P(CommandTest, ACommandWhoseAttemptsAreUsedUpFails) {
  auto node = enrolled_node();
  const auto queued = queue(node, 2);
  for (int attempt = 1; attempt <= 2; ++attempt) {
    ASSERT_EQ(poll(node).commands.size(), 1U) << attempt;
    clock_.advance_ms(protocol::kDefaultLeaseMs + 1);
    sweep();
  }
  const auto ended = command(queued.id);
  EXPECT_EQ(ended.state, CommandState::failed);
  EXPECT_FALSE(ended.failure.empty());
  EXPECT_EQ(
      bring(node, protocol::LeaseToken::make(base::system_random()), done(node, queued.id)).code(),
      ErrorCode::conflict)
      << "no later lease can come";
  EXPECT_TRUE(poll(node).commands.empty());
}

TEST_P(CommandTest, LapsedLeasesOfSuspendedNodesDoNotHoldUpThoseOfOthers) {
  auto suspended = enrolled_node();
  auto node = enrolled_node();
  const auto lapsed_at = clock_.wall_ms() + protocol::kDefaultLeaseMs;
  // More than one sweep looks at, all of them older than the other node's.
  auto body = [&](storage::Transaction& tx) -> base::Task<base::Status> {
    for (std::int64_t i = 0; i <= kMaxOverdueCommands; ++i) {
      Command command;
      command.id = protocol::CommandId::make(clock_.wall_ms(), base::system_random());
      command.node_id = suspended.id();
      command.arguments = "{}";
      command.created_at_ms = clock_.wall_ms();
      command.expires_at_ms = clock_.wall_ms() + kDefaultCommandLifeMs;
      CO_TRY_OK(co_await insert_command(tx, command));
      bool leased = false;
      CO_TRY_OK(co_await lease_command(tx, command.id.text(), "token", lapsed_at - 1, leased));
    }
    co_return base::Status();
  };
  ASSERT_TRUE(run(app().database().write(std::move(body))).ok());
  ASSERT_TRUE(run(app().nodes().suspend(suspended.id(), "", "operator")).ok());
  const auto queued = queue(node);
  ASSERT_EQ(poll(node).commands.size(), 1U);
  clock_.advance_ms(protocol::kDefaultLeaseMs + 1);
  sweep();
  EXPECT_EQ(command(queued.id).state, CommandState::queued);
  // Resumed, the others are in turn as well.
  ASSERT_TRUE(run(app().nodes().resume(suspended.id(), "operator")).ok());
  sweep();
  CommandQuery waiting;
  waiting.node_id = suspended.id().text();
  waiting.state = CommandState::queued;
  waiting.limit = kMaxCommandsPerPage;
  EXPECT_EQ(std::ssize(*run(app().commands().list(waiting))), kMaxOverdueCommands);
}

TEST_P(CommandTest, SayingThatItIsStillAtItRenewsTheLease) {
  auto node = enrolled_node();
  const auto queued = queue(node);
  const auto lease = poll(node).commands.at(0).lease_token;
  for (int i = 0; i < 5; ++i) {
    clock_.advance_ms(protocol::kDefaultLeaseMs - 1'000);
    auto renewal = asking(node);
    renewal.max = 0;
    renewal.held = {{queued.id, lease, protocol::CommandPhase::running, i, 5}};
    const auto answer = poll(node, renewal);
    ASSERT_EQ(answer.leases.size(), 1U);
    EXPECT_EQ(answer.leases[0].state, LeaseState::held);
    EXPECT_EQ(answer.leases[0].lease_expires_at_ms, clock_.wall_ms() + protocol::kDefaultLeaseMs);
    sweep();
  }
  EXPECT_EQ(command(queued.id).progress_done, 4);
  EXPECT_EQ(bring(node, lease, done(node, queued.id)).status, 200);
}

TEST_P(CommandTest, ACancelledCommandIsToldToItsHolderAndItsResultIsNotTaken) {
  auto node = enrolled_node();
  const auto queued = queue(node);
  const auto lease = poll(node).commands.at(0).lease_token;
  ASSERT_TRUE(run(app().commands().cancel(queued.id, "not needed", "operator")).ok());
  ASSERT_TRUE(run(app().commands().cancel(queued.id, "again", "operator")).ok());
  auto renewal = asking(node);
  renewal.held = {{queued.id, lease, protocol::CommandPhase::running, 0, 0}};
  EXPECT_EQ(poll(node, renewal).leases.at(0).state, LeaseState::cancelled);
  EXPECT_EQ(bring(node, lease, done(node, queued.id)).code(), ErrorCode::conflict);
  EXPECT_EQ(audited(queued.id.text()),
            (std::vector<std::string>{"command.queued", "command.cancelled"}));
  // A new life of the same command.
  const auto retried = run(app().commands().retry(queued.id, "operator"));
  ASSERT_TRUE(retried.ok());
  EXPECT_GT(retried->cursor, queued.cursor);
  EXPECT_EQ(bring(node, lease, done(node, queued.id)).code(), ErrorCode::lease_lost);
  ASSERT_EQ(poll(node).commands.size(), 1U);
  EXPECT_EQ(run(app().commands().retry(queued.id, "operator")).error().code, ErrorCode::conflict);
}

TEST_P(CommandTest, ACommandThatIsTooOldExpiresAndIsNotGivenOut) {
  auto node = enrolled_node();
  const auto queued = queue(node);
  clock_.advance_ms(kDefaultCommandLifeMs + 1);
  EXPECT_TRUE(poll(node).commands.empty());
  sweep();
  EXPECT_EQ(command(queued.id).state, CommandState::expired);
  EXPECT_EQ(
      bring(node, protocol::LeaseToken::make(base::system_random()), done(node, queued.id)).code(),
      ErrorCode::conflict);
  EXPECT_EQ(run(app().commands().cancel(queued.id, "", "operator")).error().code,
            ErrorCode::conflict);
}

TEST_P(CommandTest, ACommandThatIsQueuedAgainWhileTheSweepLooksDoesNotExpire) {
  auto node = enrolled_node();
  const auto queued = queue(node);
  clock_.advance_ms(kDefaultCommandLifeMs + 1);
  CountingDatabase database(app().database());
  const AuditLog audit(database, clock_);
  NobodyFollows nobody;
  CommandClock clock(database, audit, clock_, app().poll_waiters(), app().poll_waiters(), nobody);
  auto again = [&]() -> base::Task<void> {
    auto cancel = app().commands().cancel(queued.id, "", "operator");
    const auto cancelled = co_await std::move(cancel);
    EXPECT_TRUE(cancelled.ok());
    auto retry = app().commands().retry(queued.id, "operator");
    const auto retried = co_await std::move(retry);
    EXPECT_TRUE(retried.ok());
  };
  database.before_write(std::move(again));
  ASSERT_TRUE(run(clock.sweep()).ok());
  EXPECT_EQ(command(queued.id).state, CommandState::queued);
  EXPECT_EQ(audited(queued.id.text()),
            (std::vector<std::string>{"command.queued", "command.cancelled", "command.retried"}));
}

TEST_P(CommandTest, ALeaseThatLapsedLateDoesNotShortenTheLifeAfterARetry) {
  auto node = enrolled_node();
  const auto queued = queue(node);
  clock_.advance_ms(kDefaultCommandLifeMs - 2 * protocol::kDefaultLeaseMs);
  ASSERT_EQ(poll(node).commands.size(), 1U);
  clock_.advance_ms(protocol::kDefaultLeaseMs + 1);
  sweep();
  ASSERT_EQ(command(queued.id).state, CommandState::queued);
  clock_.advance_ms(protocol::kDefaultLeaseMs);
  sweep();
  ASSERT_EQ(command(queued.id).state, CommandState::expired);
  ASSERT_TRUE(run(app().commands().retry(queued.id, "operator")).ok());
  EXPECT_EQ(command(queued.id).expires_at_ms, clock_.wall_ms() + kDefaultCommandLifeMs);
}

TEST_P(CommandTest, G9_110_ANodeNeitherPollsNorAnswersForAnother) {
  auto node = enrolled_node();
  auto other = enrolled_node();
  const auto queued = queue(node);
  const auto asked = asking(other);
  EXPECT_EQ(send(other.sign(SignatureTag::poll, http::Method::post, protocol::poll_path(node.id()),
                            protocol::encode_poll(asked), audience()))
                .code(),
            ErrorCode::not_enrolled);
  const auto lease = poll(node).commands.at(0).lease_token;
  // The lease token alone is worth nothing.
  EXPECT_EQ(bring(other, lease, done(other, queued.id)).code(), ErrorCode::not_found);
  auto renewal = asking(other);
  renewal.held = {{queued.id, lease, protocol::CommandPhase::running, 0, 0}};
  EXPECT_EQ(poll(other, renewal).leases.at(0).state, LeaseState::lost);
  EXPECT_EQ(bring(node, lease, done(node, queued.id)).status, 200);
}

TEST_P(CommandTest, AReplayedPollTakesNoCommand) {
  auto node = enrolled_node();
  const auto request = poll_request(node, asking(node));
  ASSERT_EQ(send(request).status, 200);
  const auto queued = queue(node);
  EXPECT_EQ(send(request).code(), ErrorCode::replayed);
  EXPECT_EQ(command(queued.id).state, CommandState::queued);
}

TEST_P(CommandTest, PollsOfManyNodesShareFewCommitsAndOnlyWhoHasACommandNeedsMore) {
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

TEST_P(CommandTest, OfManyPollsAtOnceOneGetsTheCommand) {
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

TEST_P(CommandTest, G9_112_WhatACutAnswerHandedOutIsHandedOutAgainByTheNextPoll) {
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

TEST_P(CommandTest, WhatANodeHoldsOrHasToldOfIsNotTakenBack) {
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

TEST_P(CommandTest, TheLastAttemptWaitsUntilItsLeaseLapses) {
  auto node = enrolled_node();
  const auto queued = queue(node, 1);
  const auto lease = poll(node).commands.at(0).lease_token;
  clock_.advance_ms(kAnswerOnItsWayMs);
  EXPECT_TRUE(poll(node).commands.empty());
  EXPECT_EQ(bring(node, lease, done(node, queued.id)).status, 200);
}

TEST_P(CommandTest, OnlyKindsThatTheNodeCanDoAreGivenAndTheCursorStaysBelowWhatIsLeft) {
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

TEST_P(CommandTest, ALongPollIsAnsweredWhenACommandComes) {
  auto node = enrolled_node();
  auto asked = asking(node);
  asked.wait_seconds = protocol::kMaxPollWaitSeconds;
  const auto request = poll_request(node, asked);
  const auto answer = poll_until_queued(request, node);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(protocol::decode_poll_answer(answer.body)->commands.size(), 1U);
}

TEST_P(CommandTest, APollThatNamesWhatIsDoneMeanwhileWaitsForTheNextCommand) {
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

TEST_P(CommandTest, ACommandThatIsQueuedInTheGroupCommitOfAPollReachesThePoll) {
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

TEST_P(CommandTest, ALongPollEndsWhenItsTimeIsUp) {
  auto node = enrolled_node();
  auto asked = asking(node);
  asked.wait_seconds = protocol::kMaxPollWaitSeconds;
  const auto request = poll_request(node, asked);
  struct Both {
    static base::Task<TestAnswer> wait(CommandTest& test, const TestRequest& request,
                                       const TestNode& node) {
      TestAnswer answer;
      std::vector<base::Task<void>> tasks;
      tasks.push_back(keep_answer(test.app(), request, answer));
      tasks.push_back(let_time_pass(test, node));
      co_await base::join_all(std::move(tasks));
      co_return answer;
    }
    static base::Task<void> let_time_pass(CommandTest& test, const TestNode& node) {
      auto& waiters = test.app().poll_waiters();
      while (!waiters.waits(node.id().text())) co_await test.app().loop().sleep(1);
      test.clock_.advance_ms(protocol::kMaxPollWaitSeconds * 1000 - 1);
      waiters.tick();
      EXPECT_TRUE(waiters.waits(node.id().text()));
      test.clock_.advance_ms(1);
      waiters.tick();
    }
  };
  const auto answer = run(Both::wait(*this, request, node));
  ASSERT_EQ(answer.status, 200);
  const auto decoded = protocol::decode_poll_answer(answer.body);
  EXPECT_TRUE(decoded->commands.empty());
  EXPECT_EQ(decoded->server_time_ms, clock_.wall_ms());
}

TEST_P(CommandTest, ALongPollEndsWhenAnUnheardLeaseCanBeTakenBack) {
  auto node = enrolled_node();
  queue(node);
  const auto first = poll(node);
  ASSERT_EQ(first.commands.size(), 1U);
  auto asked = asking(node);
  asked.cursor = first.cursor;
  asked.wait_seconds = protocol::kMaxPollWaitSeconds;
  const auto request = poll_request(node, asked);
  struct Both {
    static base::Task<TestAnswer> wait(CommandTest& test, const TestRequest& request,
                                       const TestNode& node) {
      TestAnswer answer;
      std::vector<base::Task<void>> tasks;
      tasks.push_back(keep_answer(test.app(), request, answer));
      tasks.push_back(let_time_pass(test, node));
      co_await base::join_all(std::move(tasks));
      co_return answer;
    }
    static base::Task<void> let_time_pass(CommandTest& test, const TestNode& node) {
      auto& waiters = test.app().poll_waiters();
      while (!waiters.waits(node.id().text())) co_await test.app().loop().sleep(1);
      test.clock_.advance_ms(kAnswerOnItsWayMs);
      waiters.tick();
    }
  };
  EXPECT_EQ(run(Both::wait(*this, request, node)).status, 200);
  EXPECT_EQ(poll(node).commands.size(), 1U);
}

TEST_P(CommandTest, ARotatedTransportKeyIsKeptWithItsResult) {
  auto node = enrolled_node();
  CommandSpec spec;
  spec.node_id = node.id();
  spec.arguments = protocol::RotateTransportKeyArguments{};
  const auto queued = run(app().commands().queue(std::move(spec), "operator"));
  ASSERT_TRUE(queued.ok());
  auto asked = asking(node);
  asked.kinds = {CommandKind::rotate_transport_key};
  const auto lease = poll(node, asked).commands.at(0).lease_token;
  const auto next = protocol::TransportKey::generate(base::system_random());
  auto result = done(node, queued->id);
  result.kind = CommandKind::rotate_transport_key;
  result.outcome =
      protocol::CommandOutcome(protocol::RotateTransportKeyOutcome{protocol::bind_transport_key(
          node.identity, next.public_key(), clock_.wall_ms(), 86'400'000)});
  clock_.advance_ms(1);
  ASSERT_EQ(bring(node, lease, result).status, 200);
  const auto stored = run(app().nodes().get(node.id()));
  ASSERT_EQ(stored->transport_keys.size(), 2U);
  EXPECT_EQ(stored->transport_keys[0].key_id, next.key_id());
}

TEST_P(CommandTest, APollOfAnOlderStartIsRefused) {
  auto node = enrolled_node();
  auto newer = node.clone_machine();
  newer.boot_epoch = node.boot_epoch + 1;
  heartbeat_ok(newer);
  queue(node);
  EXPECT_EQ(send(poll_request(node, asking(node))).code(), ErrorCode::identity_superseded);
  EXPECT_EQ(poll(newer).commands.size(), 1U);
}

TEST_P(CommandTest, SuspendedAndRemovedNodesGetNoCommands) {
  auto node = enrolled_node();
  const auto waiting = queue(node);
  ASSERT_TRUE(run(app().nodes().suspend(node.id(), "", "operator")).ok());
  EXPECT_EQ(send(poll_request(node, asking(node))).code(), ErrorCode::node_suspended);
  CommandSpec spec;
  spec.node_id = node.id();
  EXPECT_EQ(run(app().commands().queue(spec, "operator")).error().code, ErrorCode::node_suspended);
  ASSERT_TRUE(run(app().nodes().remove(node.id(), "", "operator")).ok());
  EXPECT_EQ(command(waiting.id).state, CommandState::cancelled);
  EXPECT_EQ(run(app().commands().queue(spec, "operator")).error().code, ErrorCode::node_removed);
}

TEST_P(CommandTest, OpenCommandsOfANodeAreBounded) {
  auto node = enrolled_node();
  for (int i = 0; i < kMaxOpenCommandsPerNode; ++i) queue(node);
  CommandSpec spec;
  spec.node_id = node.id();
  EXPECT_EQ(run(app().commands().queue(spec, "operator")).error().code, ErrorCode::rate_limited);
}

B3_ON_EVERY_DATABASE(CommandTest);

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

// What becomes of a command, from the queue to its end, on every database.
#include <gtest/gtest.h>

#include "base/random.h"
#include "control/commands/command_clock.h"
#include "control/commands/command_store.h"
#include "control/testing/command_fixture.h"
#include "control/testing/counting_database.h"

namespace b3iq::control {
namespace {

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

}  // namespace
}  // namespace b3iq::control

#include "control/commands/command_clock.h"

#include <algorithm>
#include <string>
#include <vector>

#include "control/commands/command_store.h"
#include "control/nodes/lease_store.h"

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Transaction;

namespace {

constexpr std::string_view kNoLastWord =
    "It was cancelled by the customer; the node brought nothing in time.";

CommandTurn turn_of_lapse(const Overdue& command) {
  if (command.is_stopping) return CommandTurn::stopped;
  return command.has_attempts_left ? CommandTurn::requeued : CommandTurn::failed;
}

std::string_view event_of_lapse(const Overdue& command) {
  if (command.is_stopping) return "command.cancelled";
  return command.has_attempts_left ? "command.lease_lapsed" : "command.failed";
}

}  // namespace

Task<Status> CommandClock::sweep() {
  CO_TRY_OK(co_await sweep_lapsed());
  co_return co_await sweep_expired();
}

Task<Status> CommandClock::forget() {
  const auto before = clock_.wall_ms() - kEndedCommandKeptMs;
  auto body = [before](Transaction& tx) { return delete_ended(tx, before, kMaxOverdueCommands); };
  co_return co_await database_.write(std::move(body));
}

Task<Status> CommandClock::sweep_lapsed() {
  const auto now = clock_.wall_ms();
  std::vector<Overdue> lapsed;
  auto look = [&](Transaction& tx) -> Task<Status> {
    lapsed.clear();
    co_return co_await select_lapsed(tx, now, kMaxOverdueCommands, lapsed);
  };
  CO_TRY_OK(co_await database_.read(std::move(look)));
  for (const auto& command : lapsed) {
    const AuditAct act{std::string(kProgramActor), event_of_lapse(command), command.id};
    bool done = false;
    auto body = [&](Transaction& tx) -> Task<Status> {
      if (command.is_stopping) {
        CO_TRY_OK(co_await end_stopped(tx, command.id, now, kNoLastWord, done));
      } else if (command.has_attempts_left) {
        std::int64_t cursor = 0;
        CO_TRY_OK(co_await next_command_cursor(tx, command.node_id, cursor));
        // Suspended since the look: it waits where it is.
        if (cursor == 0) co_return Status();
        CO_TRY_OK(co_await requeue_lapsed(tx, command.id, now, cursor, done));
      } else {
        CO_TRY_OK(co_await fail_lapsed(
            tx, command.id, now, "The node stopped working on it; no attempt is left.", done));
      }
      if (!done) co_return Status();
      if (command.kind == CommandKind::private_inference) {
        CO_TRY_OK(co_await follower_.turned(tx, command.id, turn_of_lapse(command)));
      }
      co_return co_await audit_.append(tx, act);
    };
    CO_TRY_OK(co_await database_.write(std::move(body)));
    if (done) wake_.announce(command.node_id);
    if (turn_of_lapse(command) != CommandTurn::requeued &&
        command.kind == CommandKind::private_inference)
      follower_.told(command.id);
  }
  co_return Status();
}

Task<Status> CommandClock::sweep_expired() {
  const auto now = clock_.wall_ms();
  std::vector<Overdue> expired;
  auto look = [&](Transaction& tx) -> Task<Status> {
    expired.clear();
    co_return co_await select_expired(tx, now, kMaxOverdueCommands, expired);
  };
  CO_TRY_OK(co_await database_.read(std::move(look)));
  for (const auto& command : expired) {
    const AuditAct act{std::string(kProgramActor), "command.expired", command.id};
    const Ending ending{CommandState::expired, now, "It was not done in its time."};
    auto body = [&](Transaction& tx) -> Task<Status> {
      bool done = false;
      // Not one that was queued again since the look.
      CO_TRY_OK(co_await expire_command(tx, command.id, ending, done));
      if (!done) co_return Status();
      if (command.kind == CommandKind::private_inference)
        CO_TRY_OK(co_await follower_.turned(tx, command.id, CommandTurn::expired));
      co_return co_await audit_.append(tx, act);
    };
    CO_TRY_OK(co_await database_.write(std::move(body)));
    waiters_.announce(command.node_id);
    if (command.kind == CommandKind::private_inference) follower_.told(command.id);
  }
  co_return Status();
}

Task<Status> CommandClock::look_for_others() {
  if (waiters_.size() == 0) co_return Status();
  const auto now = clock_.wall_ms();
  const auto since = std::min(now, looked_until_ms_) - kReplicaSkewMs;
  std::vector<std::string> nodes;
  auto body = [&](Transaction& tx) -> Task<Status> {
    nodes.clear();
    co_return co_await select_nodes_with_queued(tx, since, kMaxNodesTold, nodes);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  looked_until_ms_ = now;
  for (const auto& node : nodes) waiters_.announce(node);
  co_return Status();
}

}  // namespace b3iq::control

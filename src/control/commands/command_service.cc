#include "control/commands/command_service.h"

#include <fmt/format.h>

#include "control/nodes/lease_store.h"
#include "protocol/member_reader.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::CommandId;
using storage::Transaction;

namespace {

Error no_such_command(const CommandId& id) {
  return Error(
      ErrorCode::not_found,
      fmt::format("There is no command {}; list them with `admin commands list`.", id.text()));
}

Error out_of_bounds(std::string_view what, std::int64_t low, std::int64_t high) {
  return Error(ErrorCode::invalid_request, fmt::format("Give {} from {} to {}.", what, low, high),
               std::string(what));
}

Status check_spec(const CommandSpec& spec) {
  if (spec.life_ms < kMinCommandLifeMs || spec.life_ms > kMaxCommandLifeMs)
    return Error(ErrorCode::invalid_request,
                 "A command expires between 10 seconds and 30 days from now.", "expires");
  if (spec.max_attempts < 1 || spec.max_attempts > kMaxCommandAttempts)
    return out_of_bounds("max_attempts", 1, kMaxCommandAttempts);
  return {};
}

// Why a node that has no next cursor gets no command.
Task<Error> not_commandable(Transaction& tx, std::string_view node_id) {
  LeaseRow lease;
  bool found = false;
  auto looked = co_await select_lease(tx, node_id, protocol::SignatureTag::poll, lease, found);
  if (!looked.ok()) co_return std::move(looked).error();
  if (!found) {
    co_return Error(
        ErrorCode::not_found,
        fmt::format("There is no node {} here; list them with `admin nodes list`.", node_id));
  }
  if (lease.standing == NodeStanding::suspended) {
    co_return Error(ErrorCode::node_suspended, "The node is suspended; resume it first.");
  }
  co_return Error(ErrorCode::node_removed, "The node was removed; it takes no commands.");
}

}  // namespace

Task<Result<Command>> CommandService::queue(CommandSpec spec, ActBy by) {
  CO_TRY_OK(check_spec(spec));
  const auto now = clock_.wall_ms();
  Command command;
  command.id = CommandId::make(now, random_);
  command.node_id = spec.node_id;
  command.kind = protocol::kind_of(spec.arguments);
  command.arguments = protocol::encode_arguments(spec.arguments);
  command.queued_by = by.actor;
  command.created_at_ms = command.queued_at_ms = now;
  command.expires_at_ms = now + spec.life_ms;
  command.max_attempts = spec.max_attempts;
  AuditAct act{by.actor, "command.queued", command.id.text()};
  const std::string& node_id = command.node_id.text();
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await queue_in(tx, command));
    CO_TRY(act.actor, co_await gate_.pass(tx, ApprovalAct::command_queue, node_id, by));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  wake_.announce(node_id);
  co_return command;
}

Task<Status> CommandService::queue_in(Transaction& tx, Command& command) const {
  const std::string& node_id = command.node_id.text();
  CO_TRY_OK(co_await next_command_cursor(tx, node_id, command.cursor));
  if (command.cursor == 0) co_return co_await not_commandable(tx, node_id);
  std::int64_t open = 0;
  CO_TRY_OK(co_await count_open_commands(tx, node_id, open));
  if (open >= kMaxOpenCommandsPerNode) {
    co_return Error(
        ErrorCode::rate_limited,
        fmt::format("{} commands wait for this node already; cancel some, or wait.", open), {},
        kHeartbeatIntervalMs);
  }
  co_return co_await insert_command(tx, command);
}

Task<Status> CommandService::expire_in(Transaction& tx, std::string_view id, const Ending& ending,
                                       bool& is_open) {
  is_open = false;
  bool done = false;
  CO_TRY_OK(co_await expire_command(tx, id, ending, done));
  if (done) co_return Status();
  LeaseFacts facts;
  bool found = false;
  CO_TRY_OK(co_await select_lease_facts(tx, id, facts, found));
  is_open = found && (facts.state == CommandState::queued || facts.state == CommandState::leased);
  co_return Status();
}

Task<Status> CommandService::stop_in(Transaction& tx, std::string_view id, const Ending& ending,
                                     Stopped& what) {
  what = Stopped::not_open;
  bool done = false;
  CO_TRY_OK(co_await end_queued_command(tx, id, ending, done));
  if (done) what = Stopped::ended;
  if (done) co_return Status();
  CO_TRY_OK(co_await ask_to_stop(tx, id, ending.at_ms, ending.at_ms + kStopWindowMs, done));
  if (done) what = Stopped::asked;
  if (done) co_return Status();
  LeaseFacts facts;
  bool found = false;
  CO_TRY_OK(co_await select_lease_facts(tx, id, facts, found));
  if (found && facts.state == CommandState::leased && facts.is_stopping)
    what = Stopped::asked_before;
  co_return Status();
}

Task<Result<std::vector<Command>>> CommandService::list(CommandQuery query) {
  if (query.limit < 1 || query.limit > kMaxCommandsPerPage)
    co_return out_of_bounds("limit", 1, kMaxCommandsPerPage);
  std::vector<Command> commands;
  auto body = [&](Transaction& tx) -> Task<Status> {
    commands.clear();
    co_return co_await select_commands(tx, query, commands);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return commands;
}

Task<Result<Command>> CommandService::get(CommandId id) {
  Command command;
  bool found = false;
  auto body = [&](Transaction& tx) -> Task<Status> {
    co_return co_await select_command(tx, id.text(), WithResult::yes, command, found);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (!found) co_return no_such_command(id);
  co_return command;
}

Task<Result<Command>> CommandService::retry(CommandId id, ActBy by) {
  const auto now = clock_.wall_ms();
  Command command;
  AuditAct act{by.actor, "command.retried", id.text()};
  auto body = [&](Transaction& tx) -> Task<Status> {
    bool found = false;
    CO_TRY_OK(co_await select_command(tx, id.text(), WithResult::no, command, found));
    if (!found) co_return no_such_command(id);
    const auto next = protocol::next_state(command.state, protocol::CommandEvent::retry);
    const Error refused(
        ErrorCode::conflict,
        fmt::format("The command is {}; only one that failed, was cancelled or expired can be "
                    "queued again.",
                    protocol::wire_name(command.state)));
    if (!next) co_return refused;
    if (command.kind == CommandKind::private_inference) {
      co_return Error(ErrorCode::conflict,
                      "A private job runs once and its billing has ended; its customer sends a new "
                      "one.");
    }
    CO_TRY_OK(co_await next_command_cursor(tx, command.node_id.text(), command.cursor));
    if (command.cursor == 0) co_return co_await not_commandable(tx, command.node_id.text());
    const auto life_ms = command.expires_at_ms - command.queued_at_ms;
    command.state = *next;
    command.queued_by = by.actor;
    command.queued_at_ms = now;
    command.expires_at_ms = now + std::max(life_ms, kMinCommandLifeMs);
    command.attempts = command.finished_at_ms = 0;
    command.failure.clear();
    bool done = false;
    CO_TRY_OK(co_await requeue_ended(tx, command, done));
    if (!done) co_return refused;
    CO_TRY(act.actor, co_await gate_.pass(tx, ApprovalAct::command_queue, id.text(), by));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  wake_.announce(command.node_id.text());
  co_return command;
}

Task<Result<Command>> CommandService::cancel(CommandId id, std::string reason, std::string actor) {
  if (!reason.empty() && !protocol::is_printable(reason, kMaxActReasonBytes)) {
    co_return Error(
        ErrorCode::invalid_request,
        fmt::format("A reason is a text of at most {} bytes, without control characters.",
                    kMaxActReasonBytes),
        "reason");
  }
  const auto now = clock_.wall_ms();
  Command command;
  const AuditAct act{actor, "command.cancelled", id.text()};
  const Ending ending{CommandState::cancelled, now, reason};
  auto body = [&](Transaction& tx) -> Task<Status> {
    bool found = false;
    CO_TRY_OK(co_await select_command(tx, id.text(), WithResult::no, command, found));
    if (!found) co_return no_such_command(id);
    if (command.state == CommandState::cancelled) co_return Status();
    bool done = false;
    CO_TRY_OK(co_await end_open_command(tx, id.text(), ending, done));
    if (!done) {
      co_return Error(ErrorCode::conflict,
                      fmt::format("The command has {} already; there is nothing to cancel.",
                                  protocol::wire_name(command.state)));
    }
    command.state = CommandState::cancelled;
    command.finished_at_ms = now;
    command.failure = reason;
    if (command.kind == CommandKind::private_inference)
      CO_TRY_OK(co_await follower_.turned(tx, id.text(), CommandTurn::cancelled));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  wake_.announce(command.node_id.text());
  if (command.kind == CommandKind::private_inference) follower_.told(id.text());
  co_return command;
}

Task<Status> CommandService::cancel_all(Transaction& tx, const protocol::NodeId& node,
                                        std::string_view reason, std::int64_t now_ms) {
  const Ending ending{CommandState::cancelled, now_ms, reason};
  CO_TRY_OK(co_await end_open_commands_of(tx, node.text(), ending));
  co_return co_await follower_.node_left(tx, node.text());
}

}  // namespace b3iq::control

#include "agent/sync/command_loop.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/sync/heartbeat_loop.h"
#include "base/log.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::CommandId;
using protocol::CommandKind;
using protocol::LeaseState;
using protocol::PollAnswer;
using protocol::PollRequest;

namespace {

std::vector<CommandKind> every_kind() {
  std::vector<CommandKind> kinds;
  kinds.reserve(protocol::kCommandKinds);
  for (std::size_t i = 0; i < protocol::kCommandKinds; ++i)
    kinds.push_back(static_cast<CommandKind>(i));
  return kinds;
}

}  // namespace

CommandLoop::CommandLoop(Needs needs)
    : needs_(std::move(needs)),
      timer_(needs_.wake.timer()),
      backoff_(needs_.random),
      results_(needs_.link, needs_.journal, needs_.wake, needs_.random) {
  results_.on_change([this] { tell(); });
}

void CommandLoop::start() {
  if (polling_ || !takes_) return;
  polling_ = true;
  base::detach(poll_on());
}

void CommandLoop::close() {
  closing_.cancel();
  stop_taking();
  results_.close();
}

void CommandLoop::stop_taking() {
  takes_ = false;
  if (poll_stop_) poll_stop_->cancel();
  for (auto& [id, run] : runs_) {
    const auto* entry = needs_.journal.find(id);
    if (entry == nullptr || ends(entry->kind)) run->cancel.cancel();
  }
  timer_->wake();
}

bool CommandLoop::ends(CommandKind kind) const {
  return closing_.cancelled() || (!takes_ && kind != CommandKind::private_inference);
}

bool CommandLoop::finishing() const {
  const auto is_job = [](const Running& one) { return one.kind == CommandKind::private_inference; };
  return results_.bringing() || std::ranges::any_of(running(), is_job);
}

void CommandLoop::heartbeat_taken() {
  if (backoff_.failures() > 0 && !advised_) timer_->wake();
  results_.heartbeat_taken();
}

std::vector<CommandLoop::Running> CommandLoop::running() const {
  std::vector<Running> out;
  for (const auto& [id, run] : runs_)
    if (const auto* entry = needs_.journal.find(id))
      out.push_back({id, entry->kind, run->progress});
  return out;
}

std::int64_t CommandLoop::free_places() const {
  return std::max<std::int64_t>(0, kMaxRunningCommands - static_cast<std::int64_t>(runs_.size()));
}

PollRequest CommandLoop::request() const {
  PollRequest request;
  request.boot_epoch = needs_.boot_epoch;
  request.wait_seconds = protocol::kMaxPollWaitSeconds;
  request.cursor = cursor_;
  // Also those that the owner does not allow: they are answered, not left lying.
  request.kinds = every_kind();
  for (const auto& [id, entry] : needs_.journal.entries()) {
    if (entry.state == EntryState::delivered || needs_.journal.waits_for_lease(entry)) continue;
    // An open one that nothing works on could not be kept: its lease lapses.
    if (entry.open() && !runs_.contains(id)) continue;
    if (request.held.size() == protocol::kMaxHeldCommands) break;
    const auto found = runs_.find(id);
    const auto progress = found == runs_.end() ? CommandProgress() : found->second->progress;
    request.held.push_back({id, entry.lease, progress.phase, progress.done, progress.total});
  }
  // What is taken can be named by the next poll.
  const auto nameable = static_cast<std::int64_t>(protocol::kMaxHeldCommands - request.held.size());
  request.max = std::min(free_places(), nameable);
  return request;
}

Task<void> CommandLoop::poll_on() {
  results_.start();
  co_await resume_open();
  while (takes_) {
    const auto asked = request();
    const auto began_ms = needs_.wake.now_ms();
    last_max_ = asked.max;
    poll_stop_ = std::make_unique<base::CancelSource>();
    ControlRequest wire{.path = protocol::poll_path(needs_.link.node_id()),
                        .body = protocol::encode_poll(asked),
                        .max_answer_bytes = protocol::kMaxPollAnswerBytes,
                        .deadline_ms = asked.wait_seconds * 1'000 + kPollGraceMs};
    auto sending =
        needs_.link.send(protocol::SignatureTag::poll, std::move(wire), poll_stop_->token());
    auto body = co_await std::move(sending);
    if (!takes_) break;
    // Stopped to ask anew: there is room again.
    if (!body.ok() && body.error().code == ErrorCode::cancelled) continue;
    const bool answered = body.ok();
    auto answer = answered ? protocol::decode_poll_answer(*body)
                           : Result<PollAnswer>(std::move(body).error());
    if (answered && !answer.ok())
      answer = strange_answer(needs_.link.address(), answer.error().detail);
    std::int64_t wait_ms = 0;
    if (answer.ok()) {
      backoff_.succeeded();
      co_await take(asked, *answer);
      const bool nothing =
          answer->commands.empty() && answer->unreadable.empty() && !ends_held(asked);
      const auto took_ms = needs_.wake.now_ms() - began_ms;
      if (nothing && took_ms < kShortestPollMs) wait_ms = kShortestPollMs - took_ms;
    } else {
      const auto& error = answer.error();
      const auto state = state_after(error.code);
      advised_ = error.retry_after_ms > 0;
      wait_ms = backoff_.next_ms(error.retry_after_ms);
      if (state == LinkState::removed || state == LinkState::superseded) wait_ms = kSlowBeatMs;
      if (state == LinkState::suspended) wait_ms = std::max(wait_ms, kSuspendedBeatMs);
    }
    if (wait_ms > 0 && takes_) co_await timer_->wait_until(needs_.wake.now_ms() + wait_ms);
  }
  polling_ = false;
}

// Whether the next poll names less than this one did. It cannot go on for ever: what a poll names
// came in an answer.
bool CommandLoop::ends_held(const PollRequest& asked) const {
  const auto ended = [this](const protocol::HeldCommand& held) {
    const auto* entry = needs_.journal.find(held.command_id);
    return entry == nullptr || entry->state == EntryState::delivered;
  };
  return std::ranges::any_of(asked.held, ended);
}

Task<void> CommandLoop::take(const PollRequest& asked, const PollAnswer& answer) {
  cursor_ = answer.cursor;
  needs_.link.learn_time(answer.server_time_ms);
  // New leases first: one of them may stand for a lease that is told lost below.
  for (const auto& command : answer.commands) co_await take_command(command);
  for (const auto& command : answer.unreadable) co_await take_unreadable(command);
  for (std::size_t i = 0; i < answer.leases.size() && i < asked.held.size(); ++i)
    co_await take_lease(asked.held[i], answer.leases[i]);
  tell();
}

// One that was accepted, perhaps started, and that nothing works on.
Task<void> CommandLoop::begin_again(CommandId id) {
  const auto* entry = needs_.journal.find(id);
  if (entry == nullptr || !entry->open()) co_return;
  if (entry->state == EntryState::accepted || is_resumable(entry->kind)) {
    begin(id);
    co_return;
  }
  const auto failed = co_await fail(id, ErrorCode::shutting_down,
                                    "interrupted: the node ended while it was at this command.");
  if (!failed.ok())
    base::log(base::LogLevel::warn, "managed.journal_failed", {{"command", id.text()}});
}

// A failure that the control plane has: it hands the command out again only because its operator
// wants it tried again.
bool CommandLoop::is_retried(const CommandEntry& entry) const {
  if (entry.state != EntryState::delivered) return false;
  const auto result = protocol::read_command_result(entry.result, needs_.identity.public_key());
  return result.ok() && !result->succeeded();
}

// A lease of a command: of one that is kept already, it changes nothing but the lease.
Task<CommandLoop::Taken> CommandLoop::keep_lease(CommandEntry fresh) {
  auto taken = Taken::nothing;
  auto edit = [&](CommandEntry& entry, bool known) {
    if (known && !is_retried(entry)) {
      entry.lease = fresh.lease;
      // It was done before, and is answered as it was.
      if (entry.state == EntryState::delivered) entry.state = EntryState::done;
      taken = entry.open() ? Taken::open_one : Taken::done_one;
      return CommandJournal::Change::keep;
    }
    // More than was asked for: its lease lapses. What cannot be read takes no place.
    if (!fresh.arguments.empty() && free_places() == 0) return CommandJournal::Change::none;
    entry = fresh;
    taken = Taken::new_one;
    return CommandJournal::Change::keep;
  };
  const auto kept = co_await needs_.journal.change(fresh.id, std::move(edit));
  co_return kept.ok() ? taken : Taken::nothing;
}

// What goes on with one that was kept before.
Task<void> CommandLoop::go_on(CommandId id, Taken taken) {
  if (taken == Taken::done_one) results_.look();
  if (taken == Taken::open_one && !runs_.contains(id)) co_await begin_again(id);
}

Task<void> CommandLoop::take_command(const protocol::LeasedCommand& command) {
  CommandEntry entry;
  entry.id = command.command_id;
  entry.kind = protocol::kind_of(command.arguments);
  entry.arguments = protocol::encode_arguments(command.arguments);
  entry.lease = command.lease_token;
  entry.accepted_at_ms = needs_.link.now_ms();
  entry.expires_at_ms = command.expires_at_ms;
  const auto taken = co_await keep_lease(std::move(entry));
  if (taken == Taken::new_one) begin(command.command_id);
  co_await go_on(command.command_id, taken);
}

Task<void> CommandLoop::take_unreadable(const protocol::UnreadableCommand& command) {
  CommandEntry entry;
  entry.id = command.command_id;
  entry.kind = command.kind;
  entry.lease = command.lease_token;
  entry.accepted_at_ms = needs_.link.now_ms();
  const auto taken = co_await keep_lease(std::move(entry));
  co_await go_on(command.command_id, taken);
  if (taken != Taken::new_one) co_return;
  const auto failed = co_await fail(command.command_id, command.error.code,
                                    "This node cannot read the command's arguments.");
  if (failed.ok()) co_return;
  const auto forgotten = co_await needs_.journal.forget(command.command_id);
  if (!forgotten.ok())
    base::log(base::LogLevel::warn, "managed.journal_failed",
              {{"command", command.command_id.text()}});
}

Task<void> CommandLoop::take_lease(const protocol::HeldCommand& held,
                                   const protocol::HeldLease& lease) {
  const auto id = held.command_id;
  const auto* entry = needs_.journal.find(id);
  // A newer lease has come meanwhile, in this very answer.
  if (entry == nullptr || !(entry->lease == held.lease_token)) co_return;
  if (lease.state == LeaseState::held) co_return;
  const auto found = runs_.find(id);
  if (found != runs_.end()) {
    found->second->lost = held.lease_token;
    found->second->progress.cancelled = lease.state == LeaseState::cancelled;
    found->second->cancel.cancel();
    co_return;
  }
  // Its result will not be taken, but for what a stopped job made. Only after a lost lease may it
  // be handed out again.
  const bool is_taken =
      lease.state == LeaseState::cancelled && entry->kind == CommandKind::private_inference;
  Status settled;
  if (lease.state != LeaseState::lost && !is_taken)
    settled = co_await needs_.journal.deliver(id, held.lease_token);
  if (!settled.ok())
    base::log(base::LogLevel::warn, "managed.journal_failed", {{"command", id.text()}});
}

// What the last process left.
Task<void> CommandLoop::resume_open() {
  std::vector<CommandId> open;
  for (const auto& [id, entry] : needs_.journal.entries())
    if (entry.open()) open.push_back(id);
  for (const auto& id : open) co_await begin_again(id);
}

void CommandLoop::begin(const CommandId& id) {
  if (!takes_) return;
  const auto [found, fresh] = runs_.try_emplace(id);
  if (!fresh) {
    found->second->again = true;
    return;
  }
  found->second = std::make_unique<Run>();
  base::detach(run(id));
}

Task<void> CommandLoop::run(CommandId id) {
  auto& run = *runs_.at(id);
  const auto done = co_await perform(id, run);
  if (!done.ok()) {
    base::log(base::LogLevel::error, "managed.journal_failed",
              {{"command", id.text()}, {"detail", std::string_view(done.error().detail)}});
  }
  const bool again = run.again;
  runs_.erase(id);
  if (again) co_await begin_again(id);
  results_.look();
  // The poll that is under way said that there was no room.
  if (last_max_ == 0 && poll_stop_) poll_stop_->cancel();
  tell();
}

Task<Status> CommandLoop::perform(const CommandId& id, Run& run) {
  const auto entry = *needs_.journal.find(id);
  if (!needs_.allowed(entry.kind)) {
    needs_.note("command.refused", entry);
    const auto name = protocol::wire_name(entry.kind);
    auto why = fmt::format(
        "The node's owner does not allow {}. The owner can: add it to managed.allowed_commands, or "
        "enroll with --allow {}.",
        name, name);
    co_return co_await fail(id, ErrorCode::role_denied, std::move(why));
  }
  auto arguments = protocol::decode_arguments(entry.kind, entry.arguments);
  if (!arguments.ok())
    co_return co_await fail(id, arguments.error().code, "The kept arguments cannot be read.");
  needs_.note("command.started", entry);
  bool started = false;
  auto start = [this, &started](CommandEntry& kept, bool known) {
    if (!known) return CommandJournal::Change::none;
    started = true;
    kept.state = EntryState::started;
    if (kept.started_at_ms == 0) kept.started_at_ms = needs_.link.now_ms();
    return CommandJournal::Change::keep;
  };
  CO_TRY_OK(co_await needs_.journal.change(id, std::move(start)));
  if (!started) co_return Status();
  tell();
  const CommandTimes times{needs_.link.now_ms(), entry.expires_at_ms};
  auto working = needs_.work.run(*arguments, times, run.progress, run.cancel.token());
  auto outcome = co_await std::move(working);
  // On disk first: a node that ends in between has done it.
  results_.hold(id);
  const auto settled = co_await settle(id, run, std::move(outcome));
  co_await needs_.work.before_bringing(run.progress);
  results_.release(id);
  co_return settled;
}

Task<Status> CommandLoop::settle(const CommandId& id, Run& run,
                                 Result<protocol::CommandOutcome> outcome) {
  const auto* entry = needs_.journal.find(id);
  // Neither done nor failed: the next start goes on with it, or says that it was interrupted.
  if (!outcome.ok() && entry != nullptr && ends(entry->kind)) co_return Status();
  if (!outcome.ok() && run.lost) co_return co_await stop_lost(id, run);
  co_return co_await finish(id, std::move(outcome));
}

// It has stopped because its lease was lost.
Task<Status> CommandLoop::stop_lost(const CommandId& id, Run& run) {
  const auto* kept = needs_.journal.find(id);
  if (kept != nullptr && !is_resumable(kept->kind))
    co_return co_await fail(id, ErrorCode::cancelled, "interrupted: its lease was lost.");
  auto drop = [&run](CommandEntry& entry, bool known) {
    if (!known) return CommandJournal::Change::none;
    // While it stopped, it was handed out again.
    run.again = !(entry.lease == run.lost);
    return run.again ? CommandJournal::Change::none : CommandJournal::Change::forget;
  };
  co_return co_await needs_.journal.change(id, std::move(drop));
}

Task<Status> CommandLoop::finish(CommandId id, Result<protocol::CommandOutcome> outcome) {
  if (!outcome.ok()) {
    const auto code = outcome.error().code;
    base::log(base::LogLevel::warn, "managed.command_failed",
              {{"command", id.text()},
               {"code", base::error_info(code).wire_name},
               {"detail", std::string_view(outcome.error().detail)}});
    // The detail stays here: it may name files and addresses of this machine.
    co_return co_await fail(id, code, std::string(base::error_info(code).title));
  }
  protocol::CommandResult result;
  result.outcome = std::move(outcome).value();
  co_return co_await keep_result(id, std::move(result));
}

Task<Status> CommandLoop::fail(const CommandId& id, ErrorCode code, std::string detail) {
  protocol::CommandResult result;
  result.outcome = protocol::CommandFailure{code, std::move(detail)};
  co_return co_await keep_result(id, std::move(result));
}

Task<Status> CommandLoop::keep_result(const CommandId& id, protocol::CommandResult result) {
  auto keep = [this, &id, &result](CommandEntry& entry, bool known) {
    if (!known) return CommandJournal::Change::none;
    result.node_id = needs_.identity.node_id();
    result.control_plane_id = needs_.link.control_plane_id();
    result.command_id = id;
    result.kind = entry.kind;
    result.completed_at_ms = needs_.link.now_ms();
    result.started_at_ms = entry.started_at_ms == 0
                               ? result.completed_at_ms
                               : std::min(entry.started_at_ms, result.completed_at_ms);
    entry.result = protocol::sign_command_result(result, needs_.identity);
    // A sealed request is kept no longer than it is needed.
    if (entry.kind == CommandKind::private_inference) entry.arguments.clear();
    entry.state = EntryState::done;
    return CommandJournal::Change::keep;
  };
  CO_TRY_OK(co_await needs_.journal.change(id, std::move(keep)));
  results_.look();
  co_return Status();
}

}  // namespace b3iq::agent

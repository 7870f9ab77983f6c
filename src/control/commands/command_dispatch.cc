#include "control/commands/command_dispatch.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/commands/command_store.h"
#include "control/nodes/node_store.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::LeaseState;
using storage::Transaction;

namespace {

// Whether the node should hear now and not when its wait is over. That a result is there it hears
// from who takes the result: a poll that was on its way meanwhile waits for the next command.
bool worth_telling(const protocol::PollAnswer& answer, const protocol::PollRequest& poll) {
  const auto changed = [](const protocol::HeldLease& lease) {
    return lease.state == LeaseState::lost || lease.state == LeaseState::cancelled;
  };
  return !answer.commands.empty() || answer.cursor > poll.cursor ||
         std::ranges::any_of(answer.leases, changed);
}

// What became of a lease that could not be renewed.
LeaseState lost_how(const LeaseFacts& facts, bool found, std::string_view node_id) {
  if (!found || facts.node_id != node_id) return LeaseState::lost;
  if (facts.state == CommandState::cancelled || facts.is_stopping) return LeaseState::cancelled;
  const bool has_result = facts.result_hash != crypto::Sha256Digest{};
  return has_result ? LeaseState::done : LeaseState::lost;
}

// Why a result is not taken: for good where the command has ended, until the node is given it again
// where it has not.
Error not_taken(CommandState state) {
  const auto name = protocol::wire_name(state);
  if (state == CommandState::queued || state == CommandState::leased) {
    return Error(ErrorCode::lease_lost,
                 fmt::format("The command is {} and this lease holds it no more.", name));
  }
  return Error(ErrorCode::conflict,
               fmt::format("The command is {} and takes no result any more; drop it.", name));
}

std::size_t encoded_bytes_of(const protocol::PollAnswer& answer) {
  std::size_t bytes = 0;
  for (const auto& command : answer.commands) bytes += protocol::encoded_bytes(command);
  return bytes;
}

TransportKeyRow row_of(const protocol::SignedTransportKeyBinding& binding, std::int64_t now_ms) {
  return {binding.binding.key_id, protocol::encode_transport_key_binding(binding),
          binding.binding.not_before_ms, binding.binding.not_after_ms, now_ms};
}

// What of a result is kept. A private job's is the sealed answer alone: a node could have written
// anything in clear beside it.
std::string kept_of(const protocol::ResultRequest& request) {
  if (request.result.kind != CommandKind::private_inference) return request.document;
  std::string text;
  if (const auto* const outcome = std::get_if<protocol::CommandOutcome>(&request.result.outcome)) {
    json::Writer w(text);
    protocol::write_sealed_envelope(w,
                                    std::get<protocol::PrivateInferenceOutcome>(*outcome).envelope);
  }
  return text;
}

std::string_view failure_of(const protocol::CommandResult& result) {
  const auto* const failure = std::get_if<protocol::CommandFailure>(&result.outcome);
  if (failure == nullptr) return {};
  if (result.kind == CommandKind::private_inference)
    return base::error_info(failure->code).wire_name;
  return failure->detail;
}

// What is left of an answer's size for its other members.
constexpr std::size_t kAnswerRoom = 64 * 1024;
constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

Task<Result<protocol::PollAnswer>> CommandDispatch::poll(const SignedAct& act,
                                                         const protocol::PollRequest& poll,
                                                         base::CancelToken cancel) {
  auto deadline_ns = clock_.steady_ns() + poll.wait_seconds * kNsPerSecond;
  CO_TRY(const auto claim, co_await claims_.claim(act));
  Looked looked;
  auto& answer = looked.answer;
  answer.cursor = claim.command_cursor;
  // Where there is nothing to look for, the first look is left out.
  const bool due = claim.has_open || claim.command_cursor != poll.cursor || !poll.held.empty();
  for (auto look = Look::first;; look = Look::again) {
    // It reads how the node stands and hands out commands by that: serializable.
    auto body = [&](Transaction& tx) { return take(tx, act, poll, look, looked); };
    if (due || look == Look::again) CO_TRY_OK(co_await database_.write(std::move(body)));
    answer.server_time_ms = clock_.wall_ms();
    if (worth_telling(answer, poll) || poll.wait_seconds == 0 || waiters_.full())
      co_return std::move(answer);
    if (looked.ask_again_ms != 0) {
      const auto left_ms = std::max<std::int64_t>(0, looked.ask_again_ms - clock_.wall_ms());
      deadline_ns = std::min(deadline_ns, clock_.steady_ns() + left_ms * kNsPerMs);
    }
    const auto why = co_await waiters_.wait(act.request.node_id.text(), deadline_ns, cancel);
    if (why != PollWaiters::Why::announced) break;
  }
  answer.server_time_ms = clock_.wall_ms();
  co_return std::move(answer);
}

Task<Status> CommandDispatch::take(Transaction& tx, const SignedAct& act,
                                   const protocol::PollRequest& poll, Look look, Looked& looked) {
  looked = {};
  auto& answer = looked.answer;
  const std::string_view node_id = act.request.node_id.text();
  LeaseRow lease;
  bool found = false;
  CO_TRY_OK(co_await select_lease(tx, node_id, act.tag, lease, found));
  // The sequence was this poll's own; only standing and a newer start can have changed.
  lease.last_sequence = act.request.sequence - 1;
  const bool stands =
      found && lease.standing == NodeStanding::enrolled && lease.boot_epoch <= poll.boot_epoch;
  if (!stands) {
    auto refusal = refusal_of(lease, found, act.request, act.boot_epoch);
    *act.facts = refusal.facts;
    co_return std::move(refusal.error);
  }
  answer.cursor = lease.command_cursor;
  for (const auto& held : poll.held) CO_TRY_OK(co_await renew(tx, node_id, held, answer));
  if (poll.max == 0) co_return Status();
  if (look == Look::first) CO_TRY_OK(co_await take_back(tx, node_id, poll, looked.ask_again_ms));
  co_return co_await lease_queued(tx, node_id, poll, answer);
}

// A node has one poll at a time and names in it all that it holds: what an older answer handed out
// and is not named never came. A result under the old token is refused from here on, and the node
// does a command once, whatever its lease.
Task<Status> CommandDispatch::take_back(Transaction& tx, std::string_view node_id,
                                        const protocol::PollRequest& poll,
                                        std::int64_t& ask_again_ms) const {
  // It may hold more than a poll can name.
  if (poll.held.size() >= protocol::kMaxHeldCommands) co_return Status();
  std::vector<UnheardLease> unheard;
  CO_TRY_OK(co_await select_unheard(tx, node_id, kMaxOpenCommandsPerNode, unheard));
  for (const auto& lease : unheard) {
    const auto is_it = [&lease](const protocol::HeldCommand& held) {
      return held.command_id.text() == lease.command_id;
    };
    if (std::ranges::any_of(poll.held, is_it)) continue;
    const auto free_at_ms = lease.expires_at_ms - protocol::kDefaultLeaseMs + kAnswerOnItsWayMs;
    if (free_at_ms > clock_.wall_ms()) {
      ask_again_ms = ask_again_ms == 0 ? free_at_ms : std::min(ask_again_ms, free_at_ms);
      continue;
    }
    bool done = false;
    CO_TRY_OK(co_await requeue_unheard(tx, lease.command_id, done));
    if (!done) continue;
    if (lease.kind == CommandKind::private_inference)
      CO_TRY_OK(co_await follower_.turned(tx, lease.command_id, CommandTurn::requeued));
    const AuditAct act{std::string(kProgramActor), "command.lease_lost", lease.command_id};
    CO_TRY_OK(co_await audit_.append(tx, act));
  }
  co_return Status();
}

Task<Status> CommandDispatch::renew(Transaction& tx, std::string_view node_id,
                                    const protocol::HeldCommand& held,
                                    protocol::PollAnswer& answer) const {
  const auto now = clock_.wall_ms();
  const auto expires = now + protocol::kDefaultLeaseMs;
  const std::string token = held.lease_token.text();
  const Renewal renewal{held.command_id.text(),          node_id,   token,      expires,
                        protocol::wire_name(held.phase), held.done, held.total, now};
  bool done = false;
  auto kind = CommandKind::benchmark_smoke;
  CO_TRY_OK(co_await renew_command(tx, renewal, kind, done));
  if (done && kind == CommandKind::private_inference &&
      held.phase == protocol::CommandPhase::running)
    CO_TRY_OK(co_await follower_.turned(tx, held.command_id.text(), CommandTurn::working));
  if (done) {
    answer.leases.push_back({held.command_id, LeaseState::held, expires});
    co_return Status();
  }
  LeaseFacts facts;
  bool found = false;
  CO_TRY_OK(co_await select_lease_facts(tx, held.command_id.text(), facts, found));
  answer.leases.push_back({held.command_id, lost_how(facts, found, node_id), 0});
  co_return Status();
}

Task<Status> CommandDispatch::lease_queued(Transaction& tx, std::string_view node_id,
                                           const protocol::PollRequest& poll,
                                           protocol::PollAnswer& answer) {
  const auto now = clock_.wall_ms();
  std::vector<Command> queued;
  CO_TRY_OK(co_await select_queued(tx, node_id, now, kMaxOpenCommandsPerNode, queued));
  for (auto& command : queued) {
    if (std::ranges::find(poll.kinds, command.kind) == poll.kinds.end()) continue;
    if (std::ssize(answer.commands) >= poll.max) {
      answer.cursor = std::min(answer.cursor, command.cursor - 1);
      break;
    }
    if (command.kind == CommandKind::private_inference)
      CO_TRY_OK(co_await select_arguments(tx, command.id.text(), command.arguments));
    CO_TRY(auto arguments, protocol::decode_arguments(command.kind, command.arguments));
    protocol::LeasedCommand leased{command.id,
                                   std::move(arguments),
                                   protocol::LeaseToken::make(random_),
                                   now + protocol::kDefaultLeaseMs,
                                   command.created_at_ms,
                                   command.expires_at_ms,
                                   command.attempts + 1};
    if (encoded_bytes_of(answer) + protocol::encoded_bytes(leased) + kAnswerRoom >
        protocol::kMaxPollAnswerBytes) {
      // The node's next poll is for this one.
      answer.cursor = std::min(answer.cursor, command.cursor - 1);
      break;
    }
    bool done = false;
    CO_TRY_OK(co_await lease_command(tx, command.id.text(), leased.lease_token.text(),
                                     leased.lease_expires_at_ms, done));
    if (!done) continue;
    if (command.kind == CommandKind::private_inference)
      CO_TRY_OK(co_await follower_.turned(tx, command.id.text(), CommandTurn::leased));
    answer.commands.push_back(std::move(leased));
  }
  co_return Status();
}

Task<Result<protocol::ResultAnswer>> CommandDispatch::result(
    const SignedAct& act, std::string_view path_id, const protocol::ResultRequest& request) {
  const auto& result = request.result;
  if (result.command_id.text() != path_id || result.node_id != act.request.node_id) {
    co_return Error(ErrorCode::invalid_request,
                    "The signed result is about another command or of another node than the path.",
                    "command_id");
  }
  if (result.control_plane_id != id_) {
    co_return Error(
        ErrorCode::wrong_audience,
        "The result was signed for another control plane; this one is " + id_.text() + ".",
        "control_plane_id");
  }
  protocol::ResultAnswer answer;
  auto body = [&](Transaction& tx) { return accept(tx, act, request, answer); };
  // A private job's result meets others at the receipt log's edge and at its customer's account,
  // whose rows are locked first; all else in it is decided by the condition of its own change.
  const bool is_private = result.kind == CommandKind::private_inference;
  CO_TRY_OK(co_await database_.write(std::move(body), is_private
                                                          ? storage::Isolation::by_statement
                                                          : storage::Isolation::serializable));
  if (is_private) follower_.told(path_id);
  co_return answer;
}

Task<Status> CommandDispatch::accept(Transaction& tx, const SignedAct& act,
                                     const protocol::ResultRequest& request,
                                     protocol::ResultAnswer& answer) const {
  CO_TRY_OK(co_await claim_sequence(tx, act));
  const auto& result = request.result;
  const std::string& id = result.command_id.text();
  const std::string& node_id = act.request.node_id.text();
  LeaseFacts facts;
  bool found = false;
  CO_TRY_OK(co_await select_lease_facts(tx, id, facts, found));
  if (!found || facts.node_id != node_id)
    co_return Error(ErrorCode::not_found, "This node has no such command.", "command_id");
  answer = {result.command_id, facts.state};
  if (facts.result_hash == request.document_hash) co_return Status();
  if (facts.result_hash != crypto::Sha256Digest{})
    co_return Error(ErrorCode::conflict, "Another result of this command was taken already.");
  if (facts.kind != result.kind)
    co_return Error(ErrorCode::invalid_request, "The command is of another kind.", "kind");

  const auto now = clock_.wall_ms();
  answer.state = result.succeeded() ? CommandState::succeeded : CommandState::failed;
  const Ending ending{answer.state, now, failure_of(result)};
  const std::string kept = kept_of(request);
  const std::string token = request.lease_token.text();
  bool done = false;
  CO_TRY_OK(co_await finish_command(tx, id, token, ending, kept, request.document_hash, done));
  if (!done) co_return not_taken(facts.state);
  if (const auto* const outcome = std::get_if<protocol::CommandOutcome>(&result.outcome)) {
    if (const auto* const rotated = std::get_if<protocol::RotateTransportKeyOutcome>(outcome)) {
      CO_TRY_OK(
          protocol::verify_transport_key_binding(rotated->transport_key, act.request.node_id, now));
      CO_TRY_OK(co_await put_transport_key(tx, node_id, row_of(rotated->transport_key, now)));
    }
  }
  // The record of a private job is its row, the ledger and the receipt log.
  if (result.kind == CommandKind::private_inference)
    co_return co_await follower_.answered(tx, result);
  const AuditAct audited{node_id, result.succeeded() ? "command.succeeded" : "command.failed", id};
  co_return co_await audit_.append(tx, audited);
}

}  // namespace b3iq::control

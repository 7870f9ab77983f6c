#include "protocol/messages/poll.h"

#include <algorithm>

#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/messages/command_names.h"
#include "protocol/messages/enrollment.h"
#include "protocol/messages/heartbeat.h"

namespace b3iq::protocol {
namespace {

constexpr std::array<std::string_view, kCommandPhases> kPhaseNames = {
    "waiting", "preparing", "downloading", "verifying", "running"};
constexpr std::array<std::string_view, kLeaseStates> kLeaseStateNames = {"held", "lost",
                                                                         "cancelled", "done"};
constexpr json::Limits kRequestLimits{.max_bytes = kMaxPollBytes, .max_depth = 4};
constexpr json::Limits kAnswerLimits{.max_bytes = kMaxPollAnswerBytes, .max_depth = 16};
constexpr std::int64_t kMaxAttempts = 1'000'000;
// Of a command without its arguments: names, ids, token, three times, attempt, with room to spare.
constexpr std::size_t kCommandFrameBytes = 512;

base::Result<LeaseToken> read_token(MemberReader& in) {
  TRY(const auto text, in.text("lease_token"));
  const auto token = LeaseToken::parse(text);
  if (!token) return in.refused("lease_token", "must be 16 bytes in base64url");
  return *token;
}

void write_held(json::Writer& w, const HeldCommand& held) {
  w.begin_object();
  w.member("command_id", held.command_id.text());
  w.member("lease_token", held.lease_token.text());
  w.member("phase", wire_name(held.phase));
  write_integer(w, "done", held.done);
  write_integer(w, "total", held.total);
  w.end_object();
}

base::Result<HeldCommand> read_held(json::Value value) {
  TRY(auto in, MemberReader::open(value, "A held command"));
  HeldCommand held;
  TRY(held.command_id, in.id<CommandId>("command_id"));
  TRY(held.lease_token, read_token(in));
  TRY(held.phase, in.choice<CommandPhase>("phase", kPhaseNames));
  TRY(held.done, in.integer("done", 0, kLargestWireInteger));
  TRY(held.total, in.integer("total", 0, kLargestWireInteger));
  TRY_OK(in.done());
  return held;
}

base::Result<std::vector<CommandKind>> read_kinds(MemberReader& in) {
  TRY(const auto list, in.list("kinds", kCommandKinds));
  std::vector<CommandKind> kinds;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto name = list.at(i).string();
    const auto kind = name ? command_kind_from_name(*name) : std::nullopt;
    if (!kind || std::ranges::find(kinds, *kind) != kinds.end())
      return in.refused("kinds", "must be known kinds of commands, each once");
    kinds.push_back(*kind);
  }
  return kinds;
}

base::Result<std::vector<HeldCommand>> read_all_held(MemberReader& in) {
  TRY(const auto list, in.list("held", kMaxHeldCommands));
  std::vector<HeldCommand> all;
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(auto held, read_held(list.at(i)));
    if (std::ranges::find(all, held.command_id, &HeldCommand::command_id) != all.end())
      return in.refused("held", "must name each command once");
    all.push_back(std::move(held));
  }
  return all;
}

void write_command(json::Writer& w, const LeasedCommand& command) {
  w.begin_object();
  w.member("command_id", command.command_id.text());
  w.member("kind", wire_name(kind_of(command.arguments)));
  w.key("arguments");
  w.raw(encode_arguments(command.arguments));
  w.member("lease_token", command.lease_token.text());
  write_time(w, "lease_expires_at", command.lease_expires_at_ms);
  write_time(w, "created_at", command.created_at_ms);
  write_time(w, "expires_at", command.expires_at_ms);
  write_integer(w, "attempt", command.attempt);
  w.end_object();
}

base::Status read_command(json::Value value, PollAnswer& answer) {
  TRY(auto in, MemberReader::open(value, "A command"));
  LeasedCommand command;
  TRY(command.command_id, in.id<CommandId>("command_id"));
  TRY(const auto kind_name, in.text("kind"));
  TRY(command.lease_token, read_token(in));
  TRY(command.lease_expires_at_ms, in.time("lease_expires_at"));
  TRY(command.created_at_ms, in.time("created_at"));
  TRY(command.expires_at_ms, in.time("expires_at"));
  TRY(command.attempt, in.integer("attempt", 1, kMaxAttempts));
  const auto kind = command_kind_from_name(kind_name);
  if (!kind) {
    ++answer.skipped;
    return {};
  }
  auto arguments = decode_arguments(*kind, in.take("arguments"));
  if (!arguments.ok()) {
    answer.unreadable.push_back(
        {std::move(command.command_id), *kind, command.lease_token, std::move(arguments).error()});
    return {};
  }
  command.arguments = std::move(arguments).value();
  answer.commands.push_back(std::move(command));
  return {};
}

base::Result<HeldLease> read_lease(json::Value value) {
  TRY(auto in, MemberReader::open(value, "A held lease"));
  HeldLease lease;
  TRY(lease.command_id, in.id<CommandId>("command_id"));
  TRY(lease.state, in.choice<LeaseState>("state", kLeaseStateNames));
  if (lease.state == LeaseState::held) {
    TRY(lease.lease_expires_at_ms, in.time("lease_expires_at"));
  }
  return lease;
}

}  // namespace

std::string_view wire_name(CommandPhase phase) { return name_of_value(kPhaseNames, phase); }
std::string_view wire_name(LeaseState state) { return name_of_value(kLeaseStateNames, state); }

std::string encode_poll(const PollRequest& request) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_integer(w, "boot_epoch", request.boot_epoch);
  write_integer(w, "wait_seconds", request.wait_seconds);
  write_integer(w, "cursor", request.cursor);
  write_integer(w, "max", request.max);
  w.key("kinds");
  w.begin_array();
  for (const CommandKind kind : request.kinds) w.value(wire_name(kind));
  w.end_array();
  w.key("held");
  w.begin_array();
  for (const HeldCommand& held : request.held) write_held(w, held);
  w.end_array();
  w.end_object();
  return out;
}

base::Result<PollRequest> decode_poll(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kRequestLimits));
  TRY(auto in, MemberReader::open(document.root(), "A poll"));
  PollRequest request;
  TRY(request.boot_epoch, in.integer("boot_epoch", 1, kMaxBootEpoch));
  TRY(request.wait_seconds, in.integer("wait_seconds", 0, kMaxPollWaitSeconds));
  TRY(request.cursor, in.integer("cursor", 0, kMaxCommandCursor));
  TRY(request.max, in.integer("max", 0, kMaxPolledCommands));
  TRY(request.kinds, read_kinds(in));
  TRY(request.held, read_all_held(in));
  TRY_OK(in.done());
  return request;
}

std::size_t encoded_bytes(const LeasedCommand& command) {
  return kCommandFrameBytes + encode_arguments(command.arguments).size();
}

std::string encode_poll_answer(const PollAnswer& answer) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_time(w, "server_time", answer.server_time_ms);
  write_integer(w, "cursor", answer.cursor);
  w.key("commands");
  w.begin_array();
  for (const LeasedCommand& command : answer.commands) write_command(w, command);
  w.end_array();
  w.key("leases");
  w.begin_array();
  for (const HeldLease& lease : answer.leases) {
    w.begin_object();
    w.member("command_id", lease.command_id.text());
    w.member("state", wire_name(lease.state));
    if (lease.state == LeaseState::held)
      write_time(w, "lease_expires_at", lease.lease_expires_at_ms);
    w.end_object();
  }
  w.end_array();
  w.end_object();
  return out;
}

base::Result<PollAnswer> decode_poll_answer(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kAnswerLimits));
  TRY(auto in, MemberReader::open(document.root(), "The answer to a poll"));
  PollAnswer answer;
  TRY(answer.server_time_ms, in.time("server_time"));
  TRY(answer.cursor, in.integer("cursor", 0, kMaxCommandCursor));
  TRY(const auto commands, in.list("commands", kMaxPolledCommands));
  for (std::size_t i = 0; i < commands.size(); ++i) TRY_OK(read_command(commands.at(i), answer));
  TRY(const auto leases, in.list("leases", kMaxHeldCommands));
  for (std::size_t i = 0; i < leases.size(); ++i) {
    TRY(auto lease, read_lease(leases.at(i)));
    answer.leases.push_back(std::move(lease));
  }
  return answer;
}

}  // namespace b3iq::protocol

// A node asks for commands, and says how those that it holds are going (docs/protocol/commands.md).
// Signed with SignatureTag::poll. Saying so renews their leases; that is why a lease is longer than
// the longest poll. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "protocol/ids.h"
#include "protocol/messages/command.h"

namespace b3iq::protocol {

inline constexpr std::int64_t kMaxPollWaitSeconds = 25;
inline constexpr std::int64_t kMaxPolledCommands = 16;
inline constexpr std::size_t kMaxHeldCommands = 16;
inline constexpr std::size_t kMaxPollBytes = 8 * 1024;
inline constexpr std::size_t kMaxPollAnswerBytes = 4 * 1024 * 1024;
inline constexpr std::int64_t kDefaultLeaseMs = 90'000;
static_assert(kDefaultLeaseMs > 2 * kMaxPollWaitSeconds * 1000,
              "a lost poll must not lose a lease");

enum class CommandPhase : std::uint8_t { waiting, preparing, downloading, verifying, running };
inline constexpr std::size_t kCommandPhases = 5;
std::string_view wire_name(CommandPhase phase);

// A command that the node holds and is at.
struct HeldCommand {
  CommandId command_id;
  LeaseToken lease_token;
  CommandPhase phase = CommandPhase::waiting;
  std::int64_t done = 0;   // of `total`: bytes or steps
  std::int64_t total = 0;  // 0: not known
};

struct PollRequest {
  std::int64_t boot_epoch = 0;
  std::int64_t wait_seconds = 0;   // 0 to kMaxPollWaitSeconds; the answer may come before
  std::int64_t cursor = 0;         // of the last PollAnswer; 0 at first
  std::int64_t max = 1;            // commands wanted, 0 to kMaxPolledCommands; 0 renews only
  std::vector<CommandKind> kinds;  // that this node can do; each once
  std::vector<HeldCommand> held;   // each once
};
std::string encode_poll(const PollRequest& request);
// Strict. Errors: invalid_request naming the member, invalid_json, payload_too_large.
base::Result<PollRequest> decode_poll(std::string_view body);

struct LeasedCommand {
  CommandId command_id;
  CommandArguments arguments;  // kind_of() it is the kind
  LeaseToken lease_token;
  std::int64_t lease_expires_at_ms = 0;
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;  // of the command
  std::int64_t attempt = 1;        // leases so far, this one counted
};

// A command whose kind is known but whose arguments this node cannot read: to be answered as
// failed.
struct UnreadableCommand {
  CommandId command_id;
  CommandKind kind = CommandKind::benchmark_smoke;
  LeaseToken lease_token;
  base::Error error;
};

enum class LeaseState : std::uint8_t {
  held,       // renewed until lease_expires_at
  lost,       // another lease, or none, has taken its place: stop, and bring no result
  cancelled,  // stop; a result is not taken
  done        // the control plane has a result already
};
inline constexpr std::size_t kLeaseStates = 4;
std::string_view wire_name(LeaseState state);

struct HeldLease {
  CommandId command_id;
  LeaseState state = LeaseState::held;
  std::int64_t lease_expires_at_ms = 0;  // 0 unless held
};

struct PollAnswer {
  std::int64_t server_time_ms = 0;
  std::int64_t cursor = 0;
  std::vector<LeasedCommand> commands;
  std::vector<HeldLease> leases;  // one for each of PollRequest::held, in its order
  // Only decoded, never encoded.
  std::vector<UnreadableCommand> unreadable;
  std::int64_t skipped = 0;  // of kinds that this node does not know: their leases lapse
};
// The caller keeps the sum of what it puts in below kMaxPollAnswerBytes: encoded_bytes() of each.
std::string encode_poll_answer(const PollAnswer& answer);
// What one command adds to an answer at most.
std::size_t encoded_bytes(const LeasedCommand& command);
base::Result<PollAnswer> decode_poll_answer(std::string_view body);

}  // namespace b3iq::protocol

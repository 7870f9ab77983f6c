// Commands to nodes as the control plane keeps them. Kinds, arguments, results and the states with
// their one transition function are protocol/messages/command.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/ids.h"
#include "protocol/messages/command.h"
#include "protocol/messages/poll.h"

namespace b3iq::control {

using protocol::CommandKind;
using protocol::CommandState;

inline constexpr std::int64_t kDefaultCommandLifeMs = std::int64_t{24} * 3'600'000;
inline constexpr std::int64_t kMinCommandLifeMs = 10'000;
inline constexpr std::int64_t kMaxCommandLifeMs = 30 * std::int64_t{24} * 3'600'000;
inline constexpr std::int64_t kDefaultCommandAttempts = 3;
inline constexpr std::int64_t kMaxCommandAttempts = 10;
inline constexpr std::int64_t kMaxOpenCommandsPerNode = 64;  // queued and leased
inline constexpr std::int64_t kMaxCommandsPerPage = 500;
inline constexpr std::size_t kMaxActReasonBytes = 200;
// A node that was asked to stop has so long to bring what it made, also after a lapsed lease.
inline constexpr std::int64_t kStopWindowMs = protocol::kDefaultLeaseMs;
// An ended command is shown for this long and then deleted.
inline constexpr std::int64_t kEndedCommandKeptMs = 90 * std::int64_t{24} * 3'600'000;

struct Command {
  protocol::CommandId id;
  protocol::NodeId node_id;
  CommandKind kind = CommandKind::benchmark_smoke;
  // Canonical JSON: protocol::decode_arguments. Of a private job "" once it is stored.
  std::string arguments;
  CommandState state = CommandState::queued;
  std::int64_t cursor = 0;  // of the node, when it was queued last
  std::string queued_by;    // actor
  std::int64_t created_at_ms = 0;
  std::int64_t queued_at_ms = 0;   // by an operator, the last time
  std::int64_t expires_at_ms = 0;  // not run after it
  std::int64_t attempts = 0;       // leases given since an operator queued it last
  std::int64_t max_attempts = kDefaultCommandAttempts;
  std::int64_t lease_expires_at_ms = 0;  // while leased
  // What the holder said last; empty for nothing yet.
  std::string phase;
  std::int64_t progress_done = 0;
  std::int64_t progress_total = 0;
  std::int64_t finished_at_ms = 0;  // 0 while open
  // The signed b3iq-command-result-v1 (protocol/messages/command_result.h); "" for none, of a
  // private job, and in lists.
  std::string result;
  std::string failure;  // why it failed, was cancelled or expired, where no result says it
};

struct CommandSpec {
  protocol::NodeId node_id;
  protocol::CommandArguments arguments;
  std::int64_t life_ms = kDefaultCommandLifeMs;
  std::int64_t max_attempts = kDefaultCommandAttempts;
};

struct CommandQuery {
  std::string node_id;  // "" for all
  std::optional<CommandState> state;
  std::string before_id;     // older than this command; "" from the newest
  std::int64_t limit = 100;  // 1 to kMaxCommandsPerPage
};

}  // namespace b3iq::control

// Commands to nodes as the control plane keeps them. Kinds, arguments and results are
// protocol/messages; here they are checked JSON texts.
//
//   queued -> leased -> succeeded | failed
//   leased -> queued        the lease lapsed, attempts are left (a new token with the next lease)
//   leased -> failed        the lease lapsed, no attempt is left
//   queued | leased -> cancelled | expired
//   failed | cancelled | expired -> queued     retry by an operator: a new life of the same command
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/ids.h"

namespace b3iq::control {

enum class CommandState : std::uint8_t { queued, leased, succeeded, failed, cancelled, expired };
std::string_view wire_name(CommandState state);
std::optional<CommandState> command_state_from_wire(std::string_view name);
constexpr bool is_final(CommandState state) {
  return state != CommandState::queued && state != CommandState::leased;
}

inline constexpr std::int64_t kDefaultCommandLifeMs = 24 * 3'600'000;
inline constexpr std::int64_t kMinCommandLifeMs = 10'000;
inline constexpr std::int64_t kMaxCommandLifeMs = 30 * std::int64_t{24} * 3'600'000;
inline constexpr std::int64_t kCommandLeaseMs = 60'000;  // each renewal gives as much again
inline constexpr std::int64_t kDefaultCommandAttempts = 3;
inline constexpr std::int64_t kMaxCommandAttempts = 10;
inline constexpr std::int64_t kMaxOpenCommandsPerNode = 64;  // queued and leased
inline constexpr std::int64_t kMaxCommandsPerPoll = 8;
inline constexpr std::int64_t kMaxCommandsPerPage = 500;
inline constexpr std::int64_t kMaxPollWaitMs = 25'000;
inline constexpr std::size_t kMaxCommandArgumentBytes = 16 * 1024;
inline constexpr std::size_t kMaxCommandResultBytes = 256 * 1024;

struct Command {
  protocol::CommandId id;
  protocol::NodeId node_id;
  std::string kind;       // wire name of the closed list
  std::string arguments;  // JSON object
  CommandState state = CommandState::queued;
  std::int64_t cursor = 0;  // of the node, when it was queued last
  std::string queued_by;    // actor
  std::int64_t created_at_ms = 0;
  std::int64_t queued_at_ms = 0;   // the last time
  std::int64_t expires_at_ms = 0;  // not run after it
  std::int64_t attempts = 0;       // leases given in this life
  std::int64_t max_attempts = kDefaultCommandAttempts;
  std::int64_t lease_expires_at_ms = 0;  // while leased
  std::string progress;                  // last told by the node, JSON; "" for none
  std::int64_t finished_at_ms = 0;       // 0 while open
  std::string result;                    // JSON that the node sent; "" for none
  std::string failure;  // why it failed, was cancelled or expired, where no result says it
};

struct CommandSpec {
  protocol::NodeId node_id;
  std::string kind;
  std::string arguments;  // JSON object; "" for {}
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

// A heartbeat: a small lease that says "I live, and this is what I am like" by two hashes
// (docs/protocol/heartbeat.md). Signed with SignatureTag::heartbeat. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/sha256.h"
#include "protocol/ids.h"

namespace b3iq::protocol {

inline constexpr std::size_t kMaxHeartbeatBytes = 511;  // "under 512"
inline constexpr std::size_t kMaxHeartbeatAnswerBytes = 4096;
inline constexpr std::int64_t kMaxQueueDepth = 1'000'000;
inline constexpr std::int64_t kMaxCommandCursor = (std::int64_t{1} << 53) - 1;
inline constexpr std::size_t kMaxNotices = 8;

// How the node itself sees its state. Only `ready` and `degraded` take work.
enum class NodeStatus : std::uint8_t {
  starting,
  ready,
  degraded,  // serves, but something is wrong that its owner should see
  unready,   // can serve nothing now
  draining   // on its way down, or paused by its owner
};
inline constexpr std::size_t kNodeStatuses = 5;
std::string_view wire_name(NodeStatus status);
std::optional<NodeStatus> node_status_from_name(std::string_view name);

// Owns all it holds: no view of the body is left, and the version lies inside the string.
struct Heartbeat {
  std::int64_t boot_epoch = 0;  // enrollment.h
  NodeStatus status = NodeStatus::starting;
  crypto::Sha256Digest inventory_hash{};  // inventory.h
  crypto::Sha256Digest readiness_hash{};  // inventory.h
  std::int64_t queue_depth = 0;           // calls running and waiting, 0 to kMaxQueueDepth
  std::string agent_version;              // valid_agent_version()
};
// At most kMaxHeartbeatBytes.
std::string encode_heartbeat(const Heartbeat& heartbeat);
// Strict. Errors: invalid_request naming the member, invalid_json, payload_too_large.
base::Result<Heartbeat> decode_heartbeat(std::string_view body);

// What the node should know. Names that a node does not know are left out by its decoder.
enum class NodeNotice : std::uint8_t {
  other_start_superseded,    // another machine used this identity, with an older boot epoch
  transport_key_expires,     // renew the binding: rotate, or enroll again
  agent_version_unsupported  // too old for this control plane's commands
};
inline constexpr std::size_t kNodeNotices = 3;
std::string_view wire_name(NodeNotice notice);

struct HeartbeatAnswer {
  std::int64_t server_time_ms = 0;
  std::int64_t command_cursor = 0;  // poll when it is above the one that was polled to
  bool want_inventory = false;      // the control plane has not what inventory_hash stands for
  bool want_readiness = false;
  std::int64_t next_heartbeat_ms = 0;  // from now on; kMin to kMaxHeartbeatIntervalMs
  std::vector<NodeNotice> notices;
};
std::string encode_heartbeat_answer(const HeartbeatAnswer& answer);
base::Result<HeartbeatAnswer> decode_heartbeat_answer(std::string_view body);

}  // namespace b3iq::protocol

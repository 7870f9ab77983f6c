// What the control plane knows of a node. Internal: none of it has a JSON writer; a public surface
// is made from it field by field (protocol/public_view.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "protocol/ids.h"
#include "protocol/public_network_view.h"
#include "protocol/request_judgement.h"

namespace b3iq::control {

// Whether a node's signed requests are taken. Stored; how live a node is, is not: it is computed
// from the time of its last heartbeat (heartbeat_expires_at, protocol::liveness_of).
using protocol::NodeStanding;

// A node sends a heartbeat this often, with jitter. Three may be lost before its lease lapses.
inline constexpr std::int64_t kHeartbeatIntervalMs = 15'000;
inline constexpr std::int64_t kHeartbeatLeaseMs = 60'000;
static_assert(kHeartbeatLeaseMs > 3 * kHeartbeatIntervalMs);
// How long the lease holds that a heartbeat takes whose answer asks for this pace: the usual one,
// or longer when a control plane that is behind asks for fewer heartbeats.
std::int64_t heartbeat_lease_ms(std::int64_t interval_ms);

// Refusals of a suspended node advise to wait this long.
inline constexpr std::int64_t kSuspendedRetryMs = 60'000;

// Until when the lease of the last heartbeat holds, that was given for `lease_ms`; nullopt: there
// was none. Wall clock of the server, both.
std::optional<std::int64_t> heartbeat_expires_at(std::int64_t last_seen_ms, std::int64_t lease_ms);

inline constexpr std::size_t kMaxTags = 16;
inline constexpr std::size_t kMaxTagBytes = 64;
inline constexpr std::size_t kMaxReasonBytes = 200;
inline constexpr std::int64_t kMaxNodesPerPage = 500;

// Tags: 1 to kMaxTagBytes of a-z A-Z 0-9 "_" "-" "." ":" each, no two alike, at most kMaxTags.
// Errors: invalid_request with `tags`.
base::Status check_tags(const std::vector<std::string>& tags);
// As a column holds them: each between line feeds, so that one is found by its text. "" for none.
std::string join_tags(const std::vector<std::string>& tags);
std::vector<std::string> split_tags(std::string_view text);

// One row of a list: identity, standing, and what the last heartbeat said.
struct NodeSummary {
  protocol::NodeId node_id;
  NodeStanding standing = NodeStanding::enrolled;
  std::string standing_reason;  // of the last suspension or removal; "" for none
  std::vector<std::string> tags;
  std::int64_t enrolled_at_ms = 0;       // the first time
  std::int64_t last_enrolled_at_ms = 0;  // the last time
  // Of the last heartbeat. 0 and "" when there was none.
  std::int64_t last_seen_ms = 0;
  std::int64_t lease_ms = kHeartbeatLeaseMs;  // as it was given then
  std::int64_t boot_epoch = 0;
  std::string status;  // wire name, as the node says
  std::int64_t queue_depth = 0;
  std::string agent_version;
  std::string inventory_hash;  // that the node announced, base64url
  std::string readiness_hash;
  std::int64_t command_cursor = 0;
};

// A transport-key binding as the node signed it.
struct TransportKeyRow {
  protocol::TransportKeyId key_id;
  std::string document;  // b3iq-transport-key-v1, canonical JSON with its signature
  std::int64_t not_before_ms = 0;
  std::int64_t not_after_ms = 0;
  std::int64_t installed_at_ms = 0;
};

struct NodeDetails {
  NodeSummary summary;
  crypto::Ed25519PublicKey public_key;
  std::vector<TransportKeyRow> transport_keys;  // newest first
  std::int64_t inventory_received_at_ms = 0;    // 0: neither has come
  // Canonical JSON (protocol/messages/inventory.h: read_inventory, read_readiness); "" for none.
  std::string inventory;
  std::string readiness;
  std::string known_inventory_hash;  // of the two; "" for none
  std::string known_readiness_hash;
};

// What anybody may learn of a node is made from this alone. Of a node that was not removed.
struct NodeOutline {
  protocol::NodeId node_id;
  crypto::Ed25519PublicKey public_key;
  NodeStanding standing = NodeStanding::enrolled;
  std::int64_t last_seen_ms = 0;  // 0: never
  std::int64_t lease_ms = kHeartbeatLeaseMs;
  std::string status;     // wire name, as the node says; "" before the first heartbeat
  std::string readiness;  // canonical JSON, as in NodeDetails; "" for none
};

struct NodeOutlinePage {
  std::vector<NodeOutline> nodes;  // by node id
  std::string next_after_id;       // "" when this was the last page
};

struct NodeQuery {
  std::optional<NodeStanding> standing;
  std::string tag;           // "" for all
  std::string after_id;      // node ids greater than this; "" from the first
  std::int64_t limit = 100;  // 1 to kMaxNodesPerPage
};

struct NodePage {
  std::vector<NodeSummary> nodes;  // by node id
  std::string next_after_id;       // "" when this was the last page
};

// Nodes that are not removed, by their last heartbeat.
struct NodeCounts {
  std::int64_t enrolled = 0;
  std::int64_t suspended = 0;
  std::int64_t online = 0;
  std::int64_t stale = 0;
  std::int64_t offline = 0;  // those that were never seen too
};

// A model of the network and how many nodes offer it.
struct ModelCount {
  std::string model_id;
  std::int64_t nodes = 0;           // active ones that have it installed
  std::int64_t nodes_online = 0;    // of these, online
  std::int64_t nodes_eligible = 0;  // online ones whose owner allows the network to use it
};

}  // namespace b3iq::control

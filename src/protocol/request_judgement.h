// Whether a node's request that verifies may take effect: the decision that the control plane makes
// in the transaction of the effect, from what it has stored of the node. Pure; any thread.
//
// The order of the checks is the order in which a caller may learn things: path, standing,
// sequence, boot epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "protocol/http_signature.h"
#include "protocol/ids.h"
#include "protocol/messages/managed_error.h"

namespace b3iq::protocol {

// Whether the control plane lets the node take part.
enum class NodeStanding : std::uint8_t { enrolled, suspended, removed };
inline constexpr std::size_t kNodeStandings = 3;
std::string_view wire_name(NodeStanding standing);
std::optional<NodeStanding> node_standing_from_name(std::string_view name);

// What is stored of the node that signed; read in the transaction.
struct StoredNode {
  NodeStanding standing = NodeStanding::enrolled;
  std::int64_t last_sequence = 0;  // for the request's tag; 0: none yet
  std::int64_t boot_epoch = 0;     // the highest seen; 0: none yet
};

// What the request asks for.
struct RequestFacts {
  NodeId path_node_id;  // in the route's path; empty where the path has none
  // The body's; nullopt where the message has none (a result is fenced by its lease).
  std::optional<std::int64_t> boot_epoch;
};

struct RequestRefusal {
  base::Error error;
  ManagedErrorFacts facts;
};

// An accepted request: what to store with its effect.
struct RequestAcceptance {
  std::int64_t last_sequence = 0;
  std::int64_t boot_epoch = 0;
  // The node has started anew, here or on another machine, since the stored epoch.
  bool new_boot_epoch = false;
};

// Exactly one of the two is set.
struct RequestJudgement {
  std::optional<RequestAcceptance> accepted;
  std::optional<RequestRefusal> refused;
};

// `stored` null: the control plane does not know the node. Refusals: not_enrolled (unknown, or the
// path names another node), node_removed, node_suspended, request_replayed with last_sequence,
// identity_superseded for a boot epoch below the stored one.
RequestJudgement judge_request(const VerifiedRequest& request, const RequestFacts& facts,
                               const StoredNode* stored);

// A refusal of verify_request() with its facts: of clock_skew the server's time and the skew.
RequestRefusal signature_refusal(base::Error error, const ReceivedHeaders& headers,
                                 std::int64_t now_seconds);

// The sequence for a node's next request of one tag: above `last`, and above every one that a copy
// of this home used before it was restored, as far as clocks can tell. At most kMaxSequence.
std::int64_t next_sequence(std::int64_t last, std::int64_t wall_ms);

}  // namespace b3iq::protocol

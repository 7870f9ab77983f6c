// What a customer has come to know: nodes by their identity keys, and which receipt log is a
// control plane's. What was seen once may not be swapped for something else later.
//
//   {"type":"b3iq-pins-v1",
//    "nodes":[{"node_id","public_key_ed25519","key_id","not_before","first_seen"}],
//    "control_planes":[{"url","control_plane_id","log_verifier_key","first_seen"}]}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "protocol/ids.h"
#include "protocol/transparency/signed_note.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::client {

inline constexpr std::string_view kPinsType = "b3iq-pins-v1";
inline constexpr std::size_t kMaxPinnedNodes = 200;  // the file stays within a secret file's limit
inline constexpr std::size_t kMaxPinnedControlPlanes = 16;
inline constexpr std::size_t kMaxPinnedUrlBytes = 512;

struct PinnedNode {
  protocol::NodeId node_id;
  crypto::Ed25519PublicKey public_key;
  protocol::TransportKeyId key_id;  // the newest that was seen
  std::int64_t not_before_ms = 0;   // of its binding
  std::int64_t first_seen_ms = 0;
};

struct PinnedControlPlane {
  std::string url;
  protocol::ControlPlaneId id;
  protocol::NoteVerifier log;
  std::int64_t first_seen_ms = 0;
};

struct Pins {
  std::vector<PinnedNode> nodes;
  std::vector<PinnedControlPlane> control_planes;

  const PinnedNode* find_node(const protocol::NodeId& id) const;
  const PinnedControlPlane* find_control_plane(std::string_view url) const;
};

std::string encode_pins(const Pins& pins);
// Strict. Errors: invalid_json, invalid_request naming the member.
base::Result<Pins> decode_pins(std::string_view text);

// What is not pinned yet: taken as it is and remembered, or refused.
enum class FirstUse : std::uint8_t { remember, refuse };
enum class PinChange : std::uint8_t { none, updated, added };

// Whether `binding`, which verified for its node, fits what is pinned. Errors: invalid_signature
// for another identity key, or for an older transport key than was seen; customer_policy_denied
// for a node that is not pinned and may not be added.
base::Result<PinChange> pin_node(Pins& pins, const protocol::TransportKeyBinding& binding,
                                 FirstUse first_use, std::int64_t now_ms);
// The same for the log that the control plane at `url` calls its own (a verified statement).
base::Result<PinChange> pin_log(Pins& pins, const std::string& url,
                                const protocol::ControlPlaneId& id,
                                const protocol::NoteVerifier& log, FirstUse first_use,
                                std::int64_t now_ms);

}  // namespace b3iq::client

// Which X25519 key a node opens sealed requests with: a lasting document that the node's identity
// signs, so that a control plane that swaps the key is caught (docs/protocol/identity.md).
//
//   document     = JCS of type "b3iq-transport-key-v1", node_id, public_key_ed25519, key_id,
//                  public_key_x25519, not_before, not_after, optional attestation_report_hash
//   signed bytes = "b3iq-transport-key-v1" 0x00 document
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "crypto/sha256.h"
#include "crypto/x25519.h"
#include "json/json.h"
#include "protocol/identity.h"
#include "protocol/ids.h"

namespace b3iq::protocol {

inline constexpr std::string_view kTransportKeyBindingType = "b3iq-transport-key-v1";
inline constexpr std::size_t kMaxTransportKeyBindingBytes = 1024;  // of its JSON
// How long one binding may be valid. A node renews it long before.
inline constexpr std::int64_t kMaxTransportKeyLifeMs = std::int64_t{366} * 24 * 3'600'000;
// How far not_before may lie ahead of the reader's clock.
inline constexpr std::int64_t kTransportKeySkewMs = 300'000;

struct TransportKeyBinding {
  NodeId node_id;
  crypto::Ed25519PublicKey public_key_ed25519;
  TransportKeyId key_id;
  crypto::X25519PublicKey public_key_x25519;
  std::int64_t not_before_ms = 0;
  std::int64_t not_after_ms = 0;
  std::optional<crypto::Sha256Digest> attestation_report_hash;
};

struct SignedTransportKeyBinding {
  TransportKeyBinding binding;
  crypto::Ed25519Signature signature;
};

// A binding of `key` to `identity`, valid from `not_before_ms` for `life_ms` (above 0, at most
// kMaxTransportKeyLifeMs).
SignedTransportKeyBinding bind_transport_key(const NodeIdentity& identity,
                                             const crypto::X25519PublicKey& key,
                                             std::int64_t not_before_ms, std::int64_t life_ms);

// The canonical signed JSON.
std::string encode_transport_key_binding(const SignedTransportKeyBinding& signed_binding);

// Strict: every member present, no other. Says nothing about the signature. Errors: invalid_request
// naming the member.
base::Result<SignedTransportKeyBinding> decode_transport_key_binding(json::Value value);

// Errors: invalid_signature when the binding is not `node_id`'s, an id in it is not that of its
// key, or the signature does not verify; invalid_request (param not_before or not_after) outside of
// its time. Pure.
base::Status verify_transport_key_binding(const SignedTransportKeyBinding& signed_binding,
                                          const NodeId& node_id, std::int64_t now_ms);

}  // namespace b3iq::protocol

// Who signs: a node's key and the ids that follow from keys.
//
//   node id           = "b3n_" base32(first 20 bytes of SHA-256("b3iq-node-id-v1" 0x00 Ed25519
//   public key)) control plane id  = "b3c_" base32(first 20 bytes of
//   SHA-256("b3iq-control-plane-id-v1" 0x00 Ed25519 public key)) transport key id  = "b3x_"
//   base32(first 10 bytes of SHA-256("b3iq-transport-key-v1" 0x00 X25519 public key))
#pragma once

#include <string>

#include "base/random.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "crypto/x25519.h"
#include "protocol/ids.h"

namespace b3iq::protocol {

NodeId node_id_of(const crypto::Ed25519PublicKey& key);
ControlPlaneId control_plane_id_of(const crypto::Ed25519PublicKey& key);
TransportKeyId transport_key_id_of(const crypto::X25519PublicKey& key);

// A node's signing key with its id. Immutable; any thread.
class NodeIdentity {
 public:
  explicit NodeIdentity(crypto::Ed25519SecretKey key)
      : key_(std::move(key)), node_id_(node_id_of(key_.public_key())) {}

  static NodeIdentity generate(base::Random& random) {
    return NodeIdentity(crypto::Ed25519SecretKey::generate(random));
  }
  // The key file: one line of text, `b3iq-ed25519-seed-v1 ` and the seed in base64url (mode 0600).
  // create() makes the key and its file and fails with conflict when the file is there already;
  // load() fails with not_found, file_failed (open to others) or corrupt.
  static base::Result<NodeIdentity> create(const std::string& path, base::Random& random);
  static base::Result<NodeIdentity> load(const std::string& path);

  const NodeId& node_id() const { return node_id_; }
  const crypto::Ed25519PublicKey& public_key() const { return key_.public_key(); }
  crypto::Ed25519Signature sign(base::ByteView message) const { return key_.sign(message); }

 private:
  crypto::Ed25519SecretKey key_;
  NodeId node_id_;
};

}  // namespace b3iq::protocol

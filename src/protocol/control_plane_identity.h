// Who a control plane is: an Ed25519 key and the id that follows from it. Nodes sign their requests
// for this id (B3IQ-Audience), so it must outlive machines and databases.
#pragma once

#include <string>

#include "base/random.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "protocol/identity.h"
#include "protocol/ids.h"

namespace b3iq::protocol {

// Immutable; any thread.
class ControlPlaneIdentity {
 public:
  explicit ControlPlaneIdentity(crypto::Ed25519SecretKey key)
      : key_(std::move(key)), id_(control_plane_id_of(key_.public_key())) {}

  static ControlPlaneIdentity generate(base::Random& random) {
    return ControlPlaneIdentity(crypto::Ed25519SecretKey::generate(random));
  }
  // The key file: one line of text, `b3iq-control-plane-seed-v1 ` and the seed in base64url (mode
  // 0600). create() makes the key and its file and fails with conflict when the file is there
  // already; load() fails with not_found, file_failed (open to others) or corrupt.
  static base::Result<ControlPlaneIdentity> create(const std::string& path, base::Random& random);
  static base::Result<ControlPlaneIdentity> load(const std::string& path);

  const ControlPlaneId& id() const { return id_; }
  const crypto::Ed25519PublicKey& public_key() const { return key_.public_key(); }
  // For sign_document() (signed_document.h).
  const crypto::Ed25519SecretKey& key() const { return key_; }

 private:
  crypto::Ed25519SecretKey key_;
  ControlPlaneId id_;
};

}  // namespace b3iq::protocol

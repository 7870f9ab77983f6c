// A node's transport key: the X25519 pair that sealed requests and the router secret are sealed to.
#pragma once

#include <string>

#include "base/random.h"
#include "base/result.h"
#include "crypto/x25519.h"
#include "protocol/identity.h"
#include "protocol/ids.h"

namespace b3iq::protocol {

// Immutable; any thread.
class TransportKey {
 public:
  explicit TransportKey(crypto::X25519SecretKey key)
      : key_(std::move(key)), key_id_(transport_key_id_of(key_.public_key())) {}

  static TransportKey generate(base::Random& random) {
    return TransportKey(crypto::X25519SecretKey::generate(random));
  }
  // The key file: one line of text, `b3iq-x25519-secret-v1 ` and the key in base64url (mode 0600).
  // create() makes the key and its file and fails with conflict when the file is there already;
  // load() fails with not_found, file_failed (open to others) or corrupt.
  static base::Result<TransportKey> create(const std::string& path, base::Random& random);
  static base::Result<TransportKey> load(const std::string& path);

  const TransportKeyId& key_id() const { return key_id_; }
  const crypto::X25519PublicKey& public_key() const { return key_.public_key(); }
  // For opening what is sealed to it (router_secret.h).
  const crypto::X25519SecretKey& secret() const { return key_; }

 private:
  crypto::X25519SecretKey key_;
  TransportKeyId key_id_;
};

}  // namespace b3iq::protocol

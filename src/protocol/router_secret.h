// The secret that a router's requests to one node are authenticated with (HMAC, PROTOCOL section
// 6). It is derived, so that no database holds it, and reaches the node sealed to its transport
// key.
//
//   secret        = HMAC-SHA-256(master, "b3iq-router-secret-v1" 0x00 node-id 0x00 generation)
//   router key id = "b3r_" base32(first 10 bytes of
//                   SHA-256("b3iq-router-key-v1" 0x00 node-id 0x00 generation))
//   sealed        = libsodium crypto_box_seal(secret, node's X25519 key): 80 bytes
//   generation    = 1*16DIGIT, no leading zero, from 1
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "crypto/secret.h"
#include "crypto/x25519.h"
#include "protocol/ids.h"
#include "protocol/transport_key.h"

namespace b3iq::protocol {

struct RouterKeyIdRule {
  static constexpr IdForm kForm = IdForm::hash;
  static constexpr std::string_view kPrefix = "b3r_";
  static constexpr std::string_view kName = "router key id";
  static constexpr std::size_t kBytes = 10;
};
using RouterKeyId = Id<RouterKeyIdRule>;

using RouterSecret = crypto::SecretBytes<32>;
inline constexpr std::size_t kSealedRouterSecretBytes = 80;
using SealedRouterSecret = std::array<std::uint8_t, kSealedRouterSecretBytes>;

// Names one router secret of one node; says nothing about the secret. `generation` from 1.
RouterKeyId router_key_id_of(const NodeId& node_id, std::int64_t generation);

// What every router secret of a control plane is derived from. All its replicas have the same one.
// Immutable; any thread.
class RouterMasterSecret {
 public:
  explicit RouterMasterSecret(crypto::SecretBytes<32> secret) : secret_(std::move(secret)) {}
  static RouterMasterSecret generate(base::Random& random) {
    return RouterMasterSecret(crypto::SecretBytes<32>::random(random));
  }
  // The file: one line of text, `b3iq-router-master-v1 ` and 32 bytes in base64url (mode 0600).
  // Errors as of ControlPlaneIdentity.
  static base::Result<RouterMasterSecret> create(const std::string& path, base::Random& random);
  static base::Result<RouterMasterSecret> load(const std::string& path);

  // The same for the same node and generation, always.
  RouterSecret derive(const NodeId& node_id, std::int64_t generation) const;

 private:
  crypto::SecretBytes<32> secret_;
};

// Only the holder of the X25519 secret opens it. Errors: invalid_request for a low-order key.
base::Result<SealedRouterSecret> seal_router_secret(const RouterSecret& secret,
                                                    const crypto::X25519PublicKey& key);
// Errors: corrupt, one text whatever the cause.
base::Result<RouterSecret> open_router_secret(const SealedRouterSecret& sealed,
                                              const TransportKey& key);

}  // namespace b3iq::protocol

#include "client/sealing/binding_check.h"

#include "crypto/x25519_agreement.h"

namespace b3iq::client {

base::Status check_binding(const protocol::SignedTransportKeyBinding& binding,
                           const protocol::NodeId& node_id, std::int64_t now_ms) {
  TRY_OK(protocol::verify_transport_key_binding(binding, node_id, now_ms));
  if (crypto::x25519_usable(binding.binding.public_key_x25519)) return {};
  return base::Error(base::ErrorCode::invalid_signature,
                     "The transport-key binding has a key of low order: whoever made it can be "
                     "read along by everybody. Seal nothing to it; ask the node's operator.",
                     "public_key_x25519");
}

}  // namespace b3iq::client

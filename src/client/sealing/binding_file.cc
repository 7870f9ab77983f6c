#include "client/sealing/binding_file.h"

#include "client/sealing/given_text.h"
#include "crypto/x25519_agreement.h"
#include "json/json.h"
#include "protocol/ids.h"

namespace b3iq::client {

base::Result<protocol::TransportKeyBinding> verified_binding(const std::string& path,
                                                             const std::string& node,
                                                             std::int64_t now_ms) {
  TRY(const auto node_id, protocol::NodeId::parse(node));
  TRY(const auto text,
      read_given(path, protocol::kMaxTransportKeyBindingBytes, "The transport-key binding"));
  TRY(const auto document, json::Document::parse(text.reveal_text()));
  TRY(const auto binding, protocol::decode_transport_key_binding(document.root()));
  TRY_OK(protocol::verify_transport_key_binding(binding, node_id, now_ms));
  if (!crypto::x25519_usable(binding.binding.public_key_x25519)) {
    return base::Error(base::ErrorCode::invalid_signature,
                       "The transport-key binding has a key of low order: whoever made it can be "
                       "read along by everybody. Seal nothing to it; ask the node's operator.",
                       "public_key_x25519");
  }
  return binding.binding;
}

}  // namespace b3iq::client

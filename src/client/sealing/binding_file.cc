#include "client/sealing/binding_file.h"

#include "client/sealing/binding_check.h"
#include "client/sealing/given_text.h"
#include "json/json.h"
#include "protocol/ids.h"

namespace b3iq::client {

namespace {

constexpr std::size_t kMaxBindingFileBytes = 2 * protocol::kMaxTransportKeyBindingBytes;

}  // namespace

base::Result<protocol::SignedTransportKeyBinding> read_binding(const std::string& path) {
  TRY(const auto text, read_given(path, kMaxBindingFileBytes, "The transport-key binding"));
  TRY(const auto document, json::Document::parse(text.reveal_text()));
  const auto root = document.root();
  const auto published = root.find("transport_key");
  return protocol::decode_transport_key_binding(published.is_object() ? published : root);
}

base::Result<protocol::TransportKeyBinding> verified_binding(const std::string& path,
                                                             const std::string& node,
                                                             std::int64_t now_ms) {
  TRY(const auto node_id, protocol::NodeId::parse(node));
  TRY(const auto binding, read_binding(path));
  TRY_OK(check_binding(binding, node_id, now_ms));
  return binding.binding;
}

}  // namespace b3iq::client

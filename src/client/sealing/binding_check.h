// Whether a node's transport-key binding may be sealed to.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::client {

// It is `node_id`'s own, in its time, and of a key that sealing protects with. Errors: those of
// verify_transport_key_binding; invalid_signature for a key that nothing can be sealed to. Pure.
base::Status check_binding(const protocol::SignedTransportKeyBinding& binding,
                           const protocol::NodeId& node_id, std::int64_t now_ms);

}  // namespace b3iq::client

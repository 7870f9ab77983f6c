// The transport-key binding of the node that a customer means, verified before anything is sealed.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::client {

// `path` as of read_given: a binding alone, or what the public API answers, of which it is a
// member. Errors: those of reading and of decode_transport_key_binding.
base::Result<protocol::SignedTransportKeyBinding> read_binding(const std::string& path);

// `path` as of read_binding; `node` is the node id that the customer trusts, from elsewhere than
// the binding. Errors: those of read_binding and of verify_transport_key_binding; invalid_signature
// for a key that nothing can be sealed to.
base::Result<protocol::TransportKeyBinding> verified_binding(const std::string& path,
                                                             const std::string& node,
                                                             std::int64_t now_ms);

}  // namespace b3iq::client

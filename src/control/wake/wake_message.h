// What replicas tell each other over NATS: for which nodes there may be commands. Nothing in it is
// secret, and nothing proves who said it: all that it can do is to make a replica look into the
// database.
//
//   wake = "b3iq-wake-v1" 0*64( LF node-id )
//
// Without a node id it is the hello by which a replica sees that it may publish. A replica that
// does not know a message's version drops it; polls find the commands then.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace b3iq::control {

inline constexpr std::string_view kWakeVersion = "b3iq-wake-v1";
inline constexpr std::size_t kMaxNodesPerWake = 64;
inline constexpr std::size_t kMaxWakeBytes = 4096;

// At most kMaxNodesPerWake ids.
std::string encode_wake(std::span<const std::string> node_ids);

// Views of `payload`. Pure; any thread. Error: invalid_request for whatever the grammar does not
// have.
base::Result<std::vector<std::string_view>> decode_wake(std::string_view payload);

}  // namespace b3iq::control

// The nodes of a simulated fleet. Their keys follow from a salt and a number, so that every process
// of a run knows the same nodes without a file. They guard nothing: never enroll them in earnest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/identity.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/inventory.h"
#include "protocol/transport_key.h"

namespace b3iq::fleet {

// All nodes of a fleet started at once, at this time; it never starts again.
inline constexpr std::int64_t kBootEpoch = 1'700'000'000'000'000;
inline constexpr std::string_view kAgentVersion = "0.1.0-fleet";

protocol::NodeIdentity fleet_identity(std::string_view salt, std::int64_t number);
protocol::TransportKey fleet_transport_key(std::string_view salt, std::int64_t number);

// Nodes `first` to `first + count - 1`. Some 25 us each.
std::vector<protocol::NodeIdentity> fleet_identities(std::string_view salt, std::int64_t first,
                                                     std::int64_t count);

// A machine of two cores with one installed model, as every node of the fleet is one.
protocol::NodeInventory fleet_inventory();
protocol::NodeReadiness fleet_readiness();
// The heartbeat of every node, always the same: the inventory is known and nothing is running.
std::string fleet_heartbeat();

}  // namespace b3iq::fleet

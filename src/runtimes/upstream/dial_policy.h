// Which addresses a runtime's connection may go to. Asked at dial time about each resolved address,
// so that a name that is made to point elsewhere later does not help an attacker.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace b3iq::runtimes {

// Refused always: link-local (the cloud metadata service among them), other known metadata
// addresses, unspecified, multicast and reserved addresses, and this node's own listener
// (`own_port` on loopback; 0: none). Loopback, private and public addresses are the owner's choice.
// Error: runtime_unreachable.
base::Status check_dial(std::string_view numeric_address, std::uint16_t port,
                        std::uint16_t own_port);

}  // namespace b3iq::runtimes

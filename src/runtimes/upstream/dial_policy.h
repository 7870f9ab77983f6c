// Which addresses a runtime's connection may go to. Asked at dial time about each resolved address,
// so that a name that is made to point elsewhere later does not help an attacker.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"

namespace b3iq::runtimes {

// Refused always: link-local (the cloud metadata service among them), other known metadata
// addresses, unspecified, multicast and reserved addresses, and this node's own listener
// (`own_port` on loopback or on an address of this machine; 0: none). Loopback, private and public
// addresses are the owner's choice. Error: runtime_unreachable.
base::Status check_dial(std::string_view numeric_address, std::uint16_t port,
                        std::uint16_t own_port);

// What the owner wrote and what it resolved to, beside the rules of check_dial: "localhost" means
// loopback only, and another machine's name (one with a dot) never means loopback: that is how a
// name server of a stranger would reach this machine's own services. `host`: as in the base_url.
base::Status check_configured_dial(std::string_view host, std::string_view numeric_address,
                                   std::uint16_t port, std::uint16_t own_port);

// The policy of a client that talks to one configured origin, and to nothing else.
http::AddressPolicy dial_policy(std::string host, std::uint16_t own_port);
// The policy of probes: loopback only.
http::AddressPolicy loopback_policy(std::uint16_t own_port);

}  // namespace b3iq::runtimes

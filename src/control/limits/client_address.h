// Whose request this is: the peer, or, where the peer is a proxy that the owner named, the client
// that the proxy names.
#pragma once

#include <string_view>
#include <vector>

#include "control/config/address_range.h"
#include "http/message.h"

namespace b3iq::control {

// The last address of X-Forwarded-For that is none of a trusted proxy's; what stands before it was
// written by strangers. The header of any other peer is ignored. Lives as long as the request.
std::string_view client_address(const http::Request& request,
                                const std::vector<AddressRange>& trusted_proxies);

}  // namespace b3iq::control

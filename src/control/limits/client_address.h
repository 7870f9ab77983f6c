// Whose request it is: the peer's address, or, behind proxies that the settings trust, the one that
// the last of them saw.
#pragma once

#include <string_view>
#include <vector>

#include "control/config/address_range.h"
#include "http/message.h"

namespace b3iq::control {

// X-Forwarded-For is read from its right end, as far as trusted proxies wrote it; of a peer that is
// no trusted proxy it is not read at all. A part that is no address ends the reading: the nearest
// proxy is the client then. The view is of the request.
std::string_view client_address(const http::Request& request,
                                const std::vector<AddressRange>& trusted_proxies);

}  // namespace b3iq::control

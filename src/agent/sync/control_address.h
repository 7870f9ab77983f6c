// Where a control plane is: an https address, or http on this machine for development.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"

namespace b3iq::agent {

struct ControlAddress {
  std::string url;  // as it is kept and shown
  http::Origin origin;
};

// Errors: invalid_request (param control_plane_url), saying what is wrong.
base::Result<ControlAddress> parse_control_address(std::string_view url);

}  // namespace b3iq::agent

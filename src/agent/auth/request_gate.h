// What every request must pass before any route: the Host names this node, and a browser page of
// another origin gets nothing (rebinding, cross-site requests, null origins). See
// docs/operating/browsers.md.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace b3iq::agent {

struct GateRules {
  std::uint16_t port = 0;  // that Host must name beside a name of `host_names`, or omit when it is
                           // the scheme's default; a loopback name may stand with any, for tunnels
  std::vector<std::string> host_names;       // beside localhost, 127.0.0.1 and [::1]
  std::vector<std::string> allowed_origins;  // exact origins of pages that may call this node
};

// Errors: host_not_allowed, origin_not_allowed.
base::Status check_request(const GateRules& rules, const http::Request& request);

// For a page of a listed origin: lets its browser read the answer, and answers its preflight.
// Nobody else gets a CORS header.
void allow_listed_origin(const GateRules& rules, const http::Request& request,
                         http::Response& response);

}  // namespace b3iq::agent

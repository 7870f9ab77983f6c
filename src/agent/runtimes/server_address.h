// Where a server may stand that is added as a runtime, and whether two entries mean the same one.
#pragma once

#include <cstdint>
#include <string>

#include "agent/runtimes/runtime_settings.h"
#include "base/result.h"

namespace b3iq::agent {

// What can be said of base_url before it is dialled: its form, and numeric addresses that are never
// dialled. Names are judged by what they resolve to, at each dial. Error: invalid_request with the
// param base_url; it quotes no user information.
base::Status check_server_address(const RuntimeSettings& settings, std::uint16_t own_port);

// Scheme, host, port and path as they are used: http://localhost:8080 and http://127.0.0.1:8080/v1
// of the kind openai are one. "" when base_url cannot be read.
std::string server_identity(const RuntimeSettings& settings);

// An error of making the runtime, said of what was asked for and not of config.json.
base::Error about_request(base::Error error);

}  // namespace b3iq::agent

// What config.json says of the managed mode, and which commands of a control plane an owner has to
// allow.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace b3iq::agent {

struct ManagedSettings {
  std::vector<std::string> allowed_commands;  // command kinds
  std::string ca_file;                        // "": the system's authorities
};

// Errors: config_invalid for a kind that there is not, or that cannot be allowed.
base::Result<ManagedSettings> read_managed_settings(const config::Config& values);

// The kinds that an owner can allow. Error: invalid_request, with the list.
base::Status check_allowable(std::string_view kind);

}  // namespace b3iq::agent

// What config.json says of the managed mode.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace b3iq::agent {

struct ManagedSettings {
  std::vector<std::string> allowed_commands;  // command kinds
  std::string ca_file;                        // "": the system's authorities
};

// Errors: config_invalid for a kind that there is not.
base::Result<ManagedSettings> read_managed_settings(const config::Config& values);

}  // namespace b3iq::agent

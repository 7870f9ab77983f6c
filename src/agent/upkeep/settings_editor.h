// Changes of config.json that somebody asked for through the API: all of them or none.
#pragma once

#include <string>
#include <vector>

#include "agent/upkeep/start_check.h"
#include "config/config_file.h"

namespace b3iq::agent {

// What a start of the node would read now. Errors: conflict with what is wrong in the file.
base::Result<config::Config> load_next_values(const Home& home, const std::string& listen_flag);

// Checks each change and then the file that they make, as the start does, and writes it. Durations
// and sizes are written as people write them. Blocks; any thread. Errors: invalid_request, its
// param the option; conflict when the file is not right as it stands; storage_failed when it cannot
// be written. Nothing was changed then.
base::Status change_settings(const StartFacts& facts, const std::string& listen_flag,
                             std::vector<config::Change> changes);

}  // namespace b3iq::agent

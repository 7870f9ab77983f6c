// The file system that a path is on, or would be on. Runs in the probe process: a dead network
// mount blocks for ever.
#pragma once

#include <string>

#include "agent/inventory/inventory_types.h"

namespace b3iq::agent::inventory {

DiskReport read_disk(const std::string& root, const std::string& path);

}  // namespace b3iq::agent::inventory

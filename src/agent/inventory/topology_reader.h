// Packages, NUMA nodes, cores and caches, by hwloc. Runs in the probe process.
#pragma once

#include <string>

#include "agent/inventory/inventory_types.h"

namespace b3iq::agent::inventory {

// Where the topology comes from; both empty: this machine.
struct TopologySource {
  std::string root;       // a folder with another machine's /proc and /sys
  std::string synthetic;  // hwloc's synthetic description, for tests
};

TopologyReport read_topology(const TopologySource& source);

}  // namespace b3iq::agent::inventory

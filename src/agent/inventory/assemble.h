// One inventory out of the reports of its parts. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/inventory/inventory_types.h"
#include "base/result.h"

namespace b3iq::agent::inventory {

// What the node keeps where.
struct WantedDisk {
  std::string role;  // "home"
  std::string path;  // absolute
};

// An error is that part's failure, in words for people.
struct Reports {
  base::Result<MachineReport> machine;
  base::Result<TopologyReport> topology;
  base::Result<GpuReport> nvidia;
  base::Result<GpuReport> gpus;  // from sysfs
  std::vector<base::Result<DiskReport>> disks;
};

// `disks` in the order of `wanted`. What cannot be true is gone (impossible_values.h).
Inventory assemble(Reports reports, const std::vector<WantedDisk>& wanted);

}  // namespace b3iq::agent::inventory

// The limits that the process's control group (and those above it) sets: version 2, or version 1.
#pragma once

#include <string>

#include "agent/inventory/inventory_types.h"

namespace b3iq::agent::inventory {

struct GroupLimits {
  Count quota_millicpus;    // nullopt: no limit
  Count memory_bytes;       // nullopt: no limit
  Count memory_used_bytes;  // of the group that has the limit
  std::string cpu_reason;   // why there is no quota: "No control group limits it.", or a failure
  std::string memory_reason;
};

GroupLimits read_group_limits(const std::string& root);

}  // namespace b3iq::agent::inventory

// Operating system, CPU and memory, from /proc, /sys and /etc below `root`. Runs in the probe
// process.
#pragma once

#include <string>

#include "agent/inventory/findings.h"
#include "agent/inventory/inventory_types.h"

namespace b3iq::agent::inventory {

Os read_os(const std::string& root, Findings& findings);
Cpu read_cpu(const std::string& root, Findings& findings);
Memory read_memory(const std::string& root, Findings& findings);
MachineReport read_machine(const std::string& root);

}  // namespace b3iq::agent::inventory

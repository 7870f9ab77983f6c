// GPUs of every vendor, as the kernel shows them below /sys: by the PCI bus, and by the display
// class for those on no bus. Runs in the probe process.
#pragma once

#include <string>

#include "agent/inventory/inventory_types.h"

namespace b3iq::agent::inventory {

GpuReport read_sysfs_gpus(const std::string& root);

}  // namespace b3iq::agent::inventory

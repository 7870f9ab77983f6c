// The names that the machine's own list of PCI devices (Debian: pci.ids, hwdata) has.
#pragma once

#include <optional>
#include <string>

namespace b3iq::agent::inventory {

inline constexpr std::size_t kMaxPciListBytes = 8 * 1024 * 1024;

std::optional<std::string> pci_device_name(const std::string& root, unsigned vendor,
                                           unsigned device);

}  // namespace b3iq::agent::inventory

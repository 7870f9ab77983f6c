#include "agent/inventory/pci_names.h"

#include <fmt/format.h>

#include <fstream>

#include "base/bytes.h"
#include "base/text.h"

namespace b3iq::agent::inventory {
namespace {

// "vvvv  Vendor", then "<tab>dddd  Device" for each of its devices.
std::optional<std::string> find_in(std::istream& list, const std::string& vendor,
                                   const std::string& device) {
  std::string line;
  bool ours = false;
  for (std::size_t bytes = 0; std::getline(list, line) && bytes < kMaxPciListBytes;
       bytes += line.size() + 1) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] != '\t') {
      if (ours) return std::nullopt;
      ours = line.starts_with(vendor + " ");
    } else if (ours && line.compare(1, device.size() + 1, device + " ") == 0) {
      std::string name(base::trimmed(std::string_view(line).substr(device.size() + 1)));
      if (base::valid_utf8(name)) return name;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> pci_device_name(const std::string& root, unsigned vendor,
                                           unsigned device) {
  for (const char* path : {"/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"}) {
    std::ifstream list(root + path);
    if (!list) continue;
    if (auto name = find_in(list, fmt::format("{:04x}", vendor), fmt::format("{:04x}", device)))
      return name;
  }
  return std::nullopt;
}

}  // namespace b3iq::agent::inventory

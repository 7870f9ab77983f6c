#include "agent/inventory/sysfs_gpu_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "agent/inventory/findings.h"
#include "agent/inventory/kernel_files.h"
#include "agent/inventory/nvidia_reader.h"
#include "agent/inventory/pci_names.h"

namespace b3iq::agent::inventory {
namespace {

constexpr char kNotTold[] = "The driver does not tell it.";

std::optional<unsigned> hexadecimal(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  unsigned number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<unsigned> read_hexadecimal(const std::string& path) {
  const auto text = read_kernel_text(path);
  return text.ok() ? hexadecimal(*text) : std::nullopt;
}

// One device folder: /sys/bus/pci/devices/<address>, or /sys/class/drm/<card>/device.
class DeviceFolder {
 public:
  DeviceFolder(std::string root, std::string folder, std::string at, Findings& findings)
      : root_(std::move(root)),
        folder_(std::move(folder)),
        at_(std::move(at)),
        findings_(findings) {}

  void read(Gpu& gpu) {
    read_driver(gpu);
    const bool amd = gpu.driver == "amdgpu";
    const bool intel = gpu.driver == "i915" || gpu.driver == "xe";
    if (amd) read_amd_memory(gpu);
    if (intel) read_intel_memory(gpu);
    if (!amd && !intel) {
      findings_.no(at_ + "memory_total_bytes", kNotTold);
      findings_.no(at_ + "memory_shared", kNotTold);
    }
    if (!amd) {
      findings_.no(at_ + "memory_used_bytes", kNotTold);
      findings_.no(at_ + "shared_total_bytes", kNotTold);
    }
    gpu.utilization_percent = number("utilization_percent", "/gpu_busy_percent");
    read_sensors(gpu);
    findings_.no(at_ + "compute_capability", "Only NVIDIA's driver has it.");
    gpu.mig = false;
  }

 private:
  Count number(const char* field, const std::string& file) {
    return findings_.keep(at_ + field, read_kernel_number(folder_ + file));
  }

  void read_driver(Gpu& gpu) {
    if (auto name = link_name(folder_ + "/driver"); name.ok()) {
      gpu.driver = std::move(name).value();
    } else {
      findings_.no(at_ + "driver", "No driver has taken the device.");
      findings_.no(at_ + "driver_version", "No driver has taken the device.");
      return;
    }
    const auto version = read_kernel_text(root_ + "/sys/module/" + *gpu.driver + "/version");
    if (version.ok() && !version->empty()) {
      gpu.driver_version = *version;
    } else {
      findings_.no(at_ + "driver_version", "The driver is part of the kernel.");
    }
  }

  // An APU has a small carve-out of its own and borrows the rest (GTT) from the machine's RAM. A
  // card may borrow too, but nothing that computes should.
  void read_amd_memory(Gpu& gpu) {
    gpu.memory_total_bytes = number("memory_total_bytes", "/mem_info_vram_total");
    gpu.memory_used_bytes = number("memory_used_bytes", "/mem_info_vram_used");
    gpu.shared_total_bytes = number("shared_total_bytes", "/mem_info_gtt_total");
    // Cards name the vendor of their memory chips; an APU has none to name.
    if (const auto maker = read_kernel_text(folder_ + "/mem_info_vram_vendor"); maker.ok()) {
      gpu.memory_shared = *maker == "unknown" || maker->empty();
    } else {
      findings_.no(at_ + "memory_shared", maker.error().detail);
    }
  }

  // xe tells each tile's memory; of i915 only Intel's own packages do, at the card.
  void read_intel_memory(Gpu& gpu) {
    constexpr int kMaxTiles = 8;
    std::int64_t total = 0;
    for (int tile = 0; tile < kMaxTiles; ++tile) {
      const auto bytes =
          read_kernel_number(fmt::format("{}/tile{}/physical_vram_size_bytes", folder_, tile));
      if (bytes.ok() && *bytes > 0) total += *bytes;
    }
    if (const auto names = list_folder(folder_ + "/drm"); total == 0 && names.ok()) {
      for (const auto& name : *names) {
        const auto bytes = read_kernel_number(folder_ + "/drm/" + name + "/lmem_total_bytes");
        if (bytes.ok() && *bytes > 0) total = *bytes;
      }
    }
    if (total > 0) {
      gpu.memory_total_bytes = total;
      gpu.memory_shared = false;
      return;
    }
    findings_.no(at_ + "memory_total_bytes",
                 "The kernel does not tell it; a GPU inside the processor uses the machine's RAM.");
    findings_.no(at_ + "memory_shared", kNotTold);
  }

  // temp1 and power1 of the device's first sensor folder.
  void read_sensors(Gpu& gpu) {
    const auto sensors = list_folder(folder_ + "/hwmon");
    if (!sensors.ok() || sensors->empty()) {
      findings_.no(at_ + "temperature_c", "The device has no sensors.");
      findings_.no(at_ + "power_milliwatts", "The device has no sensors.");
      return;
    }
    const std::string at = "/hwmon/" + sensors->front();
    if (const auto milli = number("temperature_c", at + "/temp1_input"))
      gpu.temperature_c = *milli / 1000;
    if (const auto micro = number("power_milliwatts", at + "/power1_average"))
      gpu.power_milliwatts = *micro / 1000;
  }

  std::string root_;
  std::string folder_;
  std::string at_;
  Findings& findings_;
};

struct VendorRow {
  unsigned id;
  std::string_view name;
  bool display_only;  // made by hypervisors or for the management of servers
};
constexpr std::array kVendors = {
    VendorRow{0x10de, "NVIDIA", false},   VendorRow{0x1002, "AMD", false},
    VendorRow{0x8086, "Intel", false},    VendorRow{0x1ed5, "Moore Threads", false},
    VendorRow{0x1d17, "Zhaoxin", false},  VendorRow{0x1234, "QEMU", true},
    VendorRow{0x1af4, "virtio", true},    VendorRow{0x1b36, "Red Hat QXL", true},
    VendorRow{0x15ad, "VMware", true},    VendorRow{0x80ee, "VirtualBox", true},
    VendorRow{0x1414, "Microsoft", true}, VendorRow{0x1013, "Cirrus Logic", true},
    VendorRow{0x1a03, "ASPEED", true},    VendorRow{0x102b, "Matrox", true},
};

void name_vendor(Gpu& gpu, unsigned vendor, const std::string& at, Findings& findings) {
  const auto row = std::find_if(kVendors.begin(), kVendors.end(),
                                [&](const VendorRow& known) { return known.id == vendor; });
  if (row == kVendors.end()) {
    findings.no(at + "vendor", fmt::format("PCI vendor {:04x} is not in our table.", vendor));
    findings.no(at + "display_only", "The vendor is not in our table.");
    return;
  }
  gpu.vendor = std::string(row->name);
  gpu.display_only = row->display_only;
}

void tell_state(const Gpu& gpu, Findings& findings) {
  const std::string what = fmt::format("{} {} at {}", gpu.vendor.value_or("GPU"),
                                       gpu.name.value_or(gpu.pci_id.value_or("")),
                                       gpu.pci_address.value_or("an unknown address"));
  if (gpu.display_only.value_or(false)) {
    findings.note("gpu_virtual", what + " is a display without computing power.");
  } else if (!gpu.driver) {
    findings.note("gpu_without_driver",
                  what + " has no driver in the kernel; install the vendor's, or look in 'dmesg'.");
  }
}

Gpu read_pci_gpu(const std::string& root, const std::string& address, std::size_t index,
                 Findings& findings) {
  const std::string folder = root + "/sys/bus/pci/devices/" + address;
  const std::string at = fmt::format("gpus[{}].", index);
  Gpu gpu;
  gpu.pci_address = address;
  const auto vendor = read_hexadecimal(folder + "/vendor");
  const auto device = read_hexadecimal(folder + "/device");
  if (vendor && device) {
    gpu.pci_id = fmt::format("{:04x}:{:04x}", *vendor, *device);
    name_vendor(gpu, *vendor, at, findings);
    gpu.name = pci_device_name(root, *vendor, *device);
    if (!gpu.name) findings.no(at + "name", "No list of PCI names (pci.ids) has it.");
  } else {
    for (const char* field : {"pci_id", "vendor", "name", "display_only"})
      findings.no(at + field, folder + " cannot be read.");
  }
  DeviceFolder(root, folder, at, findings).read(gpu);
  tell_state(gpu, findings);
  return gpu;
}

// GPUs of boards without PCI: Arm's Mali, Qualcomm's Adreno, Apple's.
Gpu read_board_gpu(const std::string& root, const std::string& card, std::size_t index,
                   Findings& findings) {
  const std::string at = fmt::format("gpus[{}].", index);
  Gpu gpu;
  for (const char* field : {"pci_address", "pci_id", "vendor", "name", "display_only"})
    findings.no(at + field, "The GPU is on no PCI bus.");
  DeviceFolder(root, root + "/sys/class/drm/" + card + "/device", at, findings).read(gpu);
  return gpu;
}

bool is_card(std::string_view name) {
  return name.starts_with("card") && name.find('-') == name.npos;
}

constexpr unsigned kPciDisplayClass = 0x03;

}  // namespace

GpuReport read_sysfs_gpus(const std::string& root) {
  Findings findings;
  GpuReport report;
  const auto devices = list_folder(root + "/sys/bus/pci/devices");
  const auto cards = list_folder(root + "/sys/class/drm");
  if (!devices.ok() && !cards.ok()) {
    findings.no("gpus", devices.error().detail);
  } else {
    report.gpus.emplace();
  }
  for (const auto& address : devices.ok() ? *devices : std::vector<std::string>()) {
    const auto kind =
        read_hexadecimal(fmt::format("{}/sys/bus/pci/devices/{}/class", root, address));
    if (!kind || *kind >> 16 != kPciDisplayClass || report.gpus->size() == kMaxGpus) continue;
    report.gpus->push_back(read_pci_gpu(root, address, report.gpus->size(), findings));
  }
  for (const auto& card : cards.ok() ? *cards : std::vector<std::string>()) {
    const auto bus = link_name(fmt::format("{}/sys/class/drm/{}/device/subsystem", root, card));
    if (!is_card(card) || !bus.ok() || *bus == "pci" || report.gpus->size() == kMaxGpus) continue;
    report.gpus->push_back(read_board_gpu(root, card, report.gpus->size(), findings));
  }
  report.unknown = std::move(findings.unknown);
  report.notes = std::move(findings.notes);
  return report;
}

}  // namespace b3iq::agent::inventory

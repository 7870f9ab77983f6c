#include "agent/inventory/nvidia_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "agent/inventory/findings.h"
#include "agent/inventory/nvml_library.h"

namespace b3iq::agent::inventory {
namespace {

constexpr char kNotOffered[] = "This version of libnvidia-ml.so.1 does not offer it.";
constexpr unsigned kMaxMigSlices = 16;

std::int64_t signed_bytes(unsigned long long bytes) {
  return bytes > static_cast<unsigned long long>(INT64_MAX) ? INT64_MAX
                                                            : static_cast<std::int64_t>(bytes);
}

// The library should end it with a zero.
template <std::size_t N>
std::string text_of(const std::array<char, N>& buffer) {
  return {buffer.begin(), std::find(buffer.begin(), buffer.end(), '\0')};
}

// One device, call by call. Each failure is that field's reason.
class DeviceReader {
 public:
  DeviceReader(const NvmlLibrary& nvml, NvmlDevice* device, std::string at, Findings& findings)
      : nvml_(nvml), device_(device), at_(std::move(at)), findings_(findings) {}

  void read(Gpu& gpu) {
    read_pci(gpu);
    std::array<char, 128> name{};
    if (call("name", nvml_.device_name, name.data(), unsigned{name.size()}))
      gpu.name = text_of(name);
    read_memory(gpu);
    int major = 0, minor = 0;
    if (call("compute_capability", nvml_.device_compute_capability, &major, &minor))
      gpu.compute_capability = fmt::format("{}.{}", major, minor);
    read_mig(gpu);
    NvmlUtilization use{};
    if (call("utilization_percent", nvml_.device_utilization, &use))
      gpu.utilization_percent = use.gpu;
    unsigned value = 0;
    if (call("temperature_c", nvml_.device_temperature, kNvmlTemperatureOfGpu, &value))
      gpu.temperature_c = value;
    if (call("power_milliwatts", nvml_.device_power, &value)) gpu.power_milliwatts = value;
    gpu.display_only = false;
  }
  bool lost() const { return lost_; }

 private:
  template <class F, class... Args>
  bool call(const char* field, F* function, Args... args) {
    if (function == nullptr) {
      findings_.no(at_ + field, kNotOffered);
      return false;
    }
    const int result = function(device_, args...);
    if (result == kNvmlSuccess) return true;
    lost_ = lost_ || result == kNvmlGpuIsLost || result == kNvmlResetRequired;
    findings_.no(at_ + field, nvml_.describe_result(result) + ".");
    return false;
  }

  void read_pci(Gpu& gpu) {
    NvmlPciInfo pci{};
    if (!call("pci_address", nvml_.device_pci, &pci)) return;
    gpu.pci_address = fmt::format("{:04x}:{:02x}:{:02x}.0", pci.domain, pci.bus, pci.device);
    gpu.pci_id = fmt::format("{:04x}:{:04x}", pci.pci_device_id & 0xffffU, pci.pci_device_id >> 16);
  }

  void read_memory(Gpu& gpu) {
    NvmlMemoryV2 newer{};
    newer.version = kNvmlMemoryV2;
    if (nvml_.device_memory_v2 != nullptr &&
        nvml_.device_memory_v2(device_, &newer) == kNvmlSuccess) {
      gpu.memory_total_bytes = signed_bytes(newer.total);
      gpu.memory_used_bytes = signed_bytes(newer.used);
      gpu.memory_shared = false;
      return;
    }
    // Also the way on a GPU without memory of its own: "not supported", and so unknown.
    NvmlMemory memory{};
    if (call("memory_total_bytes", nvml_.device_memory, &memory)) {
      gpu.memory_total_bytes = signed_bytes(memory.total);
      gpu.memory_used_bytes = signed_bytes(memory.used);
      gpu.memory_shared = false;
      return;
    }
    findings_.no(at_ + "memory_used_bytes", findings_.unknown.back().reason.value_or(""));
    findings_.no(at_ + "memory_shared", "The driver did not tell the memory's size.");
  }

  void read_mig(Gpu& gpu) {
    unsigned current = 0, pending = 0;
    if (nvml_.device_mig_mode == nullptr ||
        nvml_.device_mig_mode(device_, &current, &pending) == kNvmlNotSupported) {
      gpu.mig = false;
      return;
    }
    if (!call("mig", nvml_.device_mig_mode, &current, &pending)) return;
    gpu.mig = current != 0;
    if (*gpu.mig) tell_slices(gpu);
  }

  void tell_slices(const Gpu& gpu) {
    unsigned most = 0;
    std::string slices;
    if (nvml_.device_max_mig_count != nullptr && nvml_.device_mig_by_index != nullptr &&
        nvml_.device_max_mig_count(device_, &most) == kNvmlSuccess) {
      for (unsigned i = 0; i < std::min(most, kMaxMigSlices); ++i) {
        NvmlDevice* slice = nullptr;
        std::array<char, 128> name{};
        if (nvml_.device_mig_by_index(device_, i, &slice) != kNvmlSuccess) continue;
        const bool named = nvml_.device_name != nullptr &&
                           nvml_.device_name(slice, name.data(), name.size()) == kNvmlSuccess;
        slices += (slices.empty() ? "" : ", ") + (named ? text_of(name) : std::string("unnamed"));
      }
    }
    findings_.note("gpu_mig", fmt::format("The GPU at {} is cut into slices (MIG): {}. A runtime "
                                          "sees a slice, not the whole memory.",
                                          gpu.pci_address.value_or("an unknown address"),
                                          slices.empty() ? "none is made" : slices));
  }

  const NvmlLibrary& nvml_;
  NvmlDevice* device_;
  std::string at_;
  Findings& findings_;
  bool lost_ = false;
};

void tell_failed_init(const NvmlLibrary& nvml, int result, Findings& findings) {
  const std::string said = nvml.describe_result(result);
  findings.no("gpus", "NVIDIA: " + said + ".");
  if (result == kNvmlVersionMismatch) {
    findings.note("nvidia_driver_mismatch",
                  "The NVIDIA driver in the kernel and its library are of different versions, as "
                  "after an update. Restart the machine, or reload the kernel modules.");
  } else if (result == kNvmlDriverNotLoaded) {
    findings.note("nvidia_driver_failed",
                  "NVIDIA's library is installed but its driver is not loaded in the kernel. See "
                  "'dmesg | grep -i nvidia'; a kernel update may need the module built anew.");
  } else {
    findings.note("nvidia_driver_failed", "NVIDIA's driver did not start: " + said + ".");
  }
}

Gpu read_device(const NvmlLibrary& nvml, unsigned index, const Text& driver_version,
                Findings& findings) {
  Gpu gpu;
  gpu.vendor = "NVIDIA";
  gpu.driver = "nvidia";
  gpu.driver_version = driver_version;
  const std::string at = fmt::format("gpus[{}].", index);
  if (!driver_version) findings.no(at + "driver_version", "The driver does not tell it.");
  findings.no(at + "shared_total_bytes", "The driver does not tell it.");
  NvmlDevice* device = nullptr;
  const int result = nvml.device_by_index(index, &device);
  bool lost = result == kNvmlGpuIsLost || result == kNvmlResetRequired;
  if (result == kNvmlSuccess) {
    DeviceReader reader(nvml, device, at, findings);
    reader.read(gpu);
    lost = reader.lost();
  } else {
    findings.no(at + "*", nvml.describe_result(result) + ".");
  }
  if (lost) {
    findings.note("gpu_lost", fmt::format("NVIDIA GPU {} ({}) does not answer its driver any more. "
                                          "Restart the machine; see 'dmesg | grep -i xid'.",
                                          index, gpu.name.value_or("unnamed")));
  }
  return gpu;
}

void read_devices(const NvmlLibrary& nvml, GpuReport& report, Findings& findings) {
  unsigned count = 0;
  if (const int result = nvml.device_count(&count); result != kNvmlSuccess) {
    findings.no("gpus", "NVIDIA: " + nvml.describe_result(result) + ".");
    return;
  }
  if (count > kMaxGpus) {
    findings.no("gpus", fmt::format("NVIDIA: the driver counts {} GPUs, which cannot be.", count));
    findings.note("value_impossible",
                  fmt::format("NVIDIA's driver counts {} GPUs, which cannot be.", count));
    return;
  }
  std::array<char, 96> version{};
  Text driver_version;
  if (nvml.driver_version != nullptr &&
      nvml.driver_version(version.data(), version.size()) == kNvmlSuccess)
    driver_version = text_of(version);
  report.gpus.emplace();
  for (unsigned i = 0; i < count; ++i)
    report.gpus->push_back(read_device(nvml, i, driver_version, findings));
}

}  // namespace

GpuReport read_nvidia(const std::string& library) {
  Findings findings;
  GpuReport report;
  const auto nvml = NvmlLibrary::open(library);
  if (!nvml.ok() && nvml.error().code == base::ErrorCode::not_found) {
    report.gpus.emplace();
    findings.note("nvidia_library_missing", nvml.error().detail);
  } else if (!nvml.ok()) {
    findings.no("gpus", "NVIDIA: " + nvml.error().detail);
    findings.note("nvidia_driver_failed", nvml.error().detail);
  } else if (const int result = nvml->init(); result != kNvmlSuccess) {
    tell_failed_init(*nvml, result, findings);
  } else {
    read_devices(*nvml, report, findings);
    nvml->shutdown();
  }
  report.unknown = std::move(findings.unknown);
  report.notes = std::move(findings.notes);
  return report;
}

}  // namespace b3iq::agent::inventory

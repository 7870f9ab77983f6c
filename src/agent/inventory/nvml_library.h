// NVIDIA's management library, loaded at run time; our own prototypes of the few calls we use (its
// binary interface is stable). It may hang or crash, so only the probe process loads it.
#pragma once

#include <string>

#include "base/result.h"

namespace b3iq::agent::inventory {

// nvmlReturn_t, those we tell apart.
inline constexpr int kNvmlSuccess = 0;
inline constexpr int kNvmlNotSupported = 3;
inline constexpr int kNvmlNoPermission = 4;
inline constexpr int kNvmlDriverNotLoaded = 9;
inline constexpr int kNvmlGpuIsLost = 15;
inline constexpr int kNvmlResetRequired = 16;
inline constexpr int kNvmlVersionMismatch = 18;

struct NvmlDevice;  // opaque

struct NvmlMemory {
  unsigned long long total, free, used;  // bytes
};
struct NvmlMemoryV2 {
  unsigned version;
  unsigned long long total, reserved, free, used;
};
struct NvmlUtilization {
  unsigned gpu, memory;  // percent
};
struct NvmlPciInfo {
  char bus_id_legacy[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];
};

inline constexpr unsigned kNvmlMemoryV2 = sizeof(NvmlMemoryV2) | (2U << 24);
inline constexpr int kNvmlTemperatureOfGpu = 0;

class NvmlLibrary {
 public:
  // Tries `path`, or where `path` is empty the name the driver's packages install. Errors:
  // not_found when there is none, file_failed when it has not the calls that are needed.
  static base::Result<NvmlLibrary> open(const std::string& path);
  NvmlLibrary(NvmlLibrary&& other) noexcept;
  NvmlLibrary& operator=(NvmlLibrary&&) = delete;
  ~NvmlLibrary();

  // Needed.
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*device_count)(unsigned*) = nullptr;
  int (*device_by_index)(unsigned, NvmlDevice**) = nullptr;
  // Each may be null: older and newer libraries differ.
  const char* (*error_text)(int) = nullptr;
  int (*driver_version)(char*, unsigned) = nullptr;
  int (*device_name)(NvmlDevice*, char*, unsigned) = nullptr;
  int (*device_pci)(NvmlDevice*, NvmlPciInfo*) = nullptr;
  int (*device_memory_v2)(NvmlDevice*, NvmlMemoryV2*) = nullptr;
  int (*device_memory)(NvmlDevice*, NvmlMemory*) = nullptr;
  int (*device_utilization)(NvmlDevice*, NvmlUtilization*) = nullptr;
  int (*device_temperature)(NvmlDevice*, int, unsigned*) = nullptr;
  int (*device_power)(NvmlDevice*, unsigned*) = nullptr;
  int (*device_compute_capability)(NvmlDevice*, int*, int*) = nullptr;
  int (*device_mig_mode)(NvmlDevice*, unsigned*, unsigned*) = nullptr;
  int (*device_max_mig_count)(NvmlDevice*, unsigned*) = nullptr;
  int (*device_mig_by_index)(NvmlDevice*, unsigned, NvmlDevice**) = nullptr;

  // What the library calls `result`, for people.
  std::string describe_result(int result) const;

 private:
  explicit NvmlLibrary(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace b3iq::agent::inventory

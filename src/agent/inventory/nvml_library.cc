#include "agent/inventory/nvml_library.h"

#include <dlfcn.h>

#include <cstring>
#include <utility>

namespace b3iq::agent::inventory {
namespace {

constexpr char kUsualName[] = "libnvidia-ml.so.1";

template <class F>
bool bind(void* library, F*& function, const char* name) {
  function = reinterpret_cast<F*>(::dlsym(library, name));
  return function != nullptr;
}

}  // namespace

base::Result<NvmlLibrary> NvmlLibrary::open(const std::string& path) {
  void* handle = ::dlopen(path.empty() ? kUsualName : path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = ::dlerror();
    return base::Error(base::ErrorCode::not_found,
                       why != nullptr ? why : "The library cannot be loaded.");
  }
  NvmlLibrary nvml(handle);
  const bool usable = bind(handle, nvml.init, "nvmlInit_v2") &&
                      bind(handle, nvml.shutdown, "nvmlShutdown") &&
                      bind(handle, nvml.device_count, "nvmlDeviceGetCount_v2") &&
                      bind(handle, nvml.device_by_index, "nvmlDeviceGetHandleByIndex_v2");
  if (!usable) {
    return base::Error(base::ErrorCode::file_failed,
                       "libnvidia-ml.so.1 lacks calls that every driver since 2012 has.");
  }
  bind(handle, nvml.error_text, "nvmlErrorString");
  bind(handle, nvml.driver_version, "nvmlSystemGetDriverVersion");
  bind(handle, nvml.device_name, "nvmlDeviceGetName");
  if (!bind(handle, nvml.device_pci, "nvmlDeviceGetPciInfo_v3"))
    bind(handle, nvml.device_pci, "nvmlDeviceGetPciInfo_v2");
  bind(handle, nvml.device_memory_v2, "nvmlDeviceGetMemoryInfo_v2");
  bind(handle, nvml.device_memory, "nvmlDeviceGetMemoryInfo");
  bind(handle, nvml.device_utilization, "nvmlDeviceGetUtilizationRates");
  bind(handle, nvml.device_temperature, "nvmlDeviceGetTemperature");
  bind(handle, nvml.device_power, "nvmlDeviceGetPowerUsage");
  bind(handle, nvml.device_compute_capability, "nvmlDeviceGetCudaComputeCapability");
  bind(handle, nvml.device_mig_mode, "nvmlDeviceGetMigMode");
  bind(handle, nvml.device_max_mig_count, "nvmlDeviceGetMaxMigDeviceCount");
  bind(handle, nvml.device_mig_by_index, "nvmlDeviceGetMigDeviceHandleByIndex");
  return nvml;
}

NvmlLibrary::NvmlLibrary(NvmlLibrary&& other) noexcept
    : init(other.init),
      shutdown(other.shutdown),
      device_count(other.device_count),
      device_by_index(other.device_by_index),
      error_text(other.error_text),
      driver_version(other.driver_version),
      device_name(other.device_name),
      device_pci(other.device_pci),
      device_memory_v2(other.device_memory_v2),
      device_memory(other.device_memory),
      device_utilization(other.device_utilization),
      device_temperature(other.device_temperature),
      device_power(other.device_power),
      device_compute_capability(other.device_compute_capability),
      device_mig_mode(other.device_mig_mode),
      device_max_mig_count(other.device_max_mig_count),
      device_mig_by_index(other.device_mig_by_index),
      handle_(std::exchange(other.handle_, nullptr)) {}

NvmlLibrary::~NvmlLibrary() {
  if (handle_ != nullptr) ::dlclose(handle_);
}

std::string NvmlLibrary::describe_result(int result) const {
  constexpr std::size_t kLongest = 120;
  const char* text = error_text != nullptr ? error_text(result) : nullptr;
  std::string words = text != nullptr ? std::string(text, ::strnlen(text, kLongest)) : "";
  return "NVML error " + std::to_string(result) + (words.empty() ? "" : " (" + words + ")");
}

}  // namespace b3iq::agent::inventory

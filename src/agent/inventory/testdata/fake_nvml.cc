// A stand-in for libnvidia-ml.so.1. How it behaves is in the name it was loaded by: "two.so",
// "hang.so".
//   one      a healthy GPU                 two       two, the second cut into slices (MIG)
//   none     no GPU                        lost      the second of two has fallen off the bus
//   lie      impossible numbers            count     a million GPUs
//   mismatch, unloaded                     init fails as with another version, or without driver
//   hang     the memory call never returns crash     it ends the process
//   rude     prints to standard output, and a name of escape sequences that does not end
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/inventory/nvml_library.h"

namespace nvml = b3iq::agent::inventory;

namespace {

std::string mode() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&mode), &info) == 0) return "one";
  const std::string path = info.dli_fname;
  const auto begin = path.rfind('/') + 1;
  return path.substr(begin, path.rfind(".so") - begin);
}

std::uintptr_t number_of(nvml::NvmlDevice* device) {
  return reinterpret_cast<std::uintptr_t>(device) >> 4;
}
nvml::NvmlDevice* device_of(std::uintptr_t number) {
  return reinterpret_cast<nvml::NvmlDevice*>(number << 4);
}
bool lost(nvml::NvmlDevice* device) { return mode() == "lost" && number_of(device) == 2; }
constexpr std::uintptr_t kFirstSlice = 100;

}  // namespace

extern "C" {

int nvmlInit_v2() {
  if (mode() == "mismatch") return nvml::kNvmlVersionMismatch;
  if (mode() == "unloaded") return nvml::kNvmlDriverNotLoaded;
  if (mode() == "rude") {
    std::puts("{\"gpus\":\"all yours\"}");
    std::fflush(stdout);
  }
  return nvml::kNvmlSuccess;
}
int nvmlShutdown() { return nvml::kNvmlSuccess; }
const char* nvmlErrorString(int result) {
  if (result == nvml::kNvmlVersionMismatch) return "Driver/library version mismatch";
  return result == nvml::kNvmlGpuIsLost ? "GPU is lost" : "Not Supported";
}
int nvmlSystemGetDriverVersion(char* text, unsigned size) {
  snprintf(text, size, "550.54.15");
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  const std::string how = mode();
  *count = how == "none" ? 0 : how == "two" || how == "lost" ? 2 : how == "count" ? 1'000'000 : 1;
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, nvml::NvmlDevice** device) {
  *device = device_of(index + 1);
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetName(nvml::NvmlDevice* device, char* text, unsigned size) {
  if (lost(device)) return nvml::kNvmlGpuIsLost;
  if (mode() == "rude") {
    memset(text, '\x1b', size);
    return nvml::kNvmlSuccess;
  }
  snprintf(text, size,
           number_of(device) >= kFirstSlice ? "NVIDIA H100 MIG 1g.10gb" : "NVIDIA H100 80GB HBM3");
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetPciInfo_v3(nvml::NvmlDevice* device, nvml::NvmlPciInfo* pci) {
  if (lost(device)) return nvml::kNvmlGpuIsLost;
  pci->domain = 0;
  pci->bus = static_cast<unsigned>(number_of(device));
  pci->device = 0;
  pci->pci_device_id = 0x233010de;
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetMemoryInfo(nvml::NvmlDevice* device, nvml::NvmlMemory* memory) {
  if (lost(device)) return nvml::kNvmlGpuIsLost;
  if (mode() == "hang") pause();
  if (mode() == "crash") abort();
  *memory = {85'520'809'984ULL, 80'520'809'984ULL, 5'000'000'000ULL};
  if (mode() == "lie") *memory = {85'520'809'984ULL, 0, 90'000'000'000ULL};
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetUtilizationRates(nvml::NvmlDevice* device, nvml::NvmlUtilization* use) {
  if (lost(device)) return nvml::kNvmlGpuIsLost;
  *use = {37, 12};
  if (mode() == "lie") *use = {4'000'000'000U, 0};
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetTemperature(nvml::NvmlDevice* device, int, unsigned* celsius) {
  if (lost(device)) return nvml::kNvmlGpuIsLost;
  *celsius = mode() == "lie" ? 5000 : 41;
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetPowerUsage(nvml::NvmlDevice*, unsigned*) { return nvml::kNvmlNotSupported; }
int nvmlDeviceGetCudaComputeCapability(nvml::NvmlDevice* device, int* major, int* minor) {
  if (lost(device)) return nvml::kNvmlGpuIsLost;
  *major = 9;
  *minor = 0;
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetMigMode(nvml::NvmlDevice* device, unsigned* current, unsigned* pending) {
  if (lost(device)) return nvml::kNvmlGpuIsLost;
  *current = *pending = mode() == "two" && number_of(device) == 2 ? 1 : 0;
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetMaxMigDeviceCount(nvml::NvmlDevice*, unsigned* count) {
  *count = 7;
  return nvml::kNvmlSuccess;
}
int nvmlDeviceGetMigDeviceHandleByIndex(nvml::NvmlDevice*, unsigned index,
                                        nvml::NvmlDevice** slice) {
  if (index > 1) return nvml::kNvmlNotSupported;
  *slice = device_of(kFirstSlice + index);
  return nvml::kNvmlSuccess;
}

}  // extern "C"

#include <sched.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/inventory/control_group.h"
#include "agent/inventory/impossible_values.h"
#include "agent/inventory/kernel_files.h"
#include "agent/inventory/machine_reader.h"

namespace b3iq::agent::inventory {
namespace {

// What llama.cpp's CPU libraries are built in variants for, by the kernel's names.
constexpr std::array<std::string_view, 29> kFeatures = {
    "sse3",        "pni",      "ssse3",    "sse4_1",   "sse4_2",     "avx",
    "f16c",        "fma",      "bmi2",     "avx2",     "avx_vnni",   "avx512f",
    "avx512cd",    "avx512bw", "avx512dq", "avx512vl", "avx512vbmi", "avx512_vnni",
    "avx512_bf16", "amx_tile", "amx_int8", "asimd",    "asimdhp",    "asimddp",
    "i8mm",        "bf16",     "sve",      "sve2",     "sme"};

// Arm's numbers of those who design CPUs.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kImplementers = {{
    {"0x41", "ARM"},
    {"0x42", "Broadcom"},
    {"0x43", "Cavium"},
    {"0x46", "Fujitsu"},
    {"0x48", "HiSilicon"},
    {"0x4e", "NVIDIA"},
    {"0x51", "Qualcomm"},
    {"0x61", "Apple"},
    {"0xc0", "Ampere"},
}};

std::vector<std::string> known_features(const std::string& flags) {
  const std::string all = " " + flags + " ";
  std::vector<std::string> found;
  for (const auto feature : kFeatures) {
    if (all.find(" " + std::string(feature) + " ") == all.npos) continue;
    found.emplace_back(feature == "pni" ? "sse3" : feature);
  }
  return found;
}

void read_cpuinfo(const std::string& root, Cpu& cpu, Findings& findings) {
  const auto info = read_kernel_text(root + "/proc/cpuinfo");
  if (!info.ok()) {
    for (const char* field : {"cpu.model", "cpu.vendor", "cpu.features"})
      findings.no(field, info.error().detail);
    return;
  }
  cpu.model = colon_value(*info, "model name");
  if (!cpu.model) findings.no("cpu.model", "/proc/cpuinfo does not name it.");
  cpu.vendor = colon_value(*info, "vendor_id");
  if (const auto implementer = colon_value(*info, "CPU implementer")) {
    const auto known = std::find_if(kImplementers.begin(), kImplementers.end(),
                                    [&](const auto& row) { return row.first == *implementer; });
    cpu.vendor = known == kImplementers.end() ? *implementer : std::string(known->second);
  }
  if (!cpu.vendor) findings.no("cpu.vendor", "/proc/cpuinfo does not name it.");
  auto flags = colon_value(*info, "flags");
  if (!flags) flags = colon_value(*info, "Features");
  if (flags) {
    cpu.features = known_features(*flags);
  } else {
    findings.no("cpu.features", "/proc/cpuinfo does not list them.");
  }
}

Count allowed_cpus() {
  for (int most = 1024; most <= kMaxCpus; most *= 4) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(most));
    if (set == nullptr) return std::nullopt;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(most));
    CPU_ZERO_S(bytes, set);
    const bool done = ::sched_getaffinity(0, bytes, set) == 0;
    const int count = done ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (done) return count;
  }
  return std::nullopt;
}

}  // namespace

Cpu read_cpu(const std::string& root, Findings& findings) {
  Cpu cpu;
  read_cpuinfo(root, cpu, findings);
  const auto online =
      findings.keep("cpu.logical_cpus", read_kernel_text(root + "/sys/devices/system/cpu/online"));
  if (online) {
    cpu.logical_cpus = cpu_list_size(*online);
    if (!cpu.logical_cpus) findings.no("cpu.logical_cpus", "The kernel's list cannot be read.");
  }
  cpu.allowed_cpus = allowed_cpus();
  if (!cpu.allowed_cpus) findings.no("cpu.allowed_cpus", "sched_getaffinity failed.");
  const GroupLimits limits = read_group_limits(root);
  cpu.quota_millicpus = limits.quota_millicpus;
  if (!cpu.quota_millicpus) findings.no("cpu.quota_millicpus", limits.cpu_reason);
  cpu.usable_cpus = cpu.allowed_cpus;
  if (cpu.usable_cpus && limits.quota_millicpus)
    cpu.usable_cpus = std::min(*cpu.usable_cpus, (*limits.quota_millicpus + 999) / 1000);
  if (!cpu.usable_cpus) findings.no("cpu.usable_cpus", "sched_getaffinity failed.");
  return cpu;
}

Memory read_memory(const std::string& root, Findings& findings) {
  Memory memory;
  const std::array<std::pair<std::string_view, Count Memory::*>, 4> fields = {{
      {"MemTotal", &Memory::total_bytes},
      {"MemAvailable", &Memory::available_bytes},
      {"SwapTotal", &Memory::swap_total_bytes},
      {"SwapFree", &Memory::swap_free_bytes},
  }};
  constexpr std::array kNames = {"memory.total_bytes", "memory.available_bytes",
                                 "memory.swap_total_bytes", "memory.swap_free_bytes"};
  const auto info = read_kernel_text(root + "/proc/meminfo");
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto line = info.ok() ? colon_value(*info, fields[i].first) : std::nullopt;
    const auto kib = line && line->ends_with(" kB")
                         ? whole_number(std::string_view(*line).substr(0, line->size() - 3))
                         : std::nullopt;
    if (kib && *kib >= 0 && *kib <= kMaxBytesOfMemory / 1024) {
      memory.*(fields[i].second) = *kib * 1024;
    } else {
      findings.no(kNames[i], info.ok() ? "/proc/meminfo does not say." : info.error().detail);
    }
  }
  const GroupLimits limits = read_group_limits(root);
  memory.limit_bytes = limits.memory_bytes;
  memory.limit_used_bytes = limits.memory_used_bytes;
  if (!memory.limit_bytes) findings.no("memory.limit_bytes", limits.memory_reason);
  if (!memory.limit_used_bytes)
    findings.no("memory.limit_used_bytes",
                memory.limit_bytes ? "The control group does not say." : limits.memory_reason);
  return memory;
}

}  // namespace b3iq::agent::inventory

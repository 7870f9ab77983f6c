#include "agent/inventory/assemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/inventory/impossible_values.h"
#include "agent/inventory/kernel_files.h"

namespace b3iq::agent::inventory {
namespace {

using base::Result;

constexpr char kLibraryMissing[] = "nvidia_library_missing";

void probe_failed(Inventory& out, const std::string& part, const std::string& why,
                  std::initializer_list<const char*> fields) {
  for (const char* field : fields) out.unknown.push_back({field, why});
  out.notes.push_back({"probe_failed", part + ": " + why});
}

template <class Report>
void take_findings(Inventory& out, Report& report) {
  std::move(report.unknown.begin(), report.unknown.end(), std::back_inserter(out.unknown));
  std::move(report.notes.begin(), report.notes.end(), std::back_inserter(out.notes));
}

// "gpus[3].name" → 3 and "name".
std::optional<std::pair<std::size_t, std::string>> gpu_field(const std::string& field) {
  constexpr std::string_view kStart = "gpus[";
  const auto close = field.find("].");
  if (!field.starts_with(kStart) || close == field.npos) return std::nullopt;
  const auto index =
      whole_number(std::string_view(field).substr(kStart.size(), close - kStart.size()));
  if (!index || *index < 0) return std::nullopt;
  return std::pair(static_cast<std::size_t>(*index), field.substr(close + 2));
}

// Adds those of the report's GPUs that `keep` names, under their new numbers.
void add_gpus(Inventory& out, GpuReport& report, const std::vector<bool>& keep) {
  std::vector<std::size_t> number(keep.size());
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (!keep[i]) continue;
    number[i] = out.gpus->size();
    out.gpus->push_back(std::move((*report.gpus)[i]));
  }
  for (auto& unknown : report.unknown) {
    const auto at = gpu_field(unknown.field.value_or(""));
    if (at && (at->first >= keep.size() || !keep[at->first])) continue;
    if (at) unknown.field = fmt::format("gpus[{}].{}", number[at->first], at->second);
    out.unknown.push_back(std::move(unknown));
  }
  std::move(report.notes.begin(), report.notes.end(), std::back_inserter(out.notes));
}

bool has_note(const GpuReport& report, std::string_view code) {
  return std::any_of(report.notes.begin(), report.notes.end(),
                     [&](const Note& note) { return note.code == code; });
}

// Without the library NVML says nothing: neither that there is a GPU nor that there is none.
void tell_missing_library(GpuReport& nvidia, const GpuReport& sysfs) {
  std::string why;
  for (const auto& note : nvidia.notes) {
    if (note.code == kLibraryMissing) why = note.text.value_or("");
  }
  std::erase_if(nvidia.notes, [](const Note& note) { return note.code == kLibraryMissing; });
  if (!sysfs.gpus) return;
  for (const Gpu& gpu : *sysfs.gpus) {
    if (gpu.vendor != "NVIDIA") continue;
    nvidia.notes.push_back(
        {kLibraryMissing,
         fmt::format(
             "There is an NVIDIA GPU at {}, but the driver's library cannot be loaded ({}). "
             "Install NVIDIA's driver to use it and to see its memory.",
             gpu.pci_address.value_or("an unknown address"), why)});
  }
}

// NVML knows an NVIDIA GPU better than sysfs; sysfs knows one that NVML has lost.
void merge_gpus(Inventory& out, GpuReport nvidia, GpuReport sysfs) {
  const bool no_library = has_note(nvidia, kLibraryMissing);
  if (no_library) {
    tell_missing_library(nvidia, sysfs);
    nvidia.gpus.reset();
  }
  out.gpus_complete = (nvidia.gpus || no_library) && sysfs.gpus;
  if (nvidia.gpus || sysfs.gpus) out.gpus.emplace();
  std::vector<bool> keep_sysfs(sysfs.gpus ? sysfs.gpus->size() : 0, true);
  std::vector<bool> keep_nvidia(nvidia.gpus ? nvidia.gpus->size() : 0, true);
  std::size_t only_in_sysfs = 0;
  for (std::size_t s = 0; s < keep_sysfs.size(); ++s) {
    const Gpu& seen = (*sysfs.gpus)[s];
    for (std::size_t n = 0; n < keep_nvidia.size(); ++n) {
      if (seen.pci_address && (*nvidia.gpus)[n].pci_address == seen.pci_address)
        keep_sysfs[s] = false;
    }
    if (keep_sysfs[s] && seen.vendor == "NVIDIA") ++only_in_sysfs;
  }
  for (std::size_t n = 0; n < keep_nvidia.size() && only_in_sysfs > 0; ++n) {
    if ((*nvidia.gpus)[n].pci_address) continue;
    keep_nvidia[n] = false;  // it is one of those
    --only_in_sysfs;
  }
  add_gpus(out, nvidia, keep_nvidia);
  add_gpus(out, sysfs, keep_sysfs);
}

GpuReport gpus_or_failure(Inventory& out, const std::string& part, Result<GpuReport> report) {
  if (report.ok()) return std::move(report).value();
  probe_failed(out, part, report.error().detail, {"gpus"});
  return {};
}

Disk take_disk(Inventory& out, const WantedDisk& wanted, std::size_t index,
               Result<DiskReport> report) {
  const std::string at = fmt::format("disks[{}].", index);
  Disk disk;
  if (report.ok()) {
    disk = std::move(report->disk);
    for (auto& unknown : report->unknown) {
      std::string field = unknown.field.value_or("");
      if (field.starts_with("disk.")) field.replace(0, 5, at);
      out.unknown.push_back({std::move(field), std::move(unknown.reason)});
    }
    std::move(report->notes.begin(), report->notes.end(), std::back_inserter(out.notes));
  } else {
    for (const char* field : {"mount_point", "type", "total_bytes", "free_bytes", "read_only"})
      out.unknown.push_back({at + field, report.error().detail});
    out.notes.push_back({"probe_failed", "disk " + wanted.path + ": " + report.error().detail});
  }
  disk.role = wanted.role;
  disk.path = wanted.path;
  return disk;
}

}  // namespace

Inventory assemble(Reports reports, const std::vector<WantedDisk>& wanted) {
  Inventory out;
  if (reports.machine.ok()) {
    out.os = std::move(reports.machine->os);
    out.cpu = std::move(reports.machine->cpu);
    out.memory = reports.machine->memory;
    take_findings(out, *reports.machine);
  } else {
    probe_failed(out, "machine", reports.machine.error().detail, {"os", "cpu", "memory"});
  }
  if (reports.topology.ok()) {
    out.topology = std::move(reports.topology->topology);
    take_findings(out, *reports.topology);
  } else {
    probe_failed(out, "topology", reports.topology.error().detail, {"topology"});
  }
  auto nvidia = gpus_or_failure(out, "NVIDIA", std::move(reports.nvidia));
  auto sysfs = gpus_or_failure(out, "GPUs in sysfs", std::move(reports.gpus));
  merge_gpus(out, std::move(nvidia), std::move(sysfs));
  out.disks.emplace();
  for (std::size_t i = 0; i < wanted.size() && i < reports.disks.size(); ++i)
    out.disks->push_back(take_disk(out, wanted[i], i, std::move(reports.disks[i])));
  remove_impossible(out);
  return out;
}

}  // namespace b3iq::agent::inventory

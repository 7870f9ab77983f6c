// What this machine has, as read from it. A field that could not be read is nullopt and JSON null,
// never zero; Inventory::unknown says why. Bytes are bytes, temperatures whole degrees Celsius,
// utilisation whole percent, CPU quota thousandths of a CPU.
//
// Each struct names its fields once, in describe(): the writer, the strict reader and the content
// hash walk it. `live` marks what changes by itself from minute to minute; the hash leaves it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace b3iq::agent::inventory {

using Text = std::optional<std::string>;
using Count = std::optional<std::int64_t>;
using Flag = std::optional<bool>;

struct Os {
  Text name;             // "Debian GNU/Linux 12 (bookworm)"
  Text id;               // "debian"
  Text version;          // "12"
  Text kernel;           // "6.1.0-18-amd64"
  Text architecture;     // "x86_64"
  Text virtual_machine;  // "kvm", "vmware", …; "none" where the machine says it is real
  Text container;        // "docker", "podman", …; "none" where nothing says so
};

struct Cache {
  Count level;
  Text kind;         // "data", "instruction", "unified"
  Count size_bytes;  // of one
  Count instances;
};

struct Cpu {
  Text model;
  Text vendor;
  // Those of the instruction sets that llama.cpp has code for, in its table's order.
  std::optional<std::vector<std::string>> features;
  Count logical_cpus;     // online
  Count allowed_cpus;     // by this process's affinity
  Count quota_millicpus;  // of its control group; unknown also where there is no quota
  Count usable_cpus;      // what is left of allowed_cpus under the quota, at least 1
};

struct Topology {
  Count packages;
  Count numa_nodes;
  Count physical_cores;
  std::optional<std::vector<Cache>> caches;
};

struct Memory {
  Count total_bytes;
  Count available_bytes;
  Count limit_bytes;       // of the control group; unknown also where there is none
  Count limit_used_bytes;  // what the control group holds, caches included
  Count swap_total_bytes;
  Count swap_free_bytes;
};

struct Gpu {
  Text pci_address;  // "0000:01:00.0", lower case
  Text pci_id;       // "10de:2330"
  Text vendor;
  Text name;
  Text driver;          // "nvidia", "amdgpu", "i915", …
  Text driver_version;  // unknown for a driver that is part of the kernel
  Count memory_total_bytes;
  Count memory_used_bytes;
  Flag memory_shared;         // true: the memory is the machine's own RAM, or borrows from it
  Count shared_total_bytes;   // what it may borrow
  Text compute_capability;    // CUDA, "9.0"
  Flag mig;                   // the GPU is cut into slices
  Flag display_only;          // a virtual or management display: no use for models
  Count utilization_percent;  // of the last sample
  Count temperature_c;
  Count power_milliwatts;
};

struct Disk {
  Text role;         // "home", "models": what the node keeps there
  Text path;         // as asked for
  Text mount_point;  // of the file system it is on, or would be on
  Text type;         // "ext4"
  Count total_bytes;
  Count free_bytes;  // for this user
  Flag read_only;
};

// Why a field is null. `field` is its path in the JSON: "gpus[1].temperature_c".
struct Unknown {
  Text field;
  Text reason;
};

// Something a person should know, in words. Codes are for doctor:
//   nvidia_library_missing nvidia_driver_mismatch nvidia_driver_failed gpu_lost gpu_gone gpu_mig
//   gpu_without_driver gpu_virtual value_impossible probe_failed disk_missing
struct Note {
  Text code;
  Text text;
};

struct Inventory {
  Os os;
  Cpu cpu;
  Topology topology;
  Memory memory;
  // nullopt: not known whether there is one. Empty: there is none.
  std::optional<std::vector<Gpu>> gpus;
  Flag gpus_complete;  // false: there may be more than `gpus` lists
  std::optional<std::vector<Disk>> disks;
  std::vector<Unknown> unknown;
  std::vector<Note> notes;
};

// What one run of the probe process prints.
struct MachineReport {
  Os os;
  Cpu cpu;
  Memory memory;
  std::vector<Unknown> unknown;
  std::vector<Note> notes;
};
struct TopologyReport {
  Topology topology;
  std::vector<Unknown> unknown;
  std::vector<Note> notes;
};
struct GpuReport {
  std::optional<std::vector<Gpu>> gpus;
  std::vector<Unknown> unknown;
  std::vector<Note> notes;
};
struct DiskReport {
  Disk disk;
  std::vector<Unknown> unknown;
  std::vector<Note> notes;
};

enum class Pace : std::uint8_t { slow, live };

// V is a writer or a reader with `void field(std::string_view name, auto& value, Pace = slow)`.
template <class V, class S>
void describe_parts(V& v, S& s) {
  v.field("unknown", s.unknown, Pace::live);
  v.field("notes", s.notes, Pace::live);
}

template <class V>
void describe(V& v, Os& s) {
  v.field("name", s.name);
  v.field("id", s.id);
  v.field("version", s.version);
  v.field("kernel", s.kernel);
  v.field("architecture", s.architecture);
  v.field("virtual_machine", s.virtual_machine);
  v.field("container", s.container);
}
template <class V>
void describe(V& v, Cache& s) {
  v.field("level", s.level);
  v.field("kind", s.kind);
  v.field("size_bytes", s.size_bytes);
  v.field("instances", s.instances);
}
template <class V>
void describe(V& v, Cpu& s) {
  v.field("model", s.model);
  v.field("vendor", s.vendor);
  v.field("features", s.features);
  v.field("logical_cpus", s.logical_cpus);
  v.field("allowed_cpus", s.allowed_cpus);
  v.field("quota_millicpus", s.quota_millicpus);
  v.field("usable_cpus", s.usable_cpus);
}
template <class V>
void describe(V& v, Topology& s) {
  v.field("packages", s.packages);
  v.field("numa_nodes", s.numa_nodes);
  v.field("physical_cores", s.physical_cores);
  v.field("caches", s.caches);
}
template <class V>
void describe(V& v, Memory& s) {
  v.field("total_bytes", s.total_bytes);
  v.field("available_bytes", s.available_bytes, Pace::live);
  v.field("limit_bytes", s.limit_bytes);
  v.field("limit_used_bytes", s.limit_used_bytes, Pace::live);
  v.field("swap_total_bytes", s.swap_total_bytes);
  v.field("swap_free_bytes", s.swap_free_bytes, Pace::live);
}
template <class V>
void describe(V& v, Gpu& s) {
  v.field("pci_address", s.pci_address);
  v.field("pci_id", s.pci_id);
  v.field("vendor", s.vendor);
  v.field("name", s.name);
  v.field("driver", s.driver);
  v.field("driver_version", s.driver_version);
  v.field("memory_total_bytes", s.memory_total_bytes);
  v.field("memory_used_bytes", s.memory_used_bytes, Pace::live);
  v.field("memory_shared", s.memory_shared);
  v.field("shared_total_bytes", s.shared_total_bytes);
  v.field("compute_capability", s.compute_capability);
  v.field("mig", s.mig);
  v.field("display_only", s.display_only);
  v.field("utilization_percent", s.utilization_percent, Pace::live);
  v.field("temperature_c", s.temperature_c, Pace::live);
  v.field("power_milliwatts", s.power_milliwatts, Pace::live);
}
template <class V>
void describe(V& v, Disk& s) {
  v.field("role", s.role);
  v.field("path", s.path);
  v.field("mount_point", s.mount_point);
  v.field("type", s.type);
  v.field("total_bytes", s.total_bytes);
  v.field("free_bytes", s.free_bytes, Pace::live);
  v.field("read_only", s.read_only);
}
template <class V>
void describe(V& v, Unknown& s) {
  v.field("field", s.field);
  v.field("reason", s.reason);
}
template <class V>
void describe(V& v, Note& s) {
  v.field("code", s.code);
  v.field("text", s.text);
}
template <class V>
void describe(V& v, Inventory& s) {
  v.field("os", s.os);
  v.field("cpu", s.cpu);
  v.field("topology", s.topology);
  v.field("memory", s.memory);
  v.field("gpus", s.gpus);
  v.field("gpus_complete", s.gpus_complete);
  v.field("disks", s.disks);
  describe_parts(v, s);
}
template <class V>
void describe(V& v, MachineReport& s) {
  v.field("os", s.os);
  v.field("cpu", s.cpu);
  v.field("memory", s.memory);
  describe_parts(v, s);
}
template <class V>
void describe(V& v, TopologyReport& s) {
  v.field("topology", s.topology);
  describe_parts(v, s);
}
template <class V>
void describe(V& v, GpuReport& s) {
  v.field("gpus", s.gpus);
  describe_parts(v, s);
}
template <class V>
void describe(V& v, DiskReport& s) {
  v.field("disk", s.disk);
  describe_parts(v, s);
}

}  // namespace b3iq::agent::inventory

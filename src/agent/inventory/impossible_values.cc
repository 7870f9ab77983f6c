#include "agent/inventory/impossible_values.h"

#include <fmt/format.h>

namespace b3iq::agent::inventory {
namespace {

class Doubter {
 public:
  explicit Doubter(Inventory& inventory) : inventory_(inventory) {}

  void range(const std::string& field, Count& value, std::int64_t low, std::int64_t high) {
    if (!value || (*value >= low && *value <= high)) return;
    drop(field, value, fmt::format("The machine said {}, which cannot be.", *value));
  }
  // `part` of `whole`. Which of two is wrong nobody knows; the whole is what more depends on, and
  // it may be the lie.
  void part_of(const std::string& part_field, Count& part, const std::string& whole_field,
               Count& whole) {
    if (!part || !whole || *part <= *whole) return;
    const std::string reason =
        fmt::format("The machine said {} of {}, which cannot be.", *part, *whole);
    drop(part_field, part, reason);
    drop(whole_field, whole, reason);
  }

 private:
  void drop(const std::string& field, Count& value, const std::string& reason) {
    value.reset();
    inventory_.unknown.push_back({field, reason});
    inventory_.notes.push_back({"value_impossible", field + ": " + reason});
  }
  Inventory& inventory_;
};

void doubt_cpu(Doubter& doubter, Cpu& cpu, Topology& topology) {
  doubter.range("cpu.logical_cpus", cpu.logical_cpus, 1, kMaxCpus);
  doubter.range("cpu.allowed_cpus", cpu.allowed_cpus, 1, kMaxCpus);
  doubter.range("cpu.quota_millicpus", cpu.quota_millicpus, 1, kMaxCpus * 1000);
  doubter.range("cpu.usable_cpus", cpu.usable_cpus, 1, kMaxCpus);
  doubter.range("topology.packages", topology.packages, 1, kMaxCpus);
  doubter.range("topology.numa_nodes", topology.numa_nodes, 1, kMaxCpus);
  doubter.range("topology.physical_cores", topology.physical_cores, 1, kMaxCpus);
  doubter.part_of("topology.packages", topology.packages, "topology.physical_cores",
                  topology.physical_cores);
}

void doubt_memory(Doubter& doubter, Memory& memory) {
  const auto bytes = [&](const char* name, Count& value, std::int64_t least) {
    doubter.range(std::string("memory.") + name, value, least, kMaxBytesOfMemory);
  };
  bytes("total_bytes", memory.total_bytes, 1);
  bytes("available_bytes", memory.available_bytes, 0);
  bytes("limit_bytes", memory.limit_bytes, 0);
  bytes("limit_used_bytes", memory.limit_used_bytes, 0);
  bytes("swap_total_bytes", memory.swap_total_bytes, 0);
  bytes("swap_free_bytes", memory.swap_free_bytes, 0);
  doubter.part_of("memory.available_bytes", memory.available_bytes, "memory.total_bytes",
                  memory.total_bytes);
  doubter.part_of("memory.swap_free_bytes", memory.swap_free_bytes, "memory.swap_total_bytes",
                  memory.swap_total_bytes);
}

void doubt_gpu(Doubter& doubter, Gpu& gpu, const std::string& at) {
  // A GPU with no memory of its own says so by memory_shared, not by zero.
  doubter.range(at + "memory_total_bytes", gpu.memory_total_bytes, 1, kMaxBytesOfMemory);
  doubter.range(at + "memory_used_bytes", gpu.memory_used_bytes, 0, kMaxBytesOfMemory);
  doubter.range(at + "shared_total_bytes", gpu.shared_total_bytes, 1, kMaxBytesOfMemory);
  doubter.part_of(at + "memory_used_bytes", gpu.memory_used_bytes, at + "memory_total_bytes",
                  gpu.memory_total_bytes);
  doubter.range(at + "utilization_percent", gpu.utilization_percent, 0, 100);
  doubter.range(at + "temperature_c", gpu.temperature_c, kMinTemperatureC, kMaxTemperatureC);
  doubter.range(at + "power_milliwatts", gpu.power_milliwatts, 0, kMaxPowerMilliwatts);
}

}  // namespace

void remove_impossible(Inventory& inventory) {
  Doubter doubter(inventory);
  doubt_cpu(doubter, inventory.cpu, inventory.topology);
  if (inventory.topology.caches) {
    for (std::size_t i = 0; i < inventory.topology.caches->size(); ++i) {
      Cache& cache = (*inventory.topology.caches)[i];
      const std::string at = fmt::format("topology.caches[{}].", i);
      doubter.range(at + "level", cache.level, 1, 9);
      doubter.range(at + "size_bytes", cache.size_bytes, 1, kMaxBytesOfMemory);
      doubter.range(at + "instances", cache.instances, 1, kMaxCpus);
    }
  }
  doubt_memory(doubter, inventory.memory);
  if (inventory.gpus) {
    for (std::size_t i = 0; i < inventory.gpus->size(); ++i)
      doubt_gpu(doubter, (*inventory.gpus)[i], fmt::format("gpus[{}].", i));
  }
  if (inventory.disks) {
    for (std::size_t i = 0; i < inventory.disks->size(); ++i) {
      Disk& disk = (*inventory.disks)[i];
      const std::string at = fmt::format("disks[{}].", i);
      doubter.range(at + "total_bytes", disk.total_bytes, 1, kMaxBytesOfDisk);
      doubter.range(at + "free_bytes", disk.free_bytes, 0, kMaxBytesOfDisk);
      doubter.part_of(at + "free_bytes", disk.free_bytes, at + "total_bytes", disk.total_bytes);
    }
  }
}

}  // namespace b3iq::agent::inventory

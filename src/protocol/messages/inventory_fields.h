// The members of an inventory, each named once: the writer and the strict reader walk them. Private
// to inventory.cc.
#pragma once

#include <concepts>
#include <type_traits>

#include "protocol/messages/inventory.h"

namespace b3iq::protocol {

// V is a visitor with `void field(std::string_view name, auto& value)`.
template <class V, class S>
  requires std::same_as<std::remove_const_t<S>, InventoryOs>
void describe(V& v, S& s) {
  v.field("name", s.name);
  v.field("id", s.id);
  v.field("version", s.version);
  v.field("kernel", s.kernel);
  v.field("architecture", s.architecture);
  v.field("virtual_machine", s.virtual_machine);
  v.field("container", s.container);
}

template <class V, class S>
  requires std::same_as<std::remove_const_t<S>, InventoryCpu>
void describe(V& v, S& s) {
  v.field("model", s.model);
  v.field("vendor", s.vendor);
  v.field("features", s.features);
  v.field("packages", s.packages);
  v.field("physical_cores", s.physical_cores);
  v.field("logical_cpus", s.logical_cpus);
  v.field("usable_cpus", s.usable_cpus);
}

template <class V, class S>
  requires std::same_as<std::remove_const_t<S>, InventoryMemory>
void describe(V& v, S& s) {
  v.field("total_bytes", s.total_bytes);
  v.field("limit_bytes", s.limit_bytes);
  v.field("swap_total_bytes", s.swap_total_bytes);
}

template <class V, class S>
  requires std::same_as<std::remove_const_t<S>, InventoryGpu>
void describe(V& v, S& s) {
  v.field("vendor", s.vendor);
  v.field("name", s.name);
  v.field("pci_id", s.pci_id);
  v.field("driver", s.driver);
  v.field("driver_version", s.driver_version);
  v.field("memory_total_bytes", s.memory_total_bytes);
  v.field("memory_shared", s.memory_shared);
  v.field("compute_capability", s.compute_capability);
  v.field("mig", s.mig);
  v.field("display_only", s.display_only);
}

template <class V, class S>
  requires std::same_as<std::remove_const_t<S>, InventoryDisk>
void describe(V& v, S& s) {
  v.field("role", s.role);
  v.field("type", s.type);
  v.field("total_bytes", s.total_bytes);
  v.field("free_gib", s.free_gib);
  v.field("read_only", s.read_only);
}

template <class V, class S>
  requires std::same_as<std::remove_const_t<S>, NodeInventory>
void describe(V& v, S& s) {
  v.field("os", s.os);
  v.field("cpu", s.cpu);
  v.field("memory", s.memory);
  v.field("gpus", s.gpus);
  v.field("gpus_complete", s.gpus_complete);
  v.field("disks", s.disks);
}

}  // namespace b3iq::protocol

#include "agent/inventory/topology_reader.h"

#include <hwloc.h>
#include <stdlib.h>

#include <memory>
#include <type_traits>

#include "agent/inventory/findings.h"
#include "agent/inventory/inventory_json.h"

namespace b3iq::agent::inventory {
namespace {

using Topo =
    std::unique_ptr<std::remove_pointer_t<hwloc_topology_t>, decltype(&hwloc_topology_destroy)>;

Topo load(const TopologySource& source) {
  // hwloc reads another machine's files only when told so by the environment.
  if (!source.root.empty()) ::setenv("HWLOC_FSROOT", source.root.c_str(), 1);
  hwloc_topology_t made = nullptr;
  if (hwloc_topology_init(&made) != 0) return {nullptr, &hwloc_topology_destroy};
  Topo topology(made, &hwloc_topology_destroy);
  hwloc_topology_set_icache_types_filter(made, HWLOC_TYPE_FILTER_KEEP_ALL);
  if (!source.synthetic.empty() &&
      hwloc_topology_set_synthetic(made, source.synthetic.c_str()) != 0)
    return {nullptr, &hwloc_topology_destroy};
  if (hwloc_topology_load(made) != 0) return {nullptr, &hwloc_topology_destroy};
  return topology;
}

// Zero of a kind means that hwloc does not see it, not that there is none.
Count count_of(hwloc_topology_t topology, hwloc_obj_type_t type, const char* field,
               Findings& findings) {
  const int count = hwloc_get_nbobjs_by_type(topology, type);
  if (count > 0) return count;
  findings.no(field, "The machine does not tell hwloc.");
  return std::nullopt;
}

const char* kind_name(hwloc_obj_cache_type_t kind) {
  if (kind == HWLOC_OBJ_CACHE_UNIFIED) return "unified";
  return kind == HWLOC_OBJ_CACHE_DATA ? "data" : "instruction";
}

// Caches of one level, kind and size together.
void add_cache(std::vector<Cache>& caches, hwloc_obj_t object) {
  const auto& attributes = object->attr->cache;
  if (attributes.size == 0) return;
  const auto size = static_cast<std::int64_t>(attributes.size);
  for (Cache& cache : caches) {
    if (cache.level != attributes.depth || cache.kind != kind_name(attributes.type) ||
        cache.size_bytes != size)
      continue;
    ++*cache.instances;
    return;
  }
  if (caches.size() < kMaxListItems)
    caches.push_back({attributes.depth, kind_name(attributes.type), size, 1});
}

std::vector<Cache> caches_of(hwloc_topology_t topology) {
  constexpr hwloc_obj_type_t kTypes[] = {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L1ICACHE, HWLOC_OBJ_L2CACHE,
                                         HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L4CACHE};
  std::vector<Cache> caches;
  for (const auto type : kTypes) {
    hwloc_obj_t object = nullptr;
    while ((object = hwloc_get_next_obj_by_type(topology, type, object)) != nullptr)
      add_cache(caches, object);
  }
  return caches;
}

}  // namespace

TopologyReport read_topology(const TopologySource& source) {
  Findings findings;
  TopologyReport report;
  const Topo topology = load(source);
  if (topology) {
    Topology& out = report.topology;
    out.packages = count_of(topology.get(), HWLOC_OBJ_PACKAGE, "topology.packages", findings);
    out.numa_nodes = count_of(topology.get(), HWLOC_OBJ_NUMANODE, "topology.numa_nodes", findings);
    out.physical_cores =
        count_of(topology.get(), HWLOC_OBJ_CORE, "topology.physical_cores", findings);
    out.caches = caches_of(topology.get());
    if (out.caches->empty()) {
      out.caches.reset();
      findings.no("topology.caches", "The machine does not tell hwloc.");
    }
  } else {
    findings.no("topology", "hwloc could not read the machine.");
  }
  report.unknown = std::move(findings.unknown);
  report.notes = std::move(findings.notes);
  return report;
}

}  // namespace b3iq::agent::inventory

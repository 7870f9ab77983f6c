// The node's picture of its machine: taken at the start, again when somebody asks and it is old,
// one probe at a time, and told with its age. Everything here on the loop thread; the probing
// itself is in processes, watched by a thread that lives as long as one probe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/inventory/assemble.h"
#include "agent/inventory/inventory_types.h"
#include "agent/inventory/probe_runner.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/result.h"
#include "base/task.h"
#include "json/json.h"

namespace b3iq::agent::inventory {

struct InventoryOptions {
  // What to start: the program and its first words, such as {"/opt/b3iq/bin/b3iq-host",
  // "inventory-probe"}. The part and its options follow.
  std::vector<std::string> probe_command;
  std::vector<WantedDisk> disks;  // at most kMaxDisks
  ProbeLimits limits;
  // An answer this old is given without a new probe.
  std::int64_t fresh_ms = 30'000;
  // For tests: added to every command, such as {"--root", "/fixture"}.
  std::vector<std::string> probe_options;
};
inline constexpr std::size_t kMaxDisks = 16;

struct Snapshot {
  Inventory inventory;
  std::string content_hash;      // of what does not change by itself (inventory_json.h)
  std::int64_t taken_at_ms = 0;  // wall clock
  std::int64_t taken_ns = 0;     // steady clock
  std::int64_t took_ms = 0;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

class InventoryService {
 public:
  // `clock` and `loop` outlive the service.
  InventoryService(InventoryOptions options, const base::Clock& clock, base::Executor& loop);
  // Kills a running probe and waits for its thread (at most the kill grace). Those who wait get
  // shutting_down.
  ~InventoryService();
  InventoryService(const InventoryService&) = delete;
  InventoryService& operator=(const InventoryService&) = delete;

  // Begins a probe, unless one runs. Returns at once.
  void refresh();
  // The last one, however old; null before the first has ended.
  SnapshotPtr latest() const;
  // The last one if it is fresh, else a new one, after at most the deadline and the kill grace.
  // Errors: shutting_down; overloaded when the machine has no thread left.
  base::Task<base::Result<SnapshotPtr>> snapshot();
  std::int64_t age_ms(const Snapshot& snapshot) const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

// One object: version, taken_at, age_ms, probe_ms, content_hash, and under "inventory" what
// write_inventory writes.
void write_snapshot(json::Writer& writer, const Snapshot& snapshot, std::int64_t age_ms);

// Runs all probes once and blocks for the result: the body of the service's thread, for commands
// without a node, and for tests.
Inventory probe_once(const InventoryOptions& options, ProbeRunner& runner,
                     const std::atomic<bool>& stop);

}  // namespace b3iq::agent::inventory

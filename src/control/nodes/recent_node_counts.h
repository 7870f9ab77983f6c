// How many nodes there are, for those who ask often: a count looks at every node. Loop thread.
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/task.h"
#include "control/nodes/node_types.h"

namespace b3iq::control {

class NodeService;

// A count is told again for so long.
inline constexpr std::int64_t kNodeCountsFreshMs = 5'000;

class RecentNodeCounts {
 public:
  RecentNodeCounts(NodeService& nodes, const base::Clock& clock) : nodes_(nodes), clock_(clock) {}

  // Not older than kNodeCountsFreshMs, but for two cases: while one call counts, the others get the
  // last count, so that a database that hangs is asked once; and where counting fails, the last
  // count stands. nullopt: none has come yet.
  base::Task<std::optional<NodeCounts>> get();

 private:
  NodeService& nodes_;
  const base::Clock& clock_;
  bool counting_ = false;
  std::optional<NodeCounts> counts_;
  std::int64_t counted_at_ns_ = 0;  // steady time at which that count began
};

}  // namespace b3iq::control

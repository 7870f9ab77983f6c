#include "control/nodes/recent_node_counts.h"

#include "control/nodes/node_service.h"

namespace b3iq::control {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

}  // namespace

base::Task<std::optional<NodeCounts>> RecentNodeCounts::get() {
  const auto now = clock_.steady_ns();
  const bool fresh = counts_ && now - counted_at_ns_ < kNodeCountsFreshMs * kNsPerMs;
  if (fresh || counting_) co_return counts_;
  counting_ = true;
  const auto counted = co_await nodes_.counts();
  counting_ = false;
  if (counted.ok()) {
    counts_ = *counted;
    counted_at_ns_ = now;
  }
  co_return counts_;
}

}  // namespace b3iq::control

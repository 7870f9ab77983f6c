// GET /metrics, for a viewer: Prometheus sends the credential from a file.
#pragma once

#include <memory>

#include "base/metrics.h"
#include "control/admin/admin_access.h"
#include "control/metrics/control_metrics.h"
#include "control/nodes/recent_node_counts.h"
#include "control/private_jobs/job_upkeep.h"
#include "http/router.h"

namespace b3iq::control {

// All outlive the router. `metrics` is made when the list of routes is whole.
struct MetricsParts {
  AdminLevels& levels;
  base::Metrics& registry;
  const std::unique_ptr<ControlMetrics>& metrics;
  RecentNodeCounts& node_counts;
  JobUpkeep& jobs;
};
void add_metrics_routes(http::Router& router, const MetricsParts& parts);

}  // namespace b3iq::control

// What the process itself uses, read when the metrics are. By the names that Prometheus' own
// libraries use.
#pragma once

#include <string_view>

#include "base/metrics.h"

namespace b3iq::agent {

class ProcessMetrics {
 public:
  ProcessMetrics(base::Metrics& metrics, std::string_view version);
  void sample();

 private:
  base::Gauge& resident_bytes_;
  base::Counter& cpu_seconds_;
  base::Counter& lost_lines_;
};

}  // namespace b3iq::agent

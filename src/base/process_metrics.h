// What the process itself uses, read when the metrics are. By the names that Prometheus' own
// libraries use.
#pragma once

#include <string_view>

#include "base/metrics.h"

namespace b3iq::base {

class ProcessMetrics {
 public:
  ProcessMetrics(Metrics& metrics, std::string_view version);
  void sample();

 private:
  Gauge& resident_bytes_;
  Counter& cpu_seconds_;
  Counter& lost_lines_;
};

}  // namespace b3iq::base

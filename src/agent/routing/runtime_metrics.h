// The metrics of one runtime, labelled with its id in config.json. Made once for each runtime; a
// call adds to them without a look-up. What each means: docs/operating/metrics.md.
#pragma once

#include <string_view>

#include "base/metrics.h"

namespace b3iq::agent {

struct RuntimeLane;

struct RuntimeMetrics {
  RuntimeMetrics(base::Metrics& metrics, std::string_view runtime_id);

  // Seconds.
  base::Histogram& chat_duration;
  base::Histogram& first_token;
  base::Histogram& output_token;
  base::Histogram& embedding_duration;
  base::Histogram& queue_wait;
  // Tokens of one call.
  base::Histogram& prompt_tokens;
  base::Histogram& embedded_tokens;
  base::Histogram& completion_tokens;
  // How attempts ended.
  base::Counter& succeeded;
  base::Counter& failed;
  base::Counter& undecided;  // the caller went away, or asked for what cannot be

  // Reads the gauges' values from the lane.
  void sample(const RuntimeLane& lane);

 private:
  RuntimeMetrics(base::Metrics& metrics, const base::Labels& of);

  base::Gauge& ready_;
  base::Gauge& breaker_open_;
  base::Gauge& running_;
  base::Gauge& waiting_;
  base::Gauge& oldest_wait_;
};

}  // namespace b3iq::agent

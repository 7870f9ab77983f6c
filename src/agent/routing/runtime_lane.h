// One runtime as calls see it: its queue, its breaker and its metrics.
#pragma once

#include "agent/routing/call_queue.h"
#include "agent/routing/circuit_breaker.h"
#include "agent/routing/runtime_metrics.h"
#include "inference/runtime.h"

namespace b3iq::agent {

struct RuntimeLane {
  RuntimeLane(inference::Runtime& served, QueueLimits limits, const base::Clock& clock,
              http::EventLoop& loop, base::Metrics& registry)
      : runtime(served),
        queue(limits, clock, loop),
        breaker(clock),
        metrics(registry, served.id()) {}
  inference::Runtime& runtime;
  CallQueue queue;
  CircuitBreaker breaker;
  RuntimeMetrics metrics;
  bool traced = false;   // the runtime is told the trace that a call belongs to
  bool retired = false;  // the runtime was removed
};

}  // namespace b3iq::agent

// One runtime as calls see it: its queue and its breaker.
#pragma once

#include "agent/routing/call_queue.h"
#include "agent/routing/circuit_breaker.h"
#include "inference/runtime.h"

namespace b3iq::agent {

struct RuntimeLane {
  RuntimeLane(inference::Runtime& served, QueueLimits limits, const base::Clock& clock,
              http::EventLoop& loop)
      : runtime(served), queue(limits, clock, loop), breaker(clock) {}
  inference::Runtime& runtime;
  CallQueue queue;
  CircuitBreaker breaker;
};

}  // namespace b3iq::agent

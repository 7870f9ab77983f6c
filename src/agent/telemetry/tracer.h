// Begins and ends the traces of calls, and keeps what ended until the exporter takes it: at most
// kMaxWaitingSpans; more are dropped and counted. Loop thread only.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/telemetry/call_span.h"
#include "base/metrics.h"
#include "base/random.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxWaitingSpans = 4096;

struct TracerSettings {
  bool keeps_spans = false;    // somebody takes them
  bool trusts_caller = false;  // a caller's traceparent is continued
  std::int64_t sampling_percent = 100;
};

class Tracer {
 public:
  Tracer(TracerSettings settings, base::Random& random, base::Metrics& metrics);

  // `traceparent`: the caller's header. The node is a trust border: unless told otherwise it begins
  // a trace of its own, and what the caller sent is not looked at.
  TraceContext begin(std::optional<std::string_view> traceparent);
  // Whether end() wants the span of this trace.
  bool wants(const TraceContext& context) const { return settings_.keeps_spans && context.sampled; }
  void end(CallSpan span);
  // At most `limit` of the oldest.
  std::vector<CallSpan> take(std::size_t limit);
  std::size_t waiting() const { return spans_.size(); }

 private:
  TracerSettings settings_;
  base::Random& random_;
  std::deque<CallSpan> spans_;
  base::Counter& dropped_;
};

}  // namespace b3iq::agent

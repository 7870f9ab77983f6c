#include "agent/telemetry/tracer.h"

#include <algorithm>
#include <array>

namespace b3iq::agent {

namespace {

constexpr std::uint64_t kPercent = 100;

// The trace id's random tail decides, so that all who see the trace decide alike.
bool in_sample(const TraceId& id, std::int64_t percent) {
  std::uint64_t tail = 0;
  for (std::size_t i = 10; i < id.size(); ++i) tail = tail << 8 | id[i];
  return tail % kPercent < static_cast<std::uint64_t>(percent);
}

}  // namespace

std::string_view operation_name(CallOperation operation) {
  switch (operation) {
    case CallOperation::chat:
      return "chat";
    case CallOperation::text_completion:
      return "text_completion";
    case CallOperation::embeddings:
      break;
  }
  return "embeddings";
}

Tracer::Tracer(TracerSettings settings, base::Random& random, base::Metrics& metrics)
    : settings_(settings),
      random_(random),
      dropped_(metrics.counter("b3iq_telemetry_dropped_total",
                               "Spans and reports that were dropped instead of exported.",
                               {{"what", "span"}})) {}

TraceContext Tracer::begin(std::optional<std::string_view> traceparent) {
  TraceContext context;
  if (settings_.trusts_caller && traceparent) {
    if (const auto parent = parse_traceparent(*traceparent)) {
      context.trace_id = parent->trace_id;
      context.parent = parent->span_id;
      context.span_id = random_span_id(random_);
      context.sampled = parent->sampled;
      return context;
    }
  }
  context.trace_id = random_trace_id(random_);
  context.span_id = random_span_id(random_);
  context.sampled = in_sample(context.trace_id, settings_.sampling_percent);
  return context;
}

void Tracer::end(CallSpan span) {
  if (spans_.size() >= kMaxWaitingSpans) {
    dropped_.add();
    return;
  }
  spans_.push_back(std::move(span));
}

std::vector<CallSpan> Tracer::take(std::size_t limit) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(limit, spans_.size()));
  std::vector<CallSpan> taken(std::make_move_iterator(spans_.begin()),
                              std::make_move_iterator(spans_.begin() + count));
  spans_.erase(spans_.begin(), spans_.begin() + count);
  return taken;
}

}  // namespace b3iq::agent

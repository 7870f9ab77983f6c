// Any text as a traceparent: refused, or read as what is written again, but for the version and the
// flags that nobody knows yet.
#include <cstdint>
#include <string_view>

#include "agent/telemetry/trace_context.h"
#include "base/check.h"

int fuzz_traceparent(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parent = parse_traceparent(text);
  if (!parent) return 0;
  TraceContext context;
  context.trace_id = parent->trace_id;
  context.span_id = parent->span_id;
  context.sampled = parent->sampled;
  const auto written = traceparent_text(context);
  const std::string_view again(written.data(), written.size());
  B3_CHECK(again.substr(2, 51) == text.substr(2, 51));
  const auto second = parse_traceparent(again);
  B3_CHECK(second && second->trace_id == parent->trace_id && second->span_id == parent->span_id &&
           second->sampled == parent->sampled);
  return 0;
}

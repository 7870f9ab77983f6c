// W3C trace context (https://www.w3.org/TR/trace-context/): which trace a call belongs to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/random.h"

namespace b3iq::agent {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

struct TraceContext {
  TraceId trace_id{};
  SpanId span_id{};              // of the call in this node
  std::optional<SpanId> parent;  // of the caller's span, where it is trusted
  bool sampled = false;
};

// Of the header's value: version, trace id, the sender's span id, flags. Nothing when it is not as
// the standard says; a version after 00 is read as its first four parts.
struct TraceParent {
  TraceId trace_id{};
  SpanId span_id{};
  bool sampled = false;
};
std::optional<TraceParent> parse_traceparent(std::string_view header);

// "00-<32 hex>-<16 hex>-01"
using TraceParentText = std::array<char, 55>;
TraceParentText traceparent_text(const TraceContext& context);

// Neither is ever all zeros.
TraceId random_trace_id(base::Random& random);
SpanId random_span_id(base::Random& random);

}  // namespace b3iq::agent

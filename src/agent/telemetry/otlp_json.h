// The bodies of OTLP/HTTP in its JSON encoding (protobuf's JSON with hexadecimal ids): traces and
// metrics by OpenTelemetry's GenAI conventions. Content never enters them: what is told is listed
// in call_span.h and docs/operating/telemetry.md.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "agent/telemetry/call_span.h"
#include "base/metrics.h"

namespace b3iq::agent {

struct OtlpResource {
  std::string version;
  std::string node_id;
  std::map<std::string, std::string> runtime_kinds;  // by the runtime's id
};

// ExportTraceServiceRequest.
std::string otlp_traces(const OtlpResource& resource, std::span<const CallSpan> spans);

// ExportMetricsServiceRequest; all counts since `started_unix_ns`.
std::string otlp_metrics(const OtlpResource& resource, std::span<const base::MetricFamily> families,
                         std::int64_t started_unix_ns, std::int64_t now_unix_ns);

}  // namespace b3iq::agent

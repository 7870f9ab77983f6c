// What config.json says about telemetry. Off by default: without an endpoint nothing leaves the
// machine.
#pragma once

#include <cstdint>
#include <string>

namespace b3iq::agent {

// Which runtimes are told the trace that a call belongs to.
enum class TraceRuntimes : std::uint8_t { none, loopback, all };

struct TelemetrySettings {
  std::string otlp_endpoint;      // "" exports nothing
  std::string otlp_headers_file;  // lines "Name: value", mode 0600; "" for none
  std::int64_t interval_ms = 10'000;
  std::int64_t sampling_percent = 100;
  bool trusts_traceparent = false;
  TraceRuntimes trace_runtimes = TraceRuntimes::loopback;

  bool exports() const { return !otlp_endpoint.empty(); }
  bool traces() const { return exports() || trusts_traceparent; }
};

}  // namespace b3iq::agent

set(B3IQ_TELEMETRY_SOURCES
  telemetry/otlp_attributes.cc telemetry/otlp_exporter.cc telemetry/otlp_metrics.cc telemetry/otlp_traces.cc
  telemetry/trace_context.cc telemetry/tracer.cc
  routing/runtime_metrics.cc)
set(B3IQ_TELEMETRY_TESTS telemetry/trace_context_test.cc)

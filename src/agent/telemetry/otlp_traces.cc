#include <fmt/format.h>

#include "agent/telemetry/otlp_attributes.h"
#include "base/bytes.h"

namespace b3iq::agent {

namespace {

constexpr OtlpEnvelope kTraces{"resourceSpans", "scopeSpans", "spans"};
// The conventions' kind of a span that asks a model.
constexpr int kSpanKindClient = 3;
constexpr int kStatusError = 2;

void write_usage(json::Writer& w, const CallSpan& span) {
  if (!span.finish) return;
  otlp_count(w, "gen_ai.usage.input_tokens", span.usage.prompt_tokens);
  otlp_count(w, "gen_ai.usage.output_tokens", span.usage.completion_tokens);
  if (span.usage.cached_prompt_tokens > 0)
    otlp_count(w, "gen_ai.usage.cache_read.input_tokens", span.usage.cached_prompt_tokens);
  if (span.operation == CallOperation::embeddings) return;
  w.begin_object();
  w.member("key", "gen_ai.response.finish_reasons");
  w.key("value");
  w.begin_object();
  w.key("arrayValue");
  w.begin_object();
  w.key("values");
  w.begin_array();
  w.begin_object();
  w.member("stringValue", inference::finish_name(*span.finish));
  w.end_object();
  w.end_array();
  w.end_object();
  w.end_object();
  w.end_object();
}

void write_attributes(json::Writer& w, const CallSpan& span) {
  w.key("attributes");
  w.begin_array();
  otlp_text(w, "gen_ai.operation.name", operation_name(span.operation));
  if (!span.runtime_kind.empty()) otlp_text(w, "gen_ai.provider.name", span.runtime_kind);
  otlp_text(w, "gen_ai.request.model", span.model);
  if (span.finish) otlp_text(w, "gen_ai.response.model", span.runtime_model);
  otlp_text(w, "b3iq.call.id", span.call_id);
  write_usage(w, span);
  if (!span.runtime_id.empty()) otlp_text(w, "b3iq.runtime.id", span.runtime_id);
  otlp_flag(w, "b3iq.streamed", span.streamed);
  otlp_real(w, "b3iq.gateway_overhead", static_cast<double>(span.overhead_ns) / 1e9);
  if (span.first_token_ns > 0)
    otlp_real(w, "b3iq.time_to_first_token", static_cast<double>(span.first_token_ns) / 1e9);
  if (span.error) otlp_text(w, "error.type", base::error_info(*span.error).wire_name);
  w.end_array();
}

void write_span(json::Writer& w, const CallSpan& span) {
  w.begin_object();
  w.member("traceId", std::string_view(base::to_hex(span.context.trace_id)));
  w.member("spanId", std::string_view(base::to_hex(span.context.span_id)));
  if (span.context.parent)
    w.member("parentSpanId", std::string_view(base::to_hex(*span.context.parent)));
  w.member("name",
           std::string_view(fmt::format("{} {}", operation_name(span.operation), span.model)));
  w.member("kind", kSpanKindClient);
  otlp_integer(w, "startTimeUnixNano", span.started_unix_ns);
  otlp_integer(w, "endTimeUnixNano", span.ended_unix_ns);
  write_attributes(w, span);
  w.key("status");
  w.begin_object();
  if (span.error) w.member("code", kStatusError);
  w.end_object();
  w.end_object();
}

}  // namespace

std::string otlp_traces(const OtlpResource& resource, std::span<const CallSpan> spans) {
  std::string body;
  json::Writer w(body);
  open_otlp(w, resource, kTraces);
  for (const auto& span : spans) write_span(w, span);
  close_otlp(w);
  return body;
}

}  // namespace b3iq::agent

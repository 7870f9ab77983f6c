#include <array>
#include <numeric>
#include <optional>

#include "agent/telemetry/otlp_attributes.h"

namespace b3iq::agent {

namespace {

constexpr OtlpEnvelope kMetrics{"resourceMetrics", "scopeMetrics", "metrics"};
constexpr int kCumulative = 2;

// Where the GenAI conventions have a name for one of our families. Those of one name stand
// together.
struct Convention {
  std::string_view family;
  std::string_view name;
  std::string_view unit;
  std::string_view operation;   // "": the family's own label says it
  std::string_view token_type;  // or ""
};
constexpr std::array kConventions = {
    Convention{"b3iq_chat_duration_seconds", "gen_ai.client.operation.duration", "s", "chat", ""},
    Convention{"b3iq_embedding_duration_seconds", "gen_ai.client.operation.duration", "s",
               "embeddings", ""},
    Convention{"b3iq_chat_first_token_seconds", "gen_ai.server.time_to_first_token", "s", "chat",
               ""},
    Convention{"b3iq_chat_output_token_seconds", "gen_ai.server.time_per_output_token", "s", "chat",
               ""},
    Convention{"b3iq_call_prompt_tokens", "gen_ai.client.token.usage", "{token}", "", "input"},
    Convention{"b3iq_call_completion_tokens", "gen_ai.client.token.usage", "{token}", "chat",
               "output"},
};

struct Moment {
  std::int64_t started_ns;
  std::int64_t now_ns;
};

void write_point(json::Writer& w, const base::MetricFamily& family, const base::MetricPoint& point,
                 const Moment& at) {
  otlp_integer(w, "startTimeUnixNano", at.started_ns);
  otlp_integer(w, "timeUnixNano", at.now_ns);
  if (family.kind != base::MetricKind::histogram) {
    w.member("asDouble", point.value);
    return;
  }
  otlp_integer(w, "count",
               static_cast<std::int64_t>(
                   std::accumulate(point.counts.begin(), point.counts.end(), std::uint64_t{0})));
  w.member("sum", point.sum);
  w.key("bucketCounts");
  w.begin_array();
  for (const auto count : point.counts) w.value(std::string_view(std::to_string(count)));
  w.end_array();
  w.key("explicitBounds");
  w.begin_array();
  for (const auto bound : family.bounds) w.value(bound);
  w.end_array();
}

void write_labels(json::Writer& w, const OtlpResource& resource, const base::Labels& labels,
                  const Convention* convention) {
  w.key("attributes");
  w.begin_array();
  for (const auto& [name, value] : labels) {
    if (convention == nullptr) {
      otlp_text(w, name, value);
    } else if (name == "operation") {
      otlp_text(w, "gen_ai.operation.name", value);
    } else if (name == "runtime") {
      otlp_text(w, "b3iq.runtime.id", value);
      const auto kind = resource.runtime_kinds.find(value);
      if (kind != resource.runtime_kinds.end()) otlp_text(w, "gen_ai.provider.name", kind->second);
    }
  }
  if (convention != nullptr && !convention->operation.empty())
    otlp_text(w, "gen_ai.operation.name", convention->operation);
  if (convention != nullptr && !convention->token_type.empty())
    otlp_text(w, "gen_ai.token.type", convention->token_type);
  w.end_array();
}

void write_points(json::Writer& w, const OtlpResource& resource, const base::MetricFamily& family,
                  const Convention* convention, const Moment& at) {
  for (const auto& point : family.points) {
    w.begin_object();
    write_labels(w, resource, point.labels, convention);
    write_point(w, family, point, at);
    w.end_object();
  }
}

void open_metric(json::Writer& w, std::string_view name, std::string_view help,
                 std::string_view unit, base::MetricKind kind) {
  w.begin_object();
  w.member("name", name);
  w.member("description", help);
  w.member("unit", unit);
  w.key(kind == base::MetricKind::counter ? "sum"
        : kind == base::MetricKind::gauge ? "gauge"
                                          : "histogram");
  w.begin_object();
  if (kind != base::MetricKind::gauge) w.member("aggregationTemporality", kCumulative);
  if (kind == base::MetricKind::counter) w.member("isMonotonic", true);
  w.key("dataPoints");
  w.begin_array();
}

void close_metric(json::Writer& w) {
  w.end_array();
  w.end_object();
  w.end_object();
}

bool has_convention(std::string_view family) {
  for (const auto& convention : kConventions)
    if (convention.family == family) return true;
  return false;
}

// As OpenTelemetry names metrics: the unit and "_total" are not part of the name.
void write_own(json::Writer& w, const OtlpResource& resource, const base::MetricFamily& family,
               const Moment& at) {
  std::string_view name = family.name;
  std::string_view unit = "1";
  if (name.ends_with("_total")) name.remove_suffix(6);
  if (name.ends_with("_seconds")) {
    name.remove_suffix(8);
    unit = "s";
  } else if (name.ends_with("_bytes")) {
    name.remove_suffix(6);
    unit = "By";
  }
  open_metric(w, name, family.help, unit, family.kind);
  write_points(w, resource, family, nullptr, at);
  close_metric(w);
}

const base::MetricFamily* find(std::span<const base::MetricFamily> families,
                               std::string_view name) {
  for (const auto& family : families)
    if (family.name == name) return &family;
  return nullptr;
}

}  // namespace

std::string otlp_metrics(const OtlpResource& resource, std::span<const base::MetricFamily> families,
                         std::int64_t started_unix_ns, std::int64_t now_unix_ns) {
  const Moment at{started_unix_ns, now_unix_ns};
  std::string body;
  json::Writer w(body);
  open_otlp(w, resource, kMetrics);
  std::string_view open;
  for (const auto& convention : kConventions) {
    const auto* family = find(families, convention.family);
    if (family == nullptr) continue;
    if (open != convention.name) {
      if (!open.empty()) close_metric(w);
      open = convention.name;
      open_metric(w, open, family->help, convention.unit, family->kind);
    }
    write_points(w, resource, *family, &convention, at);
  }
  if (!open.empty()) close_metric(w);
  for (const auto& family : families)
    if (!has_convention(family.name)) write_own(w, resource, family, at);
  close_otlp(w);
  return body;
}

}  // namespace b3iq::agent

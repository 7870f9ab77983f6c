#include "agent/telemetry/otlp_attributes.h"

#include <fmt/format.h>

namespace b3iq::agent {

namespace {

constexpr std::string_view kServiceName = "b3iq-host";
constexpr std::string_view kScopeName = "b3iq.agent";

template <class Write>
void attribute(json::Writer& w, std::string_view key, Write write) {
  w.begin_object();
  w.member("key", key);
  w.key("value");
  w.begin_object();
  write();
  w.end_object();
  w.end_object();
}

}  // namespace

void otlp_integer(json::Writer& w, std::string_view name, std::int64_t value) {
  w.member(name, std::string_view(fmt::format("{}", value)));
}

void otlp_text(json::Writer& w, std::string_view key, std::string_view value) {
  attribute(w, key, [&] { w.member("stringValue", value); });
}

void otlp_count(json::Writer& w, std::string_view key, std::int64_t value) {
  attribute(w, key, [&] { otlp_integer(w, "intValue", value); });
}

void otlp_real(json::Writer& w, std::string_view key, double value) {
  attribute(w, key, [&] { w.member("doubleValue", value); });
}

void otlp_flag(json::Writer& w, std::string_view key, bool value) {
  attribute(w, key, [&] { w.member("boolValue", value); });
}

void open_otlp(json::Writer& w, const OtlpResource& resource, const OtlpEnvelope& names) {
  w.begin_object();
  w.key(names.group);
  w.begin_array();
  w.begin_object();
  w.key("resource");
  w.begin_object();
  w.key("attributes");
  w.begin_array();
  otlp_text(w, "service.name", kServiceName);
  otlp_text(w, "service.version", resource.version);
  otlp_text(w, "service.instance.id", resource.node_id);
  w.end_array();
  w.end_object();
  w.key(names.scopes);
  w.begin_array();
  w.begin_object();
  w.key("scope");
  w.begin_object();
  w.member("name", kScopeName);
  w.member("version", std::string_view(resource.version));
  w.end_object();
  w.key(names.items);
  w.begin_array();
}

void close_otlp(json::Writer& w) {
  w.end_array();
  w.end_object();
  w.end_array();
  w.end_object();
  w.end_array();
  w.end_object();
}

}  // namespace b3iq::agent

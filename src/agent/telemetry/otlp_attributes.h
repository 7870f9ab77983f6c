// What both kinds of OTLP body have in common: attributes, numbers, resource and scope.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/telemetry/otlp_json.h"
#include "json/json.h"

namespace b3iq::agent {

// 64-bit integers are texts in protobuf's JSON.
void otlp_integer(json::Writer& w, std::string_view name, std::int64_t value);

void otlp_text(json::Writer& w, std::string_view key, std::string_view value);
void otlp_count(json::Writer& w, std::string_view key, std::int64_t value);
void otlp_real(json::Writer& w, std::string_view key, double value);
void otlp_flag(json::Writer& w, std::string_view key, bool value);

// Opens {"<group>":[{"resource":…,"<scopes>":[{"scope":…,"<items>":[ and closes it again.
struct OtlpEnvelope {
  std::string_view group;
  std::string_view scopes;
  std::string_view items;
};
void open_otlp(json::Writer& w, const OtlpResource& resource, const OtlpEnvelope& names);
void close_otlp(json::Writer& w);

}  // namespace b3iq::agent

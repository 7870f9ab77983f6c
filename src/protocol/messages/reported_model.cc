#include "protocol/messages/reported_model.h"

#include <algorithm>

#include "protocol/wire_names.h"

namespace b3iq::protocol {
namespace {

constexpr std::array<std::string_view, kModelStatuses> kStatusNames = {
    "installed", "ready_to_install", "runtime_missing", "hardware_unsupported"};
constexpr std::array<std::string_view, kRouteTiers> kTierNames = {
    "unknown",      "local_convenience",    "portable_local",
    "network_beta", "datacenter_optimized", "fleet_orchestrated"};
constexpr std::array<std::string_view, kQueueHealths> kQueueNames = {"unknown", "healthy", "busy",
                                                                     "blocked", "unhealthy"};

}  // namespace

std::string_view wire_name(ModelStatus status) { return name_of_value(kStatusNames, status); }
std::string_view wire_name(RouteTier tier) { return name_of_value(kTierNames, tier); }
std::string_view wire_name(QueueHealth health) { return name_of_value(kQueueNames, health); }

std::optional<ModelStatus> model_status_from_name(std::string_view name) {
  return value_of_name<ModelStatus>(kStatusNames, name);
}
std::optional<RouteTier> route_tier_from_name(std::string_view name) {
  return value_of_name<RouteTier>(kTierNames, name);
}
std::optional<QueueHealth> queue_health_from_name(std::string_view name) {
  return value_of_name<QueueHealth>(kQueueNames, name);
}

bool valid_runtime_kind(std::string_view text) {
  return !text.empty() && text.size() <= kMaxRuntimeKindBytes && text[0] >= 'a' && text[0] <= 'z' &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

}  // namespace b3iq::protocol

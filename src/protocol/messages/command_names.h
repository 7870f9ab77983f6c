// Wire names of the commands' closed sets, in the order of their enums. Private to command*.cc and
// poll.cc.
#pragma once

#include "protocol/messages/command.h"
#include "protocol/wire_names.h"

namespace b3iq::protocol {

inline constexpr std::array<std::string_view, kCommandKinds> kCommandKindNames = {
    "benchmark_smoke",   "route_health_check", "runtime_probe",     "model_install",
    "model_remove",      "support_bundle",     "private_inference", "rotate_transport_key",
    "refresh_inventory", "agent_update_check"};
inline constexpr std::array<std::string_view, kCommandStates> kCommandStateNames = {
    "queued", "leased", "succeeded", "failed", "cancelled", "expired"};
inline constexpr std::string_view kModelNameForm =
    "is not a model's public name: [owner/]model[:tag] of letters, digits, dot, underscore and "
    "hyphen, that is no address and no path";

}  // namespace b3iq::protocol

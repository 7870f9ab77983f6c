// What each model of the node is ready for: the contract between the node, the network's view of it
// and paid routing. Only what the node knows for certain is claimed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/catalogue/model_catalogue.h"
#include "agent/models/model_posture.h"
#include "agent/models/model_route.h"
#include "agent/routing/dispatcher.h"

namespace b3iq::agent {

enum class ProfileStatus : std::uint8_t {
  installed,
  ready_to_install,
  runtime_missing,
  hardware_unsupported
};
std::string_view profile_status_name(ProfileStatus status);

// `blocked` and `unhealthy` are what a router must not send work to.
enum class QueueHealth : std::uint8_t { unknown, healthy, busy, blocked, unhealthy };
std::string_view queue_health_name(QueueHealth health);

// What keeps a model from paid work of the network, as one of the gates that a router asks for.
struct ProfileBlocker {
  std::string_view gate;  // static storage
  std::string detail;
};

struct ModelProfile {
  std::string id;
  ProfileStatus status = ProfileStatus::runtime_missing;
  std::string_view runtime_kind;  // of the runtime that a call would run on first
  QueueHealth queue_health = QueueHealth::unknown;
  inference::Capabilities capabilities;
};

// The best of the model's runtimes counts: calls move on to it.
ModelProfile profile_of(const ModelRoute& route, const Dispatcher& dispatcher);
// The gates that are closed for it: those of the network, which this node has no part in, always.
std::vector<ProfileBlocker> blockers_of(const ModelProfile& profile, const ModelPosture& posture);
// A model of the catalogue that is not installed. `machine_bytes`: the machine's memory, 0 unknown.
ModelProfile profile_of(const CatalogueModel& model, std::int64_t machine_bytes);

}  // namespace b3iq::agent

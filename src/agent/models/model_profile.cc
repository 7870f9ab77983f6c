#include "agent/models/model_profile.h"

namespace b3iq::agent {
namespace {

QueueHealth health_of(const inference::Runtime& runtime, const Dispatcher& dispatcher) {
  switch (runtime.health().state) {
    case inference::RuntimeState::unreachable:
      return QueueHealth::unhealthy;
    case inference::RuntimeState::loading:
      return QueueHealth::unknown;
    case inference::RuntimeState::ready:
      break;
  }
  const auto* lane = dispatcher.lane(runtime);
  if (lane == nullptr) return QueueHealth::unknown;
  if (lane->breaker.open()) return QueueHealth::unhealthy;
  if (lane->queue.full()) return QueueHealth::blocked;
  return lane->queue.waiting() > 0 ? QueueHealth::busy : QueueHealth::healthy;
}

// "" when calls of the model are taken.
std::string_view why_not_running(const ModelProfile& profile) {
  switch (profile.status) {
    case ProfileStatus::ready_to_install:
      return "The model is not installed.";
    case ProfileStatus::hardware_unsupported:
      return "The machine has too little memory for the model.";
    case ProfileStatus::runtime_missing:
      return "The model's runtime does not answer.";
    case ProfileStatus::installed:
      break;
  }
  if (profile.queue_health == QueueHealth::blocked) return "The queue of its runtime is full.";
  if (profile.queue_health == QueueHealth::unhealthy) return "Its runtime keeps failing.";
  return "";
}

bool may_serve(QueueHealth health) {
  return health != QueueHealth::unhealthy && health != QueueHealth::blocked;
}

}  // namespace

std::string_view profile_status_name(ProfileStatus status) {
  switch (status) {
    case ProfileStatus::installed:
      return "installed";
    case ProfileStatus::ready_to_install:
      return "ready_to_install";
    case ProfileStatus::runtime_missing:
      return "runtime_missing";
    case ProfileStatus::hardware_unsupported:
      return "hardware_unsupported";
  }
  return "runtime_missing";
}

std::string_view queue_health_name(QueueHealth health) {
  switch (health) {
    case QueueHealth::unknown:
      return "unknown";
    case QueueHealth::healthy:
      return "healthy";
    case QueueHealth::busy:
      return "busy";
    case QueueHealth::blocked:
      return "blocked";
    case QueueHealth::unhealthy:
      return "unhealthy";
  }
  return "unknown";
}

ModelProfile profile_of(const ModelRoute& route, const Dispatcher& dispatcher) {
  const ModelTarget* best = &route.targets.front();
  QueueHealth health = health_of(*best->runtime, dispatcher);
  for (const auto& target : route.targets) {
    if (may_serve(health)) break;
    const auto seen = health_of(*target.runtime, dispatcher);
    if (!may_serve(seen)) continue;
    best = &target;
    health = seen;
  }
  const bool away = best->runtime->health().state == inference::RuntimeState::unreachable;
  return {best->id, away ? ProfileStatus::runtime_missing : ProfileStatus::installed,
          best->runtime->kind(), health, best->capabilities};
}

std::vector<ProfileBlocker> blockers_of(const ModelProfile& profile, const ModelPosture& posture) {
  std::vector<ProfileBlocker> blockers = {
      {"fresh_heartbeat", "The node is in local mode and sends no heartbeat."},
      {"public_route_ready", "No public route leads to this node: it has no network mode yet."},
      {"protocol_ready", "The node is registered with no network."}};
  if (const auto why = why_not_running(profile); !why.empty())
    blockers.push_back({"runtime_ready", std::string(why)});
  std::string policy;
  if (!posture.network_eligible) policy += "The owner does not allow serving it to the network. ";
  if (!posture.paid_route_eligible) policy += "The owner does not allow paid calls of it. ";
  // No tier was given and nothing was proved to anybody: that takes a network.
  policy += "Its route tier is unknown, and no benchmark of it is verified.";
  blockers.push_back({"policy_ready", std::move(policy)});
  return blockers;
}

ModelProfile profile_of(const CatalogueModel& model, std::int64_t machine_bytes) {
  ModelProfile profile;
  profile.id = model.id;
  profile.runtime_kind = "embedded";
  profile.capabilities.chat = model.kind != CatalogueKind::embedding;
  profile.capabilities.embeddings = model.kind == CatalogueKind::embedding;
  profile.capabilities.context_tokens = model.context_tokens.value_or(0);
  const bool fits = machine_bytes == 0 || model.min_ram_bytes <= machine_bytes;
  profile.status = fits ? ProfileStatus::ready_to_install : ProfileStatus::hardware_unsupported;
  return profile;
}

}  // namespace b3iq::agent

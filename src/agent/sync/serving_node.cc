#include "agent/sync/serving_node.h"

#include <algorithm>

#include "agent/models/model_profile.h"
#include "protocol/public_model_name.h"

namespace b3iq::agent {

namespace {

protocol::InventoryText told(const inventory::Text& text) {
  return text ? protocol::inventory_text(*text) : std::nullopt;
}

std::optional<std::vector<std::string>> told_features(
    const std::optional<std::vector<std::string>>& features) {
  if (!features) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& feature : *features) {
    const bool plain = std::ranges::all_of(feature, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    });
    if (plain && !feature.empty() && feature.size() <= protocol::kMaxCpuFeatureBytes &&
        out.size() < protocol::kMaxCpuFeatures)
      out.push_back(feature);
  }
  return out;
}

protocol::InventoryGpu told_gpu(const inventory::Gpu& gpu) {
  return {told(gpu.vendor),
          told(gpu.name),
          told(gpu.pci_id),
          told(gpu.driver),
          told(gpu.driver_version),
          gpu.memory_total_bytes,
          gpu.memory_shared,
          told(gpu.compute_capability),
          gpu.mig,
          gpu.display_only};
}

protocol::InventoryDisk told_disk(const inventory::Disk& disk) {
  protocol::InventoryCount free_gib;
  if (disk.free_bytes) free_gib = protocol::free_space_steps_gib(*disk.free_bytes);
  return {told(disk.role), told(disk.type), disk.total_bytes, free_gib, disk.read_only};
}

protocol::ModelProfile told_profile(const ModelProfile& profile, const ModelPosture& posture) {
  protocol::ModelProfile out;
  out.model_id = profile.id;
  out.status = static_cast<protocol::ModelStatus>(profile.status);
  out.runtime_kind = profile.runtime_kind;
  out.network_eligible = posture.network_eligible;
  out.paid_route_eligible = posture.paid_route_eligible;
  out.queue_health = static_cast<protocol::QueueHealth>(profile.queue_health);
  out.context_tokens =
      std::clamp<std::int64_t>(profile.capabilities.context_tokens, 0, protocol::kMaxContextTokens);
  return out;
}

ModelPosture posture_of_all(const ModelRoute& route, const ModelPostures& postures) {
  ModelPosture all{true, true};
  for (const auto& target : route.targets) {
    const auto posture = postures.of(target.id);
    all.network_eligible = all.network_eligible && posture.network_eligible;
    all.paid_route_eligible = all.paid_route_eligible && posture.paid_route_eligible;
  }
  return all;
}

// The node's enums and the protocol's name the same things in the same order.
static_assert(static_cast<int>(ProfileStatus::hardware_unsupported) ==
              static_cast<int>(protocol::ModelStatus::hardware_unsupported));
static_assert(static_cast<int>(ProfileStatus::runtime_missing) ==
              static_cast<int>(protocol::ModelStatus::runtime_missing));
static_assert(static_cast<int>(QueueHealth::blocked) ==
              static_cast<int>(protocol::QueueHealth::blocked));
static_assert(static_cast<int>(QueueHealth::unhealthy) ==
              static_cast<int>(protocol::QueueHealth::unhealthy));

}  // namespace

protocol::NodeInventory told_inventory(const inventory::Inventory& inventory) {
  protocol::NodeInventory out;
  out.os = {told(inventory.os.name),         told(inventory.os.id),
            told(inventory.os.version),      told(inventory.os.kernel),
            told(inventory.os.architecture), told(inventory.os.virtual_machine),
            told(inventory.os.container)};
  out.cpu = {told(inventory.cpu.model),
             told(inventory.cpu.vendor),
             told_features(inventory.cpu.features),
             inventory.topology.packages,
             inventory.topology.physical_cores,
             inventory.cpu.logical_cpus,
             inventory.cpu.usable_cpus};
  out.memory = {inventory.memory.total_bytes, inventory.memory.limit_bytes,
                inventory.memory.swap_total_bytes};
  if (inventory.gpus) {
    out.gpus.emplace();
    for (const auto& gpu : *inventory.gpus)
      if (out.gpus->size() < protocol::kMaxInventoryGpus) out.gpus->push_back(told_gpu(gpu));
  }
  out.gpus_complete = inventory.gpus_complete;
  if (inventory.disks) {
    out.disks.emplace();
    for (const auto& disk : *inventory.disks)
      if (out.disks->size() < protocol::kMaxInventoryDisks) out.disks->push_back(told_disk(disk));
  }
  return out;
}

protocol::NodeStatus ServingNode::status() const {
  using inference::RuntimeState;
  using protocol::NodeStatus;
  if (needs_.draining) return NodeStatus::draining;
  bool ready = false, loading = false, away = false;
  for (const auto* runtime : needs_.models.runtimes()) {
    // Without a model it answers nothing, and misses nothing.
    if (needs_.models.models_of(*runtime).empty()) continue;
    const auto state = runtime->health().state;
    ready = ready || state == RuntimeState::ready;
    loading = loading || state == RuntimeState::loading;
    away = away || state == RuntimeState::unreachable;
  }
  if (ready) return away ? NodeStatus::degraded : NodeStatus::ready;
  return loading ? NodeStatus::starting : NodeStatus::unready;
}

std::int64_t ServingNode::queue_depth() const {
  std::int64_t calls = 0;
  needs_.live.each([&calls](LiveCallNode&) { ++calls; });
  return calls;
}

protocol::NodeInventory ServingNode::inventory() const {
  const auto latest = needs_.inventory.latest();
  if (!latest || needs_.inventory.age_ms(*latest) > kInventoryAgeMs) needs_.inventory.refresh();
  return latest ? told_inventory(latest->inventory) : protocol::NodeInventory();
}

protocol::NodeReadiness ServingNode::readiness() const {
  protocol::NodeReadiness out;
  out.private_inference_enabled =
      needs_.allowed && needs_.allowed(protocol::CommandKind::private_inference);
  const auto report = [&](const ModelProfile& profile, const ModelPosture& posture) {
    out.public_inference_enabled = out.public_inference_enabled || posture.network_eligible;
    const bool shown = protocol::is_public_model_name(profile.id) &&
                       protocol::valid_runtime_kind(profile.runtime_kind) &&
                       out.models.size() < protocol::kMaxModelProfiles;
    const bool twice = std::ranges::find(out.models, profile.id,
                                         &protocol::ModelProfile::model_id) != out.models.end();
    if (!shown) ++out.unlisted_models;
    if (shown && !twice) out.models.push_back(told_profile(profile, posture));
  };
  for (const auto& entry : needs_.models.list()) {
    auto profile = profile_of(*entry.route, needs_.dispatcher);
    if (entry.alias_of.empty()) {
      report(profile, needs_.postures.of(profile.id));
      continue;
    }
    // A name of the owner's own is told when the network may use all that it leads to.
    const auto posture = posture_of_all(*entry.route, needs_.postures);
    if (!posture.network_eligible) continue;
    profile.id = entry.id;
    report(profile, posture);
  }
  std::ranges::sort(out.models, {}, &protocol::ModelProfile::model_id);
  return out;
}

}  // namespace b3iq::agent

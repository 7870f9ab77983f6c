#include "fleet_node.h"

#include <span>

#include "crypto/sha256.h"

namespace b3iq::fleet {
namespace {

crypto::Sha256Digest seed_of(std::string_view salt, std::int64_t number, std::string_view purpose) {
  crypto::Sha256 hash;
  hash.update("b3iq-fleet-simulator ");
  hash.update(purpose);
  hash.update(" ");
  hash.update(salt);
  hash.update(" ");
  hash.update(std::to_string(number));
  return hash.finish();
}

}  // namespace

protocol::NodeIdentity fleet_identity(std::string_view salt, std::int64_t number) {
  const auto seed = seed_of(salt, number, "ed25519");
  return protocol::NodeIdentity(crypto::Ed25519SecretKey::from_seed(seed));
}

protocol::TransportKey fleet_transport_key(std::string_view salt, std::int64_t number) {
  const auto seed = seed_of(salt, number, "x25519");
  return protocol::TransportKey(crypto::X25519SecretKey::from_bytes(seed));
}

std::vector<protocol::NodeIdentity> fleet_identities(std::string_view salt, std::int64_t first,
                                                     std::int64_t count) {
  std::vector<protocol::NodeIdentity> nodes;
  nodes.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) nodes.push_back(fleet_identity(salt, first + i));
  return nodes;
}

protocol::NodeInventory fleet_inventory() {
  protocol::NodeInventory inventory;
  inventory.os = {
      "Debian GNU/Linux 12 (bookworm)", "debian", "12", "6.1.0-18-amd64", "x86_64", "kvm", "none"};
  inventory.cpu.model = "AMD EPYC";
  inventory.cpu.vendor = "AuthenticAMD";
  inventory.cpu.features = std::vector<std::string>{"avx2", "avx512f", "fma"};
  inventory.cpu.physical_cores = 2;
  inventory.cpu.logical_cpus = 2;
  inventory.cpu.usable_cpus = 2;
  inventory.memory.total_bytes = std::int64_t{24} << 30;
  inventory.gpus.emplace();
  inventory.gpus_complete = true;
  inventory.disks.emplace();
  inventory.disks->push_back({"home", "ext4", std::int64_t{252} << 30, 72, false});
  return inventory;
}

protocol::NodeReadiness fleet_readiness() {
  protocol::ModelProfile model;
  model.model_id = "b3iq-atlas-5m";
  model.status = protocol::ModelStatus::installed;
  model.runtime_kind = "embedded";
  model.route_tier = protocol::RouteTier::portable_local;
  model.queue_health = protocol::QueueHealth::healthy;
  model.context_tokens = 2048;
  protocol::NodeReadiness readiness;
  readiness.models.push_back(std::move(model));
  return readiness;
}

std::string fleet_heartbeat() {
  protocol::Heartbeat heartbeat;
  heartbeat.boot_epoch = kBootEpoch;
  heartbeat.status = protocol::NodeStatus::ready;
  heartbeat.inventory_hash = protocol::inventory_hash(fleet_inventory());
  heartbeat.readiness_hash = protocol::readiness_hash(fleet_readiness());
  heartbeat.agent_version = kAgentVersion;
  return protocol::encode_heartbeat(heartbeat);
}

}  // namespace b3iq::fleet

// What anybody may see of the network that a control plane serves. Like public_view.h: each type is
// made field by field by a named function, and nothing else has a writer.
//
// Never here: prompts, outputs, secrets or their hashes, customer ids, machine facts, addresses,
// paths, runtime ids, tunnel details, commands, boot epochs, agent versions, queue depths.
// public_view_test.cc lists every member name that may be written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json/json.h"
#include "protocol/ids.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/reported_model.h"
#include "protocol/public_view.h"
#include "protocol/readiness.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::protocol {

// Computed from time, never stored.
enum class Liveness : std::uint8_t {
  online,  // its last heartbeat's lease holds
  stale,   // lapsed, but less than kOfflineAfterMs ago
  offline  // longer ago, or never heard
};
inline constexpr std::int64_t kOfflineAfterMs = 600'000;
std::string_view wire_name(Liveness liveness);
Liveness liveness_of(std::optional<std::int64_t> heartbeat_expires_at_ms, std::int64_t now_ms);

// Seen by the control plane through the route.
struct ObservedBenchmark {
  std::int64_t observed_at_ms = 0;
  std::int64_t first_token_ms = 0;
  std::int64_t decode_millitokens_per_second = 0;
};
struct ModelFacts {
  ModelProfile profile;
  std::optional<ObservedBenchmark> observed;
};
struct NodeFacts {
  NodeId node_id;
  crypto::Ed25519PublicKey public_key;
  bool suspended = false;
  std::optional<std::int64_t> heartbeat_at_ms;
  std::optional<std::int64_t> heartbeat_expires_at_ms;
  std::optional<NodeStatus> status;  // of the last heartbeat
  std::optional<bool> public_inference_enabled;
  std::vector<ModelFacts> models;
};
struct NetworkFacts {
  std::int64_t now_ms = 0;
  ControlPlaneId control_plane_id;
  std::int64_t nodes_enrolled = 0;
  std::int64_t nodes_online = 0;
  std::int64_t models_offered = 0;  // distinct, installed on nodes that are online
};
struct OfferedModelFacts {
  std::string model_id;
  std::int64_t nodes_installed = 0;
  std::int64_t nodes_online = 0;
  std::int64_t nodes_route_ready = 0;
  RouteTier best_route_tier = RouteTier::unknown;
};

struct PublicNetworkSummary {
  std::string control_plane_id;
  std::int64_t nodes_enrolled = 0;
  std::int64_t nodes_online = 0;
  std::int64_t models_offered = 0;
  std::string generated_at;
};
PublicNetworkSummary public_network_summary(const NetworkFacts& facts);
void write_json(json::Writer& writer, const PublicNetworkSummary& summary);

struct PublicObservedBenchmark {
  std::string observed_at;
  bool fresh = false;
  std::int64_t first_token_ms = 0;
  std::int64_t decode_millitokens_per_second = 0;
};
struct PublicModelProfile {
  std::string model_id;
  std::string_view status;
  std::string runtime_kind;
  std::string_view route_tier;
  bool network_eligible = false;
  bool benchmark_verified = false;
  bool paid_route_eligible = false;
  std::string_view queue_health;
  std::optional<PublicObservedBenchmark> observed_benchmark;
};
// A node; also an element of the list of nodes.
struct PublicNodeCard {
  std::string node_id;
  std::string public_key_ed25519;
  std::string_view liveness;
  std::string_view status;  // of its last heartbeat; "unknown"
  bool suspended = false;
  std::string last_heartbeat_at;  // "" and null: never
  std::optional<bool> public_inference_enabled;
  std::vector<PublicModelProfile> models;
};
// A model whose name is not public (public_model_name.h) is left out, whoever let it in.
PublicNodeCard public_node_card(const NodeFacts& facts, std::int64_t now_ms);
void write_json(json::Writer& writer, const PublicNodeCard& card);

struct PublicModel {
  std::string model_id;
  std::int64_t nodes_installed = 0;
  std::int64_t nodes_online = 0;
  std::int64_t nodes_route_ready = 0;
  std::string_view best_route_tier;
};
// nullopt for a name that is not public.
std::optional<PublicModel> public_model(const OfferedModelFacts& facts);
void write_json(json::Writer& writer, const PublicModel& model);

// A node's signed binding, as anybody may check it.
struct PublicTransportKey {
  std::string node_id;
  std::string signed_binding;  // canonical JSON of b3iq-transport-key-v1 with its signature
};
PublicTransportKey public_transport_key(const SignedTransportKeyBinding& binding);
void write_json(json::Writer& writer, const PublicTransportKey& key);

struct PublicBlocker {
  std::string_view code;
  std::string_view gate;
  std::string_view message;
  std::string_view next_action;
};
struct PublicReadiness {
  std::string node_id;
  std::string model_id;
  bool ready = false;
  std::string checked_at;
  std::vector<PublicBlocker> blockers;  // every one, in gate order
};
// `model_id` as asked for, is_public_model_name().
PublicReadiness public_readiness(const NodeId& node_id, std::string_view model_id,
                                 const ReadinessFacts& facts);
void write_json(json::Writer& writer, const PublicReadiness& readiness);

}  // namespace b3iq::protocol

#include "protocol/public_network_view.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "protocol/document_writer.h"
#include "protocol/public_model_name.h"
#include "protocol/wire_names.h"

namespace b3iq::protocol {
namespace {

constexpr std::array<std::string_view, 3> kLivenessNames = {"online", "stale", "offline"};

PublicObservedBenchmark public_benchmark(const ObservedBenchmark& facts, std::int64_t now_ms) {
  PublicObservedBenchmark view;
  view.observed_at = base::format_rfc3339(facts.observed_at_ms);
  view.fresh =
      facts.observed_at_ms <= now_ms && now_ms - facts.observed_at_ms < kObservedBenchmarkLifeMs;
  view.first_token_ms = facts.first_token_ms;
  view.decode_millitokens_per_second = facts.decode_millitokens_per_second;
  return view;
}

PublicModelProfile public_profile(const ModelFacts& facts, std::int64_t now_ms) {
  const ModelProfile& profile = facts.profile;
  PublicModelProfile view;
  view.model_id = profile.model_id;
  view.status = wire_name(profile.status);
  view.runtime_kind = valid_runtime_kind(profile.runtime_kind) ? profile.runtime_kind : "unknown";
  view.route_tier = wire_name(profile.route_tier);
  view.network_eligible = profile.network_eligible;
  view.benchmark_verified = profile.benchmark_verified;
  view.paid_route_eligible = profile.paid_route_eligible;
  view.queue_health = wire_name(profile.queue_health);
  if (facts.observed) view.observed_benchmark = public_benchmark(*facts.observed, now_ms);
  return view;
}

void write_profile(json::Writer& w, const PublicModelProfile& profile) {
  w.begin_object();
  w.member("model_id", profile.model_id);
  w.member("status", profile.status);
  w.member("runtime_kind", profile.runtime_kind);
  w.member("route_tier", profile.route_tier);
  w.member("network_eligible", profile.network_eligible);
  w.member("benchmark_verified", profile.benchmark_verified);
  w.member("paid_route_eligible", profile.paid_route_eligible);
  w.member("queue_health", profile.queue_health);
  w.key("observed_benchmark");
  if (const auto& observed = profile.observed_benchmark) {
    w.begin_object();
    w.member("observed_at", observed->observed_at);
    w.member("fresh", observed->fresh);
    w.member("first_token_ms", observed->first_token_ms);
    w.member("decode_millitokens_per_second", observed->decode_millitokens_per_second);
    w.end_object();
  } else {
    w.null();
  }
  w.end_object();
}

}  // namespace

std::string_view wire_name(Liveness liveness) { return name_of_value(kLivenessNames, liveness); }

Liveness liveness_of(std::optional<std::int64_t> heartbeat_expires_at_ms, std::int64_t now_ms) {
  if (!heartbeat_expires_at_ms) return Liveness::offline;
  if (now_ms < *heartbeat_expires_at_ms) return Liveness::online;
  return now_ms - *heartbeat_expires_at_ms < kOfflineAfterMs ? Liveness::stale : Liveness::offline;
}

PublicNetworkSummary public_network_summary(const NetworkFacts& facts) {
  PublicNetworkSummary view;
  view.control_plane_id = facts.control_plane_id.text();
  view.nodes_enrolled = facts.nodes_enrolled;
  view.nodes_online = facts.nodes_online;
  view.models_offered = facts.models_offered;
  view.generated_at = base::format_rfc3339(facts.now_ms);
  return view;
}

void write_json(json::Writer& w, const PublicNetworkSummary& summary) {
  w.begin_object();
  w.member("control_plane_id", summary.control_plane_id);
  w.member("nodes_enrolled", summary.nodes_enrolled);
  w.member("nodes_online", summary.nodes_online);
  w.member("models_offered", summary.models_offered);
  w.member("generated_at", summary.generated_at);
  w.end_object();
}

PublicNodeCard public_node_card(const NodeFacts& facts, std::int64_t now_ms) {
  PublicNodeCard view;
  view.node_id = facts.node_id.text();
  view.public_key_ed25519 = base::to_base64url(facts.public_key.bytes);
  view.liveness = wire_name(liveness_of(facts.heartbeat_expires_at_ms, now_ms));
  view.status = facts.status ? wire_name(*facts.status) : std::string_view("unknown");
  view.suspended = facts.suspended;
  if (facts.heartbeat_at_ms) view.last_heartbeat_at = base::format_rfc3339(*facts.heartbeat_at_ms);
  view.public_inference_enabled = facts.public_inference_enabled;
  for (const ModelFacts& model : facts.models) {
    if (is_public_model_name(model.profile.model_id))
      view.models.push_back(public_profile(model, now_ms));
  }
  return view;
}

void write_json(json::Writer& w, const PublicNodeCard& card) {
  w.begin_object();
  w.member("node_id", card.node_id);
  w.member("public_key_ed25519", card.public_key_ed25519);
  w.member("liveness", card.liveness);
  w.member("status", card.status);
  w.member("suspended", card.suspended);
  w.key("last_heartbeat_at");
  card.last_heartbeat_at.empty() ? w.null() : w.value(card.last_heartbeat_at);
  write_nullable(w, "public_inference_enabled", card.public_inference_enabled);
  w.key("models");
  w.begin_array();
  for (const PublicModelProfile& profile : card.models) write_profile(w, profile);
  w.end_array();
  w.end_object();
}

std::optional<PublicModel> public_model(const OfferedModelFacts& facts) {
  if (!is_public_model_name(facts.model_id)) return std::nullopt;
  PublicModel view;
  view.model_id = facts.model_id;
  view.nodes_installed = facts.nodes_installed;
  view.nodes_online = facts.nodes_online;
  view.nodes_route_ready = facts.nodes_route_ready;
  view.best_route_tier = wire_name(facts.best_route_tier);
  return view;
}

void write_json(json::Writer& w, const PublicModel& model) {
  w.begin_object();
  w.member("model_id", model.model_id);
  w.member("nodes_installed", model.nodes_installed);
  w.member("nodes_online", model.nodes_online);
  w.member("nodes_route_ready", model.nodes_route_ready);
  w.member("best_route_tier", model.best_route_tier);
  w.end_object();
}

PublicTransportKey public_transport_key(const SignedTransportKeyBinding& binding) {
  PublicTransportKey view;
  view.node_id = binding.binding.node_id.text();
  view.signed_binding = encode_transport_key_binding(binding);
  return view;
}

void write_json(json::Writer& w, const PublicTransportKey& key) {
  w.begin_object();
  w.member("node_id", key.node_id);
  w.key("transport_key");
  w.raw(key.signed_binding);
  w.end_object();
}

PublicReadiness public_readiness(const NodeId& node_id, std::string_view model_id,
                                 const ReadinessFacts& facts) {
  PublicReadiness view;
  view.node_id = node_id.text();
  view.model_id = is_public_model_name(model_id) ? std::string(model_id) : std::string();
  view.checked_at = base::format_rfc3339(facts.now_ms);
  for (const ReadinessBlocker blocker : blockers_of(facts, nullptr)) {
    const BlockerInfo& info = blocker_info(blocker);
    view.blockers.push_back({info.code, wire_name(info.gate), info.message, info.next_action});
  }
  view.ready = view.blockers.empty();
  return view;
}

void write_json(json::Writer& w, const PublicReadiness& readiness) {
  w.begin_object();
  w.member("node_id", readiness.node_id);
  w.member("model_id", readiness.model_id);
  w.member("ready", readiness.ready);
  w.member("checked_at", readiness.checked_at);
  w.key("blockers");
  w.begin_array();
  for (const PublicBlocker& blocker : readiness.blockers) {
    w.begin_object();
    w.member("code", blocker.code);
    w.member("gate", blocker.gate);
    w.member("message", blocker.message);
    w.member("next_action", blocker.next_action);
    w.end_object();
  }
  w.end_array();
  w.end_object();
}

}  // namespace b3iq::protocol

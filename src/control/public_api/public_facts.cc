#include "control/public_api/public_facts.h"

#include <algorithm>

#include "control/nodes/node_service.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/inventory.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using protocol::NodeFacts;
using protocol::NodeId;
using protocol::NodeReadiness;
using protocol::ReadinessFacts;

namespace {

Error no_node() {
  return Error(ErrorCode::not_found,
               "No such node is enrolled here. GET /v1/public/nodes lists those that are.");
}

std::optional<std::int64_t> time_or_none(std::int64_t at_ms) {
  return at_ms == 0 ? std::nullopt : std::optional(at_ms);
}

// What the node said last; nothing while it has said nothing, or what is kept cannot be read.
std::optional<NodeReadiness> readiness_of(const NodeOutline& node) {
  if (node.readiness.empty()) return std::nullopt;
  auto readiness = protocol::read_readiness(node.readiness);
  if (!readiness.ok()) return std::nullopt;
  return std::move(readiness).value();
}

NodeFacts facts_of(const NodeOutline& node) {
  NodeFacts facts;
  facts.node_id = node.node_id;
  facts.public_key = node.public_key;
  facts.suspended = node.standing == NodeStanding::suspended;
  facts.heartbeat_at_ms = time_or_none(node.last_seen_ms);
  facts.heartbeat_expires_at_ms = heartbeat_expires_at(node.last_seen_ms, node.lease_ms);
  facts.status = protocol::node_status_from_name(node.status);
  if (auto readiness = readiness_of(node)) {
    facts.public_inference_enabled = readiness->public_inference_enabled;
    // The control plane observes no benchmark yet.
    for (auto& profile : readiness->models)
      facts.models.push_back({std::move(profile), std::nullopt});
  }
  return facts;
}

}  // namespace

Task<Result<protocol::NetworkFacts>> PublicFacts::network() {
  CO_TRY(const auto counts, co_await nodes_.counts());
  protocol::NetworkFacts facts;
  facts.now_ms = clock_.wall_ms();
  facts.control_plane_id = id_;
  facts.nodes_enrolled = counts.enrolled;
  facts.nodes_online = counts.online;
  CO_TRY(facts.models_offered, co_await nodes_.models_offered());
  co_return facts;
}

Task<Result<NodeFactsPage>> PublicFacts::nodes(std::string after_id, std::int64_t limit) {
  CO_TRY(auto page, co_await nodes_.outlines(std::move(after_id), limit));
  NodeFactsPage facts;
  facts.next_after_id = std::move(page.next_after_id);
  facts.nodes.reserve(page.nodes.size());
  for (const auto& node : page.nodes) facts.nodes.push_back(facts_of(node));
  co_return facts;
}

Task<Result<NodeFacts>> PublicFacts::node(NodeId id) {
  const auto node = co_await nodes_.outline(std::move(id));
  if (!node.ok() && node.error().code == ErrorCode::not_found) co_return no_node();
  if (!node.ok()) co_return node.error();
  co_return facts_of(*node);
}

Task<Result<OfferedModelPage>> PublicFacts::models(std::string after_id, std::int64_t limit) {
  CO_TRY(const auto counts, co_await nodes_.models(std::move(after_id), limit));
  OfferedModelPage page;
  for (const auto& count : counts) {
    protocol::OfferedModelFacts facts;
    facts.model_id = count.model_id;
    facts.nodes_installed = count.nodes;
    facts.nodes_online = count.nodes_online;
    // No node has a route before routes are built, so none is ready and no tier is offered.
    page.models.push_back(std::move(facts));
  }
  if (std::ssize(counts) == limit) page.next_after_id = counts.back().model_id;
  co_return page;
}

Task<Result<protocol::SignedTransportKeyBinding>> PublicFacts::transport_key(NodeId id) {
  auto node = co_await nodes_.get(std::move(id));
  if (!node.ok() && node.error().code == ErrorCode::not_found) co_return no_node();
  if (!node.ok()) co_return std::move(node).error();
  if (node->summary.standing == NodeStanding::removed) co_return no_node();
  const auto now = clock_.wall_ms();
  for (const auto& key : node->transport_keys) {
    if (now < key.not_before_ms || now >= key.not_after_ms) continue;
    CO_TRY(const auto document, json::Document::parse(key.document));
    co_return protocol::decode_transport_key_binding(document.root());
  }
  co_return Error(ErrorCode::not_found,
                  "The node has no transport key that is valid now. It renews its key by itself "
                  "when it is next connected.");
}

Task<Result<ReadinessFacts>> PublicFacts::readiness(NodeId id, std::string_view model_id) {
  const std::string model(model_id);
  ReadinessFacts facts;
  facts.now_ms = clock_.wall_ms();
  // Gates that are not built: there is no route to any node, and no registry.
  facts.route_exists = false;
  facts.registered = false;
  const auto node = co_await nodes_.outline(std::move(id));
  if (!node.ok() && node.error().code != ErrorCode::not_found) co_return node.error();
  facts.enrolled = node.ok();
  if (!node.ok()) co_return facts;
  facts.suspended = node->standing == NodeStanding::suspended;
  facts.heartbeat_expires_at_ms = heartbeat_expires_at(node->last_seen_ms, node->lease_ms);
  if (const auto readiness = readiness_of(*node)) {
    facts.public_inference_enabled = readiness->public_inference_enabled;
    const auto profile =
        std::ranges::find(readiness->models, model, &protocol::ModelProfile::model_id);
    if (profile != readiness->models.end()) protocol::take_model(facts, *profile);
  }
  co_return facts;
}

}  // namespace b3iq::control

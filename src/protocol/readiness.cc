#include "protocol/readiness.h"

#include <array>

#include "protocol/wire_names.h"

namespace b3iq::protocol {
namespace {

using Blocker = ReadinessBlocker;
using Gate = ReadinessGate;

constexpr std::array<std::string_view, kReadinessGates> kGateNames = {"node", "route", "protocol",
                                                                      "model", "customer"};

// In the order of the enum.
constexpr std::array<BlockerInfo, kReadinessBlockers> kBlockers = {{
    {"not_enrolled", Gate::node, "The node is not enrolled.",
     "Enroll the node: b3iq-host enroll, or the wizard's page Network."},
    {"heartbeat_stale", Gate::node, "The node's last heartbeat is missing or too old.",
     "Bring the host online and let it send a fresh heartbeat."},
    {"node_suspended", Gate::node, "The node is suspended.",
     "Ask the operator of the control plane why, and to lift it."},
    {"route_missing", Gate::route, "The node has no public route.",
     "Set up the node's route at its control plane."},
    {"route_unhealthy", Gate::route, "The node's public route is not healthy.",
     "Run a route health check and mend what it names."},
    {"public_inference_disabled", Gate::route,
     "The node's owner has not allowed calls from the network.",
     "Allow public inference in the node's settings."},
    {"protocol_unregistered", Gate::protocol, "The node is not registered in the protocol.",
     "Register the node, after its operator has approved it."},
    {"protocol_inactive", Gate::protocol, "The node's registration is not active.",
     "Activate the registration."},
    {"protocol_stake_unsatisfied", Gate::protocol, "The node's stake is missing or too small.",
     "Bring the stake to what the protocol asks for."},
    {"runtime_unreachable", Gate::model, "The model's runtime is not ready or cannot be reached.",
     "Start or configure the runtime, then probe it again."},
    {"model_not_installed", Gate::model, "The model is not installed on the node.",
     "Install the approved profile, then send a fresh heartbeat."},
    {"model_not_network_eligible", Gate::model,
     "The owner does not offer the model to the network.",
     "Make the model network-eligible on the node."},
    {"route_tier_blocked", Gate::model, "The model's route tier may not be paid for.",
     "Use or configure an approved route tier."},
    {"model_benchmark_unverified", Gate::model, "The node itself has no benchmark of the model.",
     "Run a benchmark smoke on the node."},
    {"observed_benchmark_missing", Gate::model,
     "The control plane has not observed a benchmark of the model.",
     "Run a benchmark through the route."},
    {"observed_benchmark_stale", Gate::model, "The observed benchmark is older than a day.",
     "Run a benchmark through the route again."},
    {"paid_route_disabled", Gate::model, "The owner has not allowed paid calls of the model.",
     "Make the model eligible for paid routes on the node."},
    {"queue_blocked", Gate::model, "The model's queue is blocked, unhealthy or not known.",
     "Clear what holds the queue up, then send a fresh heartbeat."},
    {"customer_policy_denied", Gate::customer,
     "The caller's policy does not allow this model, price or route.",
     "Change the policy, or send a request that it allows."},
    {"insufficient_balance", Gate::customer, "The caller's balance cannot cover the call.",
     "Add credit to the account."},
    {"gateway_spend_cap_exceeded", Gate::customer, "The caller's spend cap is reached.",
     "Raise the cap, or wait until its window has moved on."},
}};

constexpr bool in_gate_order() {
  for (std::size_t i = 1; i < kBlockers.size(); ++i) {
    if (kBlockers[i].gate < kBlockers[i - 1].gate) return false;
  }
  return true;
}
static_assert(in_gate_order());

// Collects in the order of the calls.
class Verdict {
 public:
  // Blocks unless it is known that `evidence` is `good`.
  void need(const std::optional<bool>& evidence, Blocker blocker, bool good = true) {
    add_unless(evidence == good, blocker);
  }
  void add_unless(bool passes, Blocker blocker) {
    if (!passes) blockers_.push_back(blocker);
  }
  std::vector<Blocker> take() { return std::move(blockers_); }

 private:
  std::vector<Blocker> blockers_;
};

void judge_observed_benchmark(const ReadinessFacts& facts, Verdict& verdict) {
  const auto& at = facts.observed_benchmark_at_ms;
  verdict.add_unless(at.has_value(), Blocker::observed_benchmark_missing);
  // One from the future is no evidence of today.
  const bool fresh = !at || (*at <= facts.now_ms && facts.now_ms - *at < kObservedBenchmarkLifeMs);
  verdict.add_unless(fresh, Blocker::observed_benchmark_stale);
}

void judge_model(const ReadinessFacts& facts, Verdict& verdict) {
  verdict.need(facts.runtime_reachable, Blocker::runtime_unreachable);
  verdict.add_unless(facts.model_status == ModelStatus::installed, Blocker::model_not_installed);
  verdict.need(facts.network_eligible, Blocker::model_not_network_eligible);
  verdict.add_unless(facts.route_tier && tier_is_payable(*facts.route_tier),
                     Blocker::route_tier_blocked);
  verdict.need(facts.benchmark_verified, Blocker::model_benchmark_unverified);
  judge_observed_benchmark(facts, verdict);
  verdict.need(facts.paid_route_eligible, Blocker::paid_route_disabled);
  const bool queue_serves =
      facts.queue_health == QueueHealth::healthy || facts.queue_health == QueueHealth::busy;
  verdict.add_unless(queue_serves, Blocker::queue_blocked);
}

}  // namespace

const BlockerInfo& blocker_info(ReadinessBlocker blocker) {
  return kBlockers[static_cast<std::size_t>(blocker)];
}

std::string_view wire_name(ReadinessGate gate) { return name_of_value(kGateNames, gate); }

bool tier_is_payable(RouteTier tier) {
  switch (tier) {
    case RouteTier::unknown:
    case RouteTier::local_convenience:
      return false;
    case RouteTier::portable_local:
    case RouteTier::network_beta:
    case RouteTier::datacenter_optimized:
    case RouteTier::fleet_orchestrated:
      return true;
  }
  return false;
}

void take_model(ReadinessFacts& facts, const ModelProfile& model) {
  facts.runtime_reachable = model.status != ModelStatus::runtime_missing;
  facts.model_status = model.status;
  facts.network_eligible = model.network_eligible;
  facts.route_tier = model.route_tier;
  facts.benchmark_verified = model.benchmark_verified;
  facts.paid_route_eligible = model.paid_route_eligible;
  facts.queue_health = model.queue_health;
}

std::vector<ReadinessBlocker> blockers_of(const ReadinessFacts& facts,
                                          const CustomerFacts* customer) {
  Verdict verdict;
  verdict.need(facts.enrolled, Blocker::not_enrolled);
  verdict.add_unless(facts.heartbeat_expires_at_ms && facts.now_ms < *facts.heartbeat_expires_at_ms,
                     Blocker::heartbeat_stale);
  verdict.need(facts.suspended, Blocker::node_suspended, false);
  verdict.need(facts.route_exists, Blocker::route_missing);
  verdict.need(facts.route_healthy, Blocker::route_unhealthy);
  verdict.need(facts.public_inference_enabled, Blocker::public_inference_disabled);
  verdict.need(facts.registered, Blocker::protocol_unregistered);
  verdict.need(facts.active, Blocker::protocol_inactive);
  verdict.need(facts.stake_satisfied, Blocker::protocol_stake_unsatisfied);
  judge_model(facts, verdict);
  if (customer != nullptr) {
    verdict.need(customer->policy_allows, Blocker::customer_policy_denied);
    verdict.need(customer->balance_covers, Blocker::insufficient_balance);
    verdict.need(customer->below_spend_cap, Blocker::gateway_spend_cap_exceeded);
  }
  return verdict.take();
}

}  // namespace b3iq::protocol

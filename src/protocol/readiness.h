// Why a node does not get routed work: every blocker there is, in gate order (PROTOCOL section 8;
// docs/protocol/readiness.md). Missing or unknown evidence is a blocker. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/messages/reported_model.h"

namespace b3iq::protocol {

enum class ReadinessGate : std::uint8_t { node, route, protocol, model, customer };
inline constexpr std::size_t kReadinessGates = 5;

// In gate order; a verdict lists them in this order.
enum class ReadinessBlocker : std::uint8_t {
  not_enrolled,
  heartbeat_stale,
  node_suspended,
  route_missing,
  route_unhealthy,
  public_inference_disabled,
  protocol_unregistered,
  protocol_inactive,
  protocol_stake_unsatisfied,
  runtime_unreachable,
  model_not_installed,
  model_not_network_eligible,
  route_tier_blocked,
  model_benchmark_unverified,
  observed_benchmark_missing,
  observed_benchmark_stale,
  paid_route_disabled,
  queue_blocked,
  customer_policy_denied,
  insufficient_balance,
  gateway_spend_cap_exceeded
};
inline constexpr std::size_t kReadinessBlockers = 21;

struct BlockerInfo {
  std::string_view code;  // wire name
  ReadinessGate gate;
  std::string_view message;      // public-safe, for people
  std::string_view next_action;  // for the node's operator
};
const BlockerInfo& blocker_info(ReadinessBlocker blocker);
std::string_view wire_name(ReadinessGate gate);

// The observed benchmark counts for so long.
inline constexpr std::int64_t kObservedBenchmarkLifeMs = std::int64_t{24} * 3'600'000;

// All evidence; nullopt is "not known", which blocks.
struct ReadinessFacts {
  std::int64_t now_ms = 0;
  // Node.
  std::optional<bool> enrolled;
  std::optional<bool> suspended;
  std::optional<std::int64_t> heartbeat_expires_at_ms;  // of the lease; fresh until then
  // Route.
  std::optional<bool> route_exists;
  std::optional<bool> route_healthy;
  std::optional<bool> public_inference_enabled;
  // Protocol.
  std::optional<bool> registered;
  std::optional<bool> active;
  std::optional<bool> stake_satisfied;
  // Model, of the node's last readiness.
  std::optional<bool> runtime_reachable;  // observed; beats what the node says
  std::optional<ModelStatus> model_status;
  std::optional<bool> network_eligible;
  std::optional<RouteTier> route_tier;
  std::optional<bool> benchmark_verified;
  std::optional<std::int64_t> observed_benchmark_at_ms;
  std::optional<bool> paid_route_eligible;
  std::optional<QueueHealth> queue_health;
};
// What a node says of one of its models, taken as evidence.
void take_model(ReadinessFacts& facts, const ModelProfile& model);
// The customer gate is asked only about a caller.
struct CustomerFacts {
  std::optional<bool> policy_allows;
  std::optional<bool> balance_covers;
  std::optional<bool> below_spend_cap;
};

// Whether the tier may be paid for at all: portable_local, network_beta, datacenter_optimized,
// fleet_orchestrated.
bool tier_is_payable(RouteTier tier);

// Every blocker, in order; empty: ready. `customer` null: no caller, the gate is left out.
std::vector<ReadinessBlocker> blockers_of(const ReadinessFacts& facts,
                                          const CustomerFacts* customer);

}  // namespace b3iq::protocol

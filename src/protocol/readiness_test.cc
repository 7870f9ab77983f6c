#include "protocol/readiness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

namespace b3iq::protocol {
namespace {

using Blocker = ReadinessBlocker;

constexpr std::int64_t kNow = 1'795'253'400'123;

ReadinessFacts ready_facts() {
  ReadinessFacts facts;
  facts.now_ms = kNow;
  facts.enrolled = true;
  facts.suspended = false;
  facts.heartbeat_expires_at_ms = kNow + 1;
  facts.route_exists = facts.route_healthy = facts.public_inference_enabled = true;
  facts.registered = facts.active = facts.stake_satisfied = true;
  facts.runtime_reachable = true;
  facts.model_status = ModelStatus::installed;
  facts.network_eligible = true;
  facts.route_tier = RouteTier::network_beta;
  facts.benchmark_verified = true;
  facts.observed_benchmark_at_ms = kNow - 1000;
  facts.paid_route_eligible = true;
  facts.queue_health = QueueHealth::healthy;
  return facts;
}
const CustomerFacts kReadyCustomer{true, true, true};

TEST(Readiness, AllEvidenceLeavesNoBlocker) {
  EXPECT_TRUE(blockers_of(ready_facts(), nullptr).empty());
  EXPECT_TRUE(blockers_of(ready_facts(), &kReadyCustomer).empty());
}

TEST(Readiness, NoEvidenceIsEveryBlockerInGateOrder) {
  const CustomerFacts nothing;
  const auto all = blockers_of({}, &nothing);
  // All but observed_benchmark_stale, which a missing one cannot be as well.
  ASSERT_EQ(all.size(), kReadinessBlockers - 1);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(std::count(all.begin(), all.end(), Blocker::observed_benchmark_stale), 0);
  EXPECT_EQ(blockers_of({}, nullptr).size(), kReadinessBlockers - 4);
}

TEST(Readiness, EachEvidenceAloneBlocksWithItsOwnCode) {
  using Change = std::function<void(ReadinessFacts&)>;
  const std::vector<std::pair<Blocker, Change>> changes = {
      {Blocker::not_enrolled, [](auto& f) { f.enrolled = false; }},
      {Blocker::not_enrolled, [](auto& f) { f.enrolled.reset(); }},
      {Blocker::heartbeat_stale, [](auto& f) { f.heartbeat_expires_at_ms = kNow; }},
      {Blocker::heartbeat_stale, [](auto& f) { f.heartbeat_expires_at_ms.reset(); }},
      {Blocker::node_suspended, [](auto& f) { f.suspended = true; }},
      {Blocker::node_suspended, [](auto& f) { f.suspended.reset(); }},
      {Blocker::route_missing, [](auto& f) { f.route_exists = false; }},
      {Blocker::route_unhealthy, [](auto& f) { f.route_healthy.reset(); }},
      {Blocker::public_inference_disabled, [](auto& f) { f.public_inference_enabled = false; }},
      {Blocker::protocol_unregistered, [](auto& f) { f.registered.reset(); }},
      {Blocker::protocol_inactive, [](auto& f) { f.active = false; }},
      {Blocker::protocol_stake_unsatisfied, [](auto& f) { f.stake_satisfied = false; }},
      {Blocker::runtime_unreachable, [](auto& f) { f.runtime_reachable = false; }},
      {Blocker::model_not_installed,
       [](auto& f) { f.model_status = ModelStatus::ready_to_install; }},
      {Blocker::model_not_installed, [](auto& f) { f.model_status.reset(); }},
      {Blocker::model_not_network_eligible, [](auto& f) { f.network_eligible = false; }},
      {Blocker::route_tier_blocked, [](auto& f) { f.route_tier = RouteTier::local_convenience; }},
      {Blocker::route_tier_blocked, [](auto& f) { f.route_tier = RouteTier::unknown; }},
      {Blocker::route_tier_blocked, [](auto& f) { f.route_tier.reset(); }},
      {Blocker::model_benchmark_unverified, [](auto& f) { f.benchmark_verified = false; }},
      {Blocker::observed_benchmark_missing, [](auto& f) { f.observed_benchmark_at_ms.reset(); }},
      {Blocker::observed_benchmark_stale,
       [](auto& f) { f.observed_benchmark_at_ms = kNow - kObservedBenchmarkLifeMs; }},
      {Blocker::observed_benchmark_stale, [](auto& f) { f.observed_benchmark_at_ms = kNow + 1; }},
      {Blocker::paid_route_disabled, [](auto& f) { f.paid_route_eligible = false; }},
      {Blocker::queue_blocked, [](auto& f) { f.queue_health = QueueHealth::blocked; }},
      {Blocker::queue_blocked, [](auto& f) { f.queue_health = QueueHealth::unhealthy; }},
      {Blocker::queue_blocked, [](auto& f) { f.queue_health = QueueHealth::unknown; }},
      {Blocker::queue_blocked, [](auto& f) { f.queue_health.reset(); }}};
  std::set<Blocker> seen;
  for (const auto& [blocker, change] : changes) {
    SCOPED_TRACE(blocker_info(blocker).code);
    ReadinessFacts facts = ready_facts();
    change(facts);
    EXPECT_EQ(blockers_of(facts, &kReadyCustomer), std::vector{blocker});
    seen.insert(blocker);
  }
  EXPECT_EQ(seen.size(), kReadinessBlockers - 3);
  CustomerFacts poor = kReadyCustomer;
  poor.balance_covers = false;
  EXPECT_EQ(blockers_of(ready_facts(), &poor), std::vector{Blocker::insufficient_balance});
  poor = kReadyCustomer;
  poor.policy_allows.reset();
  EXPECT_EQ(blockers_of(ready_facts(), &poor), std::vector{Blocker::customer_policy_denied});
  poor = kReadyCustomer;
  poor.below_spend_cap = false;
  EXPECT_EQ(blockers_of(ready_facts(), &poor), std::vector{Blocker::gateway_spend_cap_exceeded});
}

// CASES G9 #114: what is observed beats what the node says.
TEST(Readiness, G9_114_AReadyHeartbeatDoesNotHideAnUnreachableRuntime) {
  ReadinessFacts facts = ready_facts();
  facts.runtime_reachable = false;
  EXPECT_EQ(blockers_of(facts, nullptr), std::vector{Blocker::runtime_unreachable});
}

TEST(Readiness, EveryBlockerHasItsCodeMessageAndAction) {
  const std::vector<std::string_view> codes = {"not_enrolled",
                                               "heartbeat_stale",
                                               "node_suspended",
                                               "route_missing",
                                               "route_unhealthy",
                                               "public_inference_disabled",
                                               "protocol_unregistered",
                                               "protocol_inactive",
                                               "protocol_stake_unsatisfied",
                                               "runtime_unreachable",
                                               "model_not_installed",
                                               "model_not_network_eligible",
                                               "route_tier_blocked",
                                               "model_benchmark_unverified",
                                               "observed_benchmark_missing",
                                               "observed_benchmark_stale",
                                               "paid_route_disabled",
                                               "queue_blocked",
                                               "customer_policy_denied",
                                               "insufficient_balance",
                                               "gateway_spend_cap_exceeded"};
  ASSERT_EQ(codes.size(), kReadinessBlockers);
  std::set<std::string_view> texts;
  for (std::size_t i = 0; i < kReadinessBlockers; ++i) {
    const BlockerInfo& info = blocker_info(static_cast<Blocker>(i));
    EXPECT_EQ(info.code, codes[i]);
    EXPECT_TRUE(texts.insert(info.message).second);
    EXPECT_TRUE(texts.insert(info.next_action).second);
    EXPECT_TRUE(info.message.ends_with('.') && info.next_action.ends_with('.'));
  }
  EXPECT_EQ(wire_name(blocker_info(Blocker::route_missing).gate), "route");
  EXPECT_EQ(wire_name(blocker_info(Blocker::insufficient_balance).gate), "customer");
}

TEST(Readiness, TiersThatMayBePaidFor) {
  EXPECT_FALSE(tier_is_payable(RouteTier::unknown));
  EXPECT_FALSE(tier_is_payable(RouteTier::local_convenience));
  EXPECT_TRUE(tier_is_payable(RouteTier::portable_local));
  EXPECT_TRUE(tier_is_payable(RouteTier::fleet_orchestrated));
}

}  // namespace
}  // namespace b3iq::protocol

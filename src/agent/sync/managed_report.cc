#include "agent/sync/managed_report.h"

namespace b3iq::agent {

using protocol::ReadinessBlocker;
using protocol::ReadinessGate;

namespace {

// What this version cannot have counts as missing: a route and a registration. What only the
// control plane can measure stays unknown, which blocks as well.
protocol::ReadinessFacts node_facts(const ManagedReport& report,
                                    const protocol::NodeReadiness& readiness) {
  protocol::ReadinessFacts facts;
  const auto state = report.link.state;
  facts.enrolled = report.record.has_value() && state != LinkState::removed;
  facts.suspended = state == LinkState::suspended;
  facts.heartbeat_expires_at_ms = report.serves && state == LinkState::connected ? 1 : 0;
  facts.route_exists = false;
  facts.registered = false;
  facts.public_inference_enabled = readiness.public_inference_enabled;
  return facts;
}

std::vector<ReadinessBlocker> of_gate(const protocol::ReadinessFacts& facts, bool models) {
  std::vector<ReadinessBlocker> out;
  for (const auto blocker : protocol::blockers_of(facts, nullptr))
    if ((protocol::blocker_info(blocker).gate == ReadinessGate::model) == models)
      out.push_back(blocker);
  return out;
}

}  // namespace

void judge_readiness(ManagedReport& report, const protocol::NodeReadiness& readiness) {
  const auto facts = node_facts(report, readiness);
  report.blockers = of_gate(facts, false);
  report.models.clear();
  for (const auto& model : readiness.models) {
    auto with_model = facts;
    protocol::take_model(with_model, model);
    report.models.push_back({model.model_id, of_gate(with_model, true)});
  }
}

}  // namespace b3iq::agent

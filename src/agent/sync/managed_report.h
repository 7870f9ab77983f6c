// How the node stands to its control plane, for people and pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/sync/command_loop.h"
#include "agent/sync/enrollment_record.h"
#include "agent/sync/heartbeat_loop.h"
#include "protocol/readiness.h"

namespace b3iq::agent {

struct ModelBlockers {
  std::string model_id;
  std::vector<protocol::ReadinessBlocker> blockers;  // of the model's gate
};

struct ManagedReport {
  std::optional<EnrollmentRecord> record;  // nothing: not enrolled
  bool serves = false;                     // else nothing of `link` and `running` is known
  LinkReport link;
  std::int64_t clock_offset_ms = 0;
  std::int64_t key_bound_until_ms = 0;           // of the transport key's binding; 0: not known
  std::optional<base::Error> key_binding_error;  // why it was not renewed when it was due
  std::vector<std::string> allowed;              // command kinds
  std::vector<CommandLoop::Running> running;
  std::size_t pending = 0;                           // commands and results that are not delivered
  std::vector<protocol::ReadinessBlocker> blockers;  // of the gates before the models'
  std::vector<ModelBlockers> models;
};

// Why no routed work comes, as far as the node itself can know. Pure.
void judge_readiness(ManagedReport& report, const protocol::NodeReadiness& readiness);

}  // namespace b3iq::agent

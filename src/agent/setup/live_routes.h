// What the node does now and what it offers, for the owner.
//   GET    /setup/v1/live          the calls that run
//   DELETE /setup/v1/live/{call}   stops one of them
//   GET    /setup/v1/models        every model name: runtimes, context, size, capabilities
#pragma once

#include "agent/audit/audit_log.h"
#include "agent/auth/local_auth.h"
#include "agent/local_api/live_calls.h"
#include "agent/models/model_registry.h"
#include "base/clock.h"
#include "http/router.h"

namespace b3iq::agent {

struct LiveRoutes {
  UserLevels& levels;
  LiveCalls& calls;
  const ModelRegistry& models;
  const base::Clock& clock;
  AuditLog& audit;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

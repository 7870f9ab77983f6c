// The runtimes, for the owner and the operators.
//   GET    /setup/v1/runtimes             state, version, load, queue, breaker, where each comes
//   from POST   /setup/v1/runtimes             adds a server: in config.json and at work at once
//   POST   /setup/v1/runtimes/test        asks a server what it is; nothing is kept
//   DELETE /setup/v1/runtimes/{runtime}   takes it away again
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/models/model_registry.h"
#include "agent/models/runtime_references.h"
#include "agent/routing/dispatcher.h"
#include "agent/runtimes/runtime_service.h"
#include "agent/runtimes/runtime_trial.h"
#include "http/router.h"

namespace b3iq::agent {

struct RuntimeRoutes {
  UserLevels& levels;
  RuntimeService& runtimes;
  RuntimeTrials& trials;
  ModelRegistry& models;
  RuntimeReferences& references;
  const Dispatcher& dispatcher;
  const std::uint16_t& own_port;
  const AuditLog& audit;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

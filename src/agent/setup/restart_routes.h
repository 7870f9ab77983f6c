// POST /setup/v1/restart: running calls end as with SIGTERM, then the node starts again.
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/upkeep/node_control.h"
#include "agent/upkeep/settings_service.h"
#include "http/router.h"

namespace b3iq::agent {

// 202 {"restarting": true, "drain_ms": …}.
http::Response restarting_answer(std::int64_t drain_ms);

struct RestartRoutes {
  UserLevels& levels;
  SettingsService& settings;
  NodeControl& control;
  AuditLog& audit;
  std::int64_t drain_ms;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

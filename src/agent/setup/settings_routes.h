// The settings, for the owner.
//   GET  /setup/v1/settings   every one: value, default, source, bounds
//   POST /setup/v1/settings   changes of config.json, all or nothing
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/upkeep/settings_service.h"
#include "http/router.h"

namespace b3iq::agent {

struct SettingsRoutes {
  UserLevels& levels;
  SettingsService& settings;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

#include "agent/upkeep/upkeep.h"

#include "agent/setup/backup_routes.h"
#include "agent/setup/restart_routes.h"
#include "agent/setup/settings_routes.h"
#include "agent/setup/update_routes.h"

namespace b3iq::agent {

Upkeep::Upkeep(const Needs& needs)
    : facts_(needs.facts),
      audit_(needs.audit),
      listen_flag_(needs.settings.listen_flag),
      drain_ms_(needs.settings.drain_ms),
      settings_(needs.settings, needs.facts, needs.audit),
      backups_(needs.home, needs.node_id, needs.audit, needs.clock, needs.random),
      updates_({needs.home, needs.settings.updates, needs.version, needs.own_port, needs.clock,
                needs.loop}) {}

void Upkeep::add_routes(http::Router& router, UserLevels& levels, LoginService& logins) {
  SettingsRoutes{levels, settings_}.add_to(router);
  RestartRoutes{levels, settings_, control_, audit_, drain_ms_}.add_to(router);
  BackupRoutes{levels, backups_, logins, control_, facts_, listen_flag_, drain_ms_}.add_to(router);
  UpdateRoutes{levels, updates_}.add_to(router);
}

}  // namespace b3iq::agent

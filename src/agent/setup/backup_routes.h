// Backups, for the owner.
//   GET    /setup/v1/backups                     newest first, with the one that is being made
//   POST   /setup/v1/backups                     begins one; 202
//   GET    /setup/v1/backups/{backup}
//   POST   /setup/v1/backups/{backup}/cancel
//   DELETE /setup/v1/backups/{backup}            one that has ended
//   POST   /setup/v1/backups/{backup}/archive    a tar archive
//   POST   /setup/v1/backups/{backup}/restore    into this home, by a restart
#pragma once

#include <functional>

#include "agent/auth/local_auth.h"
#include "agent/auth/login_service.h"
#include "agent/backup/backup_service.h"
#include "agent/upkeep/node_control.h"
#include "agent/upkeep/start_check.h"
#include "http/router.h"

namespace b3iq::agent {

struct BackupRoutes {
  UserLevels& levels;
  BackupService& backups;
  LoginService& logins;
  NodeControl& control;
  std::function<StartFacts()> facts;
  std::string listen_flag;
  std::int64_t drain_ms;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

// Whether there is a newer version.
//   GET  /setup/v1/update-check   what the last check found
//   POST /setup/v1/update-check   asks now
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/updates/update_service.h"
#include "http/router.h"

namespace b3iq::agent {

struct UpdateRoutes {
  UserLevels& levels;
  UpdateService& updates;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

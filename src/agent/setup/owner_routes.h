// Ownership and sessions, for browsers.
//   GET  /setup/v1/ownership        whether the node has an owner
//   POST /setup/v1/setup-session    a setup token becomes a session that can claim or recover
//   POST /setup/v1/owner            the one claim          POST /setup/v1/owner/recovery
//   POST /setup/v1/login            POST /setup/v1/logout  POST /setup/v1/owner/password
//   GET  /setup/v1/sessions         DELETE /setup/v1/sessions/{session}
#pragma once

#include "agent/auth/local_auth.h"
#include "http/router.h"

namespace b3iq::agent {

struct OwnerRoutes {
  http::Public& public_level;
  SetupLevel& setup_level;
  UserLevels& levels;
  OwnerService& owners;
  const CookieNames& cookies;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

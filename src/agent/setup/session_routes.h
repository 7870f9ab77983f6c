// Logins, sessions and own passwords, for every user's browser.
//   POST /setup/v1/login            POST /setup/v1/logout  POST /setup/v1/owner/password
//   GET  /setup/v1/session          the caller's own
//   GET  /setup/v1/sessions         DELETE /setup/v1/sessions/{session}
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/auth/login_service.h"
#include "http/router.h"

namespace b3iq::agent {

struct SessionRoutes {
  http::Public& public_level;
  UserLevels& levels;
  LoginService& logins;
  const Accounts& accounts;
  const CookieNames& cookies;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

// Ownership, for browsers.
//   GET  /setup/v1/ownership        whether the node has an owner
//   POST /setup/v1/setup-session    a setup token becomes a session that can claim or recover; an
//                                   invitation one that can accept it (user_routes.h)
//   POST /setup/v1/owner            the one claim          POST /setup/v1/owner/recovery
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/auth/owner_service.h"
#include "agent/auth/user_service.h"
#include "http/router.h"

namespace b3iq::agent {

struct OwnerRoutes {
  http::Public& public_level;
  SetupLevel& setup_level;
  OwnerService& owners;
  UserService& users;
  const Accounts& accounts;
  const CookieNames& cookies;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

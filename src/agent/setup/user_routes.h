// The users beside the owner.
//   GET  /setup/v1/users                    POST /setup/v1/users: invite
//   POST /setup/v1/users/{user}/role        POST /setup/v1/users/{user}/invitation: a new one
//   DELETE /setup/v1/users/{user}
//   POST /setup/v1/invitation               the invited browser sets the user's password
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/auth/user_service.h"
#include "agent/settings.h"
#include "agent/setup/setup_routes.h"
#include "http/router.h"

namespace b3iq::agent {

struct UserRoutes {
  UserLevels& levels;
  InvitationLevel& invitation_level;
  UserService& users;
  const Accounts& accounts;
  const NodeFacts& facts;
  const Settings& settings;
  const CookieNames& cookies;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

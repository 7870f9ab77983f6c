// The audit log, for the owner.
//   GET /setup/v1/audit?limit=&before=     newest first
//   GET /setup/v1/audit/verification       every hash recomputed
#pragma once

#include "agent/auth/local_auth.h"
#include "http/router.h"

namespace b3iq::agent {

struct AuditRoutes {
  UserLevels& levels;
  const AuditLog& audit;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

// Whether this node belongs to a control plane.
//   GET /setup/v1/enrollment
#pragma once

#include "agent/auth/local_auth.h"
#include "http/router.h"

namespace b3iq::agent {

struct EnrollmentRoutes {
  UserLevels& levels;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

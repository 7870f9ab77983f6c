// Whether this node belongs to a control plane, and what that means.
//   GET    /setup/v1/enrollment    how the node and its control plane stand to each other
//   POST   /setup/v1/enrollment    enrolls the node
//   DELETE /setup/v1/enrollment    makes it local again
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/sync/managed_service.h"
#include "http/router.h"

namespace b3iq::agent {

struct EnrollmentRoutes {
  UserLevels& levels;
  ManagedService& managed;

  void add_to(http::Router& router);
};

// The members of the answer of GET.
void write_enrollment(json::Writer& w, const ManagedService& managed);

}  // namespace b3iq::agent

// The models that this node keeps, for the owner.
//   GET    /setup/v1/catalogue                 what can be installed, and whether it fits
//   GET    /setup/v1/installed-models          what is installed, its disk use, memory and state
//   DELETE /setup/v1/installed-models/{model*} removes one
//   POST   /setup/v1/models/load, …/unload     {"model": …}: now, and not when it is asked for
//   GET    /setup/v1/benchmarks                measurements, newest first
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/models/model_library.h"
#include "http/router.h"

namespace b3iq::agent {

struct ModelLibraryRoutes {
  UserLevels& levels;
  ModelLibrary& library;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

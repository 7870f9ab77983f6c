// Long work on models, for the owner.
//   GET    /setup/v1/model-jobs                 newest first
//   POST   /setup/v1/model-jobs                 begins one: install, pull or benchmark; 202
//   GET    /setup/v1/model-jobs/{job}
//   POST   /setup/v1/model-jobs/{job}/cancel
//   POST   /setup/v1/model-jobs/{job}/resume    a failed or cancelled one, from where it stopped
//   DELETE /setup/v1/model-jobs/{job}           an ended one, with what it left
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/models/model_library.h"
#include "agent/models/model_registry.h"
#include "http/router.h"

namespace b3iq::agent {

struct ModelJobRoutes {
  UserLevels& levels;
  ModelLibrary& library;
  const ModelRegistry& models;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

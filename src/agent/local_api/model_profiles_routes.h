// GET /v1/model-profiles: what each model is ready for, for the owner.
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/catalogue/model_catalogue.h"
#include "agent/models/model_registry.h"
#include "agent/routing/dispatcher.h"
#include "http/router.h"

namespace b3iq::agent {

struct ModelProfilesRoutes {
  UserLevels& levels;
  ModelRegistry& models;
  const Dispatcher& dispatcher;
  const Catalogue& catalogue;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

// What each model is ready for, and what the owner allows it to be used for.
//   GET  /v1/model-profiles
//   POST /setup/v1/model-posture
#pragma once

#include <functional>

#include "agent/auth/local_auth.h"
#include "agent/catalogue/model_catalogue.h"
#include "agent/models/model_posture.h"
#include "agent/models/model_registry.h"
#include "agent/routing/dispatcher.h"
#include "http/router.h"

namespace b3iq::agent {

struct ModelProfilesRoutes {
  UserLevels& levels;
  ModelRegistry& models;
  const Dispatcher& dispatcher;
  const Catalogue& catalogue;
  ModelPostures& postures;
  std::function<void()> posture_changed;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

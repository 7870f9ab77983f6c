// GET /v1/models: the names this node answers to, as OpenAI lists models; a key with a model list
// sees those only. GET /v1/models/{model}: one of them; a name may hold '/' and ':'.
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/models/model_registry.h"
#include "http/router.h"

namespace b3iq::agent {

struct ModelsRoutes {
  LocalKeyLevel<Scope::models>& level;
  ModelRegistry& models;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

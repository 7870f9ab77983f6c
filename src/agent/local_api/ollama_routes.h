// What Ollama's clients ask beside a chat, for the models that the key may use. What nobody here
// knows of a model is left out or "", never made up.
//   GET /api/tags, GET /api/ps, POST /api/show, GET /api/version
#pragma once

#include <string_view>

#include "agent/auth/local_auth.h"
#include "agent/models/model_registry.h"
#include "http/router.h"

namespace b3iq::agent {

// Clients ask for the version to know what they may send: it is that of the API that is spoken
// here, not of this program.
inline constexpr std::string_view kOllamaApiVersion = "0.13.0";

struct OllamaRoutes {
  LocalKeyLevel<Scope::models>& level;
  ModelRegistry& models;
  std::string_view version;  // of this program; static storage

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

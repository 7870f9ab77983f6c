// POST /v1/embeddings, /api/embed and /api/embeddings: vectors of texts, with a receipt as a chat
// has.
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/local_api/model_call.h"
#include "http/router.h"

namespace b3iq::agent {

struct EmbeddingsRoutes {
  LocalKeyLevel<Scope::chat>& level;
  ChatContext& context;
  std::size_t max_body_bytes;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

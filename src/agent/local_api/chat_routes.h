// The routes that answer a chat, one for each dialect.
//   POST /v1/chat/completions
//   POST /api/chat, POST /api/generate
//   POST /v1/messages, POST /v1/messages/count_tokens (refused)
//   POST /v1/completions
//   POST /v1/responses
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/local_api/chat_call.h"
#include "http/router.h"

namespace b3iq::agent {

struct ChatRoutes {
  LocalKeyLevel<Scope::chat>& level;
  ChatContext& context;
  std::size_t max_body_bytes;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

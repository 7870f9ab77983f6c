// One chat, whatever the dialect it is asked in: decoded, accepted, run, answered with its receipt.
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/local_api/chat_call.h"
#include "dialects/dialect.h"
#include "http/router.h"

namespace b3iq::agent {

// How a route speaks to its callers.
struct ChatFace {
  const dialects::Dialect* dialect;
  http::ErrorRenderer errors;
  bool wants_json_type = true;  // refuses bodies that are not declared as JSON
  // A header that carries the request's id beside X-Request-Id; "" for none.
  std::string_view request_id_header;
};

base::Task<base::Result<http::Response>> answer_chat(ChatContext& context, ChatFace face,
                                                     http::Request& request,
                                                     const Principal& principal);

}  // namespace b3iq::agent

#include "agent/local_api/chat_routes.h"

#include "agent/local_api/chat_answer.h"
#include "agent/local_api/error_answers.h"
#include "dialects/openai_chat.h"
#include "dialects/openai_completions.h"
#include "dialects/openai_responses.h"

namespace b3iq::agent {

void ChatRoutes::add_to(http::Router& router) {
  auto& shared = context;
  const auto add = [&](std::string_view path, std::string_view operation, ChatFace face) {
    router.add(http::Method::post, path, operation, level, face.errors, max_body_bytes,
               [&shared, face](http::Request& request, const Principal& principal) {
                 return answer_chat(shared, face, request, principal);
               });
  };
  add("/v1/chat/completions", "createChatCompletion", {&dialects::openai_chat(), openai_error});
  add("/v1/completions", "createCompletion", {&dialects::openai_completions(), openai_error});
  add("/v1/responses", "createResponse", {&dialects::openai_responses(), openai_error});
}

}  // namespace b3iq::agent

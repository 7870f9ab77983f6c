#include "agent/local_api/chat_routes.h"

#include "agent/local_api/chat_answer.h"
#include "agent/local_api/error_answers.h"
#include "dialects/anthropic.h"
#include "dialects/ollama.h"
#include "dialects/openai_chat.h"
#include "dialects/openai_completions.h"
#include "dialects/openai_responses.h"

namespace b3iq::agent {

namespace {

// No runtime here counts a prompt without answering it, and an estimate would be taken for a count.
base::Task<base::Result<http::Response>> no_token_count(http::Request&, const Principal&) {
  co_return base::Error(base::ErrorCode::unimplemented,
                        "Tokens are counted only by answering: send the message with a small "
                        "max_tokens and read its usage.");
}

}  // namespace

void ChatRoutes::add_to(http::Router& router) {
  auto& shared = context;
  const auto add = [&](std::string_view path, std::string_view operation, ChatFace face) {
    router.add(http::Method::post, path, operation, level, face.errors, max_body_bytes,
               [&shared, face](http::Request& request, const Principal& principal) {
                 return answer_chat(shared, face, request, principal);
               });
  };
  add("/v1/chat/completions", "createChatCompletion", {&dialects::openai_chat(), openai_error});
  add("/v1/messages", "createMessage",
      {&dialects::anthropic(), anthropic_error, true, kAnthropicRequestId});
  // Ollama reads any body, and its clients do not all say what theirs is.
  add("/api/chat", "ollamaChat", {&dialects::ollama_chat(), ollama_error, false});
  add("/api/generate", "ollamaGenerate", {&dialects::ollama_generate(), ollama_error, false});
  router.add(http::Method::post, "/v1/messages/count_tokens", "countMessageTokens", level,
             anthropic_error, max_body_bytes, no_token_count);
  add("/v1/completions", "createCompletion", {&dialects::openai_completions(), openai_error});
  add("/v1/responses", "createResponse", {&dialects::openai_responses(), openai_error});
}

}  // namespace b3iq::agent

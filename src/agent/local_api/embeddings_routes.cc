#include "agent/local_api/embeddings_routes.h"

#include <fmt/format.h>

#include "agent/local_api/call_refusal.h"
#include "agent/local_api/embedding_call.h"
#include "agent/local_api/error_answers.h"
#include "agent/routing/run_on_runtime.h"
#include "dialects/ollama_embed.h"
#include "dialects/openai_embeddings.h"
#include "inference/json_splice.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Response;
using inference::EmbeddingAnswer;

namespace {

// A dialect where it is served: errors have its shape.
struct Face {
  const dialects::EmbeddingDialect* dialect;
  http::Response (*errors)(const Error&, const http::Request&);
  bool json_type = true;  // a body of another content type is refused
};

// Servers that cannot shorten a vector mostly leave the wish out without a word.
Status check_dimensions(const inference::EmbeddingRequest& request, const EmbeddingAnswer& answer) {
  if (!request.dimensions) return {};
  const auto length = static_cast<std::int64_t>(answer.vectors.front().size());
  if (length == *request.dimensions) return {};
  return Error(ErrorCode::unsupported_parameter,
               fmt::format("Unsupported parameter 'dimensions': this model's vectors have {} "
                           "numbers here; leave it out.",
                           length),
               "dimensions");
}

Task<Result<Response>> answer_embeddings(std::unique_ptr<EmbeddingCall> call,
                                         const dialects::EmbeddingDialect& dialect,
                                         dialects::VectorEncoding encoding) {
  const auto cancel = call->cancel_token();
  const auto& clock = call->context().clock;
  const auto before = clock.steady_ns();
  call->dispatched();
  EmbeddingAnswer answer;
  auto attempt = [&]() -> Task<AttemptResult> {
    auto embedded = co_await call->target().runtime->embed(call->request(), cancel);
    if (!embedded.ok()) co_return AttemptResult{std::move(embedded).error()};
    answer = std::move(embedded).value();
    co_return AttemptResult{};
  };
  auto ran = co_await run_on_runtime(*call, cancel, attempt);
  call->runtime_done();
  if (!ran.ok()) co_return call->told(std::move(ran).error());
  if (auto fits = check_dimensions(call->request(), answer); !fits.ok()) {
    call->note_error(fits.error().code);
    co_return std::move(fits).error();
  }
  const auto tokens = call->prompt_tokens(answer);
  const dialects::EmbeddingFacts facts{encoding, call->target().id, tokens,
                                       clock.steady_ns() - before};
  Response response;
  auto& body = response.body.emplace<std::string>(dialect.write(answer, facts));
  call->delivered(body);
  const inference::Usage usage{.prompt_tokens = tokens};
  CO_TRY(const auto b3iq, co_await call->finish(inference::Finish::stop, usage));
  inference::append_member(body, "b3iq", b3iq);
  co_return response;
}

Task<Result<Response>> serve(ChatContext& context, const Face& face, http::Request& request,
                             const Principal& principal) {
  const RefusedRequest refused{request, principal};
  if (face.json_type) CO_TRY_OK(noted(context, refused, check_json_type(request)));
  CO_TRY(auto decoded, noted(context, refused, face.dialect->decode(request.body)));
  const auto encoding = decoded.encoding;
  CO_TRY(auto call,
         co_await EmbeddingCall::accept(context, principal, std::move(decoded.request), request));
  co_return co_await answer_embeddings(std::move(call), *face.dialect, encoding);
}

Task<Result<Response>> serve_or_refuse(ChatContext& context, Face face, http::Request& request,
                                       const Principal& principal) {
  auto answered = co_await serve(context, face, request, principal);
  if (!answered.ok()) co_return refused(context, face.errors, request, principal, answered.error());
  add_rate_limits(context, principal, *answered);
  co_return answered;
}

}  // namespace

void EmbeddingsRoutes::add_to(http::Router& router) {
  auto& shared = context;
  const auto add = [&](std::string_view path, std::string_view operation, Face face) {
    router.add(http::Method::post, path, operation, level, face.errors, max_body_bytes,
               [&shared, face](http::Request& request, const Principal& principal) {
                 return serve_or_refuse(shared, face, request, principal);
               });
  };
  add("/v1/embeddings", "createEmbedding", {&dialects::openai_embeddings(), openai_error});
  add("/api/embed", "ollamaEmbed", {&dialects::ollama_embed(), ollama_error, false});
  add("/api/embeddings", "ollamaEmbeddings", {&dialects::ollama_embeddings(), ollama_error, false});
}

}  // namespace b3iq::agent

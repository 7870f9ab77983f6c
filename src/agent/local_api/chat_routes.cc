#include "agent/local_api/chat_routes.h"

#include <fmt/format.h>

#include "agent/local_api/chat_stream.h"
#include "agent/local_api/error_answers.h"
#include "agent/local_api/token_estimate.h"
#include "agent/routing/run_on_runtime.h"
#include "inference/openai_request.h"
#include "inference/openai_response.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Response;
using inference::ChatAnswer;

namespace {

Status check_content_type(const http::Request& request) {
  const auto type = request.header("content-type").value_or("");
  const auto media = type.substr(0, type.find(';'));
  if (media == "application/json") return {};
  return Error(ErrorCode::unsupported_media_type,
               fmt::format("Send the body as `Content-Type: application/json`, not '{}'.",
                           media.substr(0, 64)));
}

// Collects a typed stream, so that what a runtime produced is known even if the caller goes in the
// middle.
struct Collected {
  ChatAnswer answer;
  std::int64_t tokens = 0;
};

Task<Status> collect(ChatCall& call, base::CancelToken cancel, Collected& out) {
  auto stream = co_await call.target().runtime->stream(call.request(), cancel);
  if (!stream.ok()) co_return std::move(stream).error();
  for (;;) {
    auto step = co_await stream.value()->next();
    if (!step.ok()) co_return std::move(step).error();
    if (step.value() == nullptr) break;
    const auto& s = **step;
    if (s.tokens > 0) call.first_token();
    out.tokens += s.tokens;
    out.answer.text += s.text;
    out.answer.reasoning += s.reasoning;
    for (const auto& delta : s.tool_calls) {
      const auto index = static_cast<std::size_t>(delta.index);
      if (out.answer.tool_calls.size() <= index) out.answer.tool_calls.resize(index + 1);
      auto& tool = out.answer.tool_calls[index];
      if (!delta.id.empty()) tool.id = delta.id;
      tool.name += delta.name;
      tool.arguments += delta.arguments;
    }
    out.answer.logprobs.insert(out.answer.logprobs.end(), s.logprobs.begin(), s.logprobs.end());
    if (s.finish) out.answer.finish = *s.finish;
    if (s.usage) out.answer.usage = *s.usage;
  }
  co_return Status();
}

Task<Result<Response>> answer_whole(std::unique_ptr<ChatCall> call, base::CancelToken cancel) {
  const auto& clock = call->context().clock;
  const auto before = clock.steady_ns();
  Collected collected;
  auto attempt = [&]() -> Task<AttemptResult> {
    if (!call->target().capabilities.same_dialect) {
      auto ended = co_await collect(*call, cancel, collected);
      co_return AttemptResult{std::move(ended), collected.tokens > 0};
    }
    auto answer = co_await call->target().runtime->answer(call->request(), cancel);
    if (!answer.ok()) co_return AttemptResult{std::move(answer).error()};
    collected.answer = std::move(answer).value();
    co_return AttemptResult{};
  };
  auto ran = co_await run_on_runtime(*call, cancel, attempt);
  call->runtime_done();
  call->add_runtime_ns(clock.steady_ns() - before);
  if (!ran.ok()) {
    // Work that was done is booked even when nobody gets it; an error before any token leaves no
    // receipt.
    const auto used = metered_usage(call->request(), {}, {.tokens = collected.tokens});
    auto error = call->told(std::move(ran).error());
    if (collected.tokens > 0) ChatCall::abandon(std::move(call), used);
    co_return error;
  }

  Response response;
  auto& body = response.body.emplace<std::string>(std::move(collected.answer.body));
  if (body.empty()) {
    const auto id = std::string(inference::kCompletionIdPrefix) + call->id();
    const inference::AnswerHead head{id, call->created_s(), call->target().id};
    body = inference::completion_json(head, collected.answer, call->request().logprobs, "");
  } else {
    inference::splice_b3iq(body, "");
  }
  call->delivered(body);
  const auto used = metered_usage(call->request(), collected.answer.usage,
                                  {collected.tokens, collected.answer.text_bytes, true});
  auto b3iq = co_await call->finish(collected.answer.finish, used);
  if (!b3iq.ok()) co_return std::move(b3iq).error();
  inference::splice_b3iq(body, b3iq.value());
  co_return response;
}

Task<Result<Response>> answer_stream(std::unique_ptr<ChatCall> call, base::CancelToken cancel) {
  const auto& clock = call->context().clock;
  const auto before = clock.steady_ns();
  std::unique_ptr<inference::TokenStream> stream;
  const inference::StreamStep* first = nullptr;
  auto attempt = [&]() -> Task<AttemptResult> {
    auto opened = co_await call->target().runtime->stream(call->request(), cancel);
    if (!opened.ok()) co_return AttemptResult{std::move(opened).error()};
    stream = std::move(opened).value();
    auto step = co_await stream->next();
    if (!step.ok()) {
      stream.reset();
      co_return AttemptResult{std::move(step).error()};
    }
    first = *step;
    co_return AttemptResult{};
  };
  auto ran = co_await run_on_runtime(*call, cancel, attempt);
  call->add_runtime_ns(clock.steady_ns() - before);
  if (!ran.ok()) co_return std::move(ran).error();
  Response response;
  response.content_type = "text/event-stream; charset=utf-8";
  response.headers.push_back({"Cache-Control", "no-cache"});
  response.headers.push_back({"X-Accel-Buffering", "no"});
  response.body = std::make_unique<ChatStream>(std::move(call), std::move(stream), first);
  co_return response;
}

void add_rate_limits(ChatContext& context, const Principal& principal, Response& response) {
  if (principal.is_owner()) return;
  append_rate_limit_headers(*principal.key, context.clock.steady_ns(), response.headers);
}

// Clients wait by the rate-limit headers of a 429, so the answer is made here, where the key is
// known.
Response refused(ChatContext& context, const http::Request& request, const Principal& principal,
                 const Error& error) {
  context.metrics.errors(error.code).add();
  auto response = openai_error(error, request);
  add_rate_limits(context, principal, response);
  return response;
}

Task<Result<Response>> create_chat_completion(ChatContext& context, http::Request& request,
                                              const Principal& principal) {
  if (const auto typed = check_content_type(request); !typed.ok())
    co_return refused(context, request, principal, typed.error());
  auto decoded = inference::decode_chat_request(request.body);
  if (!decoded.ok()) co_return refused(context, request, principal, decoded.error());
  const bool streamed = decoded->stream;
  auto accepted =
      co_await ChatCall::accept(context, principal, std::move(decoded).value(), request.started_ns);
  if (!accepted.ok()) co_return refused(context, request, principal, accepted.error());
  auto task = streamed ? answer_stream(std::move(accepted).value(), request.cancel)
                       : answer_whole(std::move(accepted).value(), request.cancel);
  auto result = co_await std::move(task);
  if (!result.ok()) co_return refused(context, request, principal, result.error());
  add_rate_limits(context, principal, *result);
  co_return result;
}

}  // namespace

void ChatRoutes::add_to(http::Router& router) {
  auto& shared = context;
  router.add(http::Method::post, "/v1/chat/completions", "createChatCompletion", level,
             openai_error, max_body_bytes,
             [&shared](http::Request& request, const Principal& principal) {
               return create_chat_completion(shared, request, principal);
             });
}

}  // namespace b3iq::agent

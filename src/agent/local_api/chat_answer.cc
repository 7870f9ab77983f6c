#include "agent/local_api/chat_answer.h"

#include "agent/local_api/call_refusal.h"
#include "agent/local_api/chat_stream.h"
#include "agent/local_api/token_estimate.h"
#include "agent/routing/run_on_runtime.h"
#include "inference/openai_response.h"
#include "inference/typed_relay.h"

namespace b3iq::agent {

using base::Error;
using base::Result;
using base::Status;
using base::Task;
using dialects::Dialect;
using http::Response;
using inference::ChatAnswer;

namespace {

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
    call.produced(out.tokens);
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

std::unique_ptr<dialects::AnswerWriter> make_writer(const Dialect& dialect, ChatCall& call) {
  const dialects::AnswerTiming timing{&call.context().clock, call.started_ns(),
                                      call.first_token_ns()};
  return dialect.make_writer({call.id(), call.created_s(), call.target().id, timing},
                             call.request());
}

Task<Result<Response>> answer_whole(const Dialect& dialect, std::unique_ptr<ChatCall> call) {
  const auto cancel = call->cancel_token();
  call->dispatched();
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
  if (!ran.ok()) {
    // Work that was done is booked even when nobody gets it; an error before any token leaves no
    // receipt.
    const auto used = metered_usage(call->request(), {}, {.tokens = collected.tokens});
    auto error = call->told(std::move(ran).error());
    if (collected.tokens > 0) ChatCall::abandon(std::move(call), used);
    co_return error;
  }

  auto& answer = collected.answer;
  const auto used =
      metered_usage(call->request(), answer.usage, {collected.tokens, answer.text_bytes, true});
  if (!dialect.relays) {
    if (auto typed = inference::make_typed(answer); !typed.ok()) {
      call->note_error(typed.error().code);
      co_return std::move(typed).error();
    }
  }
  call->keep_answer(answer);
  answer.usage = used;
  Response response;
  auto& body = response.body.emplace<std::string>(std::move(answer.body));
  // Written twice, first as the receipt's hash covers it. A relayed answer stays as it came.
  std::unique_ptr<dialects::AnswerWriter> writer;
  if (body.empty()) writer = make_writer(dialect, *call);
  const auto write = [&](std::string_view b3iq) {
    if (writer) {
      body = writer->whole(answer, b3iq);
    } else {
      inference::splice_b3iq(body, b3iq);
    }
  };
  write("");
  call->delivered(body);
  CO_TRY(const auto b3iq, co_await call->finish(answer.finish, used));
  write(b3iq);
  co_return response;
}

Task<Result<Response>> answer_stream(const Dialect& dialect, std::unique_ptr<ChatCall> call) {
  const auto cancel = call->cancel_token();
  call->dispatched();
  std::unique_ptr<inference::TokenStream> stream;
  const inference::StreamStep* first = nullptr;
  auto attempt = [&]() -> Task<AttemptResult> {
    auto opened = co_await call->target().runtime->stream(call->request(), cancel);
    if (!opened.ok()) co_return AttemptResult{std::move(opened).error()};
    stream = std::move(opened).value();
    if (!dialect.relays) stream = std::make_unique<inference::TypedRelay>(std::move(stream));
    auto step = co_await stream->next();
    if (!step.ok()) {
      stream.reset();
      co_return AttemptResult{std::move(step).error()};
    }
    first = *step;
    co_return AttemptResult{};
  };
  auto ran = co_await run_on_runtime(*call, cancel, attempt);
  if (!ran.ok()) co_return call->told(std::move(ran).error());
  Response response;
  auto writer = make_writer(dialect, *call);
  response.content_type = writer->stream_content_type();
  response.headers.push_back({"Cache-Control", "no-cache"});
  response.headers.push_back({"X-Accel-Buffering", "no"});
  response.body =
      std::make_unique<ChatStream>(std::move(call), std::move(writer), std::move(stream), first);
  co_return response;
}

Error in_own_words(const Dialect& dialect, Error error) {
  return dialect.own_words == nullptr ? error : dialect.own_words(std::move(error));
}

}  // namespace

Task<Result<Response>> answer_chat(ChatContext& context, ChatFace face, http::Request& request,
                                   const Principal& principal) {
  if (face.wants_json_type) {
    const auto typed = check_json_type(request);
    if (!typed.ok()) {
      note_refusal(context, {request, principal}, typed.error());
      co_return refused(context, face.errors, request, principal, typed.error());
    }
  }
  auto decoded = face.dialect->decode(request.body);
  if (!decoded.ok()) {
    note_refusal(context, {request, principal}, decoded.error());
    co_return refused(context, face.errors, request, principal, decoded.error());
  }
  const bool streamed = decoded->stream;
  auto accepted =
      co_await ChatCall::accept(context, principal, std::move(decoded).value(), request);
  if (!accepted.ok())
    co_return refused(context, face.errors, request, principal,
                      in_own_words(*face.dialect, std::move(accepted).error()));
  auto task = streamed ? answer_stream(*face.dialect, std::move(accepted).value())
                       : answer_whole(*face.dialect, std::move(accepted).value());
  auto result = co_await std::move(task);
  if (!result.ok())
    co_return refused(context, face.errors, request, principal,
                      in_own_words(*face.dialect, std::move(result).error()));
  add_rate_limits(context, principal, *result);
  if (!face.request_id_header.empty()) {
    result->headers.push_back({face.request_id_header, std::string(request.request_id)});
  }
  co_return result;
}

}  // namespace b3iq::agent

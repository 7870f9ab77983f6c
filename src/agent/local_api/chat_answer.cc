#include "agent/local_api/chat_answer.h"

#include "agent/local_api/call_refusal.h"
#include "agent/local_api/chat_stream.h"
#include "agent/local_api/whole_chat.h"
#include "agent/routing/run_on_runtime.h"
#include "inference/openai_response.h"
#include "inference/typed_relay.h"

namespace b3iq::agent {

using base::Error;
using base::Result;
using base::Task;
using dialects::Dialect;
using http::Response;

namespace {

Task<Result<Response>> answer_whole(const Dialect& dialect, std::unique_ptr<ChatCall> call) {
  auto chat = co_await run_whole(*call, dialect.relays ? AnswerForm::relayed : AnswerForm::typed);
  if (!chat.status.ok()) {
    // An error before any token leaves no receipt.
    auto error = call->told(std::move(chat.status).error());
    if (chat.tokens > 0) ChatCall::abandon(std::move(call), chat.used);
    co_return error;
  }

  auto& answer = chat.answer;
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
  CO_TRY(const auto b3iq, co_await call->finish(answer.finish, chat.used));
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

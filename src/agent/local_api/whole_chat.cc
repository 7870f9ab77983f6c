#include "agent/local_api/whole_chat.h"

#include "agent/local_api/token_estimate.h"
#include "agent/routing/run_on_runtime.h"
#include "inference/typed_relay.h"

namespace b3iq::agent {

using base::Status;
using base::Task;
using inference::ChatAnswer;
using inference::StreamStep;

namespace {

// A stream of typed steps whatever the runtime speaks.
Task<base::Result<std::unique_ptr<inference::TokenStream>>> typed_stream(ChatCall& call,
                                                                         base::CancelToken cancel) {
  const bool relayed = call.target().capabilities.same_dialect;
  CO_TRY(auto stream, co_await call.target().runtime->stream(call.request(), cancel));
  if (relayed) stream = std::make_unique<inference::TypedRelay>(std::move(stream));
  co_return stream;
}

void add_step(WholeChat& out, const StreamStep& step) {
  // Relayed text is counted by its events.
  out.tokens += step.tokens + step.sse_content_events;
  out.answer.text_bytes += step.sse_text_bytes;
  out.answer.text += step.text;
  out.answer.reasoning += step.reasoning;
  for (const auto& delta : step.tool_calls) {
    const auto index = static_cast<std::size_t>(delta.index);
    if (out.answer.tool_calls.size() <= index) out.answer.tool_calls.resize(index + 1);
    auto& tool = out.answer.tool_calls[index];
    if (!delta.id.empty()) tool.id = delta.id;
    tool.name += delta.name;
    tool.arguments += delta.arguments;
  }
  out.answer.logprobs.insert(out.answer.logprobs.end(), step.logprobs.begin(), step.logprobs.end());
  if (step.finish) out.answer.finish = *step.finish;
  if (step.usage) out.answer.usage = *step.usage;
}

bool brings_something(const StreamStep& step) {
  return !step.text.empty() || !step.reasoning.empty() || !step.tool_calls.empty() ||
         !step.logprobs.empty();
}

// Collects a stream, so that what a runtime produced is known even if the caller goes in the
// middle.
Task<Status> collect(ChatCall& call, base::CancelToken cancel, WholeChat& out,
                     StepListener* listener) {
  CO_TRY(const auto stream, co_await typed_stream(call, cancel));
  for (;;) {
    CO_TRY(const auto* const step, co_await stream->next());
    if (step == nullptr) break;
    add_step(out, *step);
    if (out.tokens > 0) {
      call.first_token();
      call.produced(out.tokens);
    }
    if (listener == nullptr || !brings_something(*step)) continue;
    out.told = true;
    listener->on_step(*step);
  }
  co_return Status();
}

}  // namespace

std::unique_ptr<dialects::AnswerWriter> make_writer(const dialects::Dialect& dialect,
                                                    ChatCall& call) {
  const dialects::AnswerTiming timing{&call.context().clock, call.started_ns(),
                                      call.first_token_ns()};
  return dialect.make_writer({call.id(), call.created_s(), call.told_model(), timing},
                             call.request());
}

Task<WholeChat> run_whole(ChatCall& call, AnswerForm form, StepListener* listener) {
  const auto cancel = call.cancel_token();
  call.dispatched();
  WholeChat out;
  auto attempt = [&]() -> Task<AttemptResult> {
    // A body that asks for a stream is answered by its runtime with one.
    if (!call.target().capabilities.same_dialect || call.request().stream) {
      auto ended = co_await collect(call, cancel, out, listener);
      co_return AttemptResult{std::move(ended), out.tokens > 0 || out.told};
    }
    auto answer = co_await call.target().runtime->answer(call.request(), cancel);
    if (!answer.ok()) co_return AttemptResult{std::move(answer).error()};
    out.answer = std::move(answer).value();
    co_return AttemptResult{};
  };
  out.status = co_await run_on_runtime(call, cancel, attempt);
  call.runtime_done();
  if (!out.status.ok()) {
    // Work that was done is booked even when nobody gets it.
    out.used = metered_usage(call.request(), {},
                             {.tokens = out.tokens, .text_bytes = out.answer.text_bytes});
    co_return out;
  }
  out.used =
      metered_usage(call.request(), out.answer.usage, {out.tokens, out.answer.text_bytes, true});
  if (form == AnswerForm::typed) {
    out.status = inference::make_typed(out.answer);
    if (!out.status.ok()) {
      call.note_error(out.status.error().code);
      co_return out;
    }
  }
  call.keep_answer(out.answer);
  out.answer.usage = out.used;
  co_return out;
}

}  // namespace b3iq::agent

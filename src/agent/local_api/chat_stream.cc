#include "agent/local_api/chat_stream.h"

#include "agent/local_api/token_estimate.h"
#include "base/log.h"
#include "inference/openai_response.h"

namespace b3iq::agent {

using base::Error;
using base::Result;
using base::Task;
using inference::Finish;
using inference::StreamStep;
using inference::Usage;

namespace {
// Steps that came together go out in one write up to about this size.
constexpr std::size_t kMaxPieceBytes = 16 * 1024;
}  // namespace

ChatStream::ChatStream(std::unique_ptr<ChatCall> call,
                       std::unique_ptr<dialects::AnswerWriter> writer,
                       std::unique_ptr<inference::TokenStream> stream, const StreamStep* first)
    : call_(std::move(call)),
      stream_(std::move(stream)),
      pending_(first),
      writer_(std::move(writer)) {
  call_->answering();
  call_->on_stop(this);
}

ChatStream::~ChatStream() {
  stream_.reset();  // stops generation
  if (call_) call_->on_stop(nullptr);
  if (state_ == State::ended || !call_) return;
  call_->runtime_failed(base::ErrorCode::cancelled);
  const auto usage = used();  // asks the call, which is given away in the next line
  ChatCall::abandon(std::move(call_), usage);
}

Usage ChatStream::used() const {
  return metered_usage(call_->request(), usage_, {counted_tokens_, text_bytes_, finish_known_});
}

Task<Result<const StreamStep*>> ChatStream::pull() {
  if (stopped_) {
    pending_ = nullptr;
    stream_.reset();
    co_return Error(base::ErrorCode::cancelled, "The call was stopped.");
  }
  if (pending_) co_return std::exchange(pending_, nullptr);
  pulling_ = true;
  auto step = co_await stream_->next();
  pulling_ = false;
  co_return step;
}

void ChatStream::stopped() {
  if (pulling_ || state_ == State::closing || state_ == State::ended) return;
  // The stream stays: the piece that was given last may lie in its buffers, and the server may be
  // at writing it.
  stopped_ = true;
  call_->runtime_failed(base::ErrorCode::cancelled);
}

void ChatStream::note(const StreamStep& step) {
  call_->keep_answer(step);
  if (step.finish) {
    finish_ = *step.finish;
    finish_known_ = true;
  }
  if (step.usage) usage_ = *step.usage;
  counted_tokens_ += step.tokens + step.sse_content_events;
  text_bytes_ += step.sse_text_bytes;
  if (counted_tokens_ == 0) return;
  call_->first_token();
  call_->produced(counted_tokens_);
}

std::string_view ChatStream::deliver(const StreamStep& step) {
  note(step);
  if (!step.sse_tail.empty()) tail_ = step.sse_tail;
  if (!step.sse.empty() || !step.sse_tail.empty()) {
    relayed_ = true;
    call_->delivered(step.sse);
    return step.sse;
  }
  if (state_ == State::opening && !relayed_) writer_->append_opening(out_);
  writer_->append_step(out_, step);
  while (out_.size() < kMaxPieceBytes) {
    const StreamStep* more = stream_->next_if_ready();
    if (more == nullptr) break;
    note(*more);
    writer_->append_step(out_, *more);
  }
  call_->delivered(out_);
  return out_;
}

Task<Result<std::string_view>> ChatStream::next() {
  while (state_ == State::opening || state_ == State::running) {
    if (auto allowed = call_->still_allowed(); !allowed.ok())
      co_return co_await fail(std::move(allowed).error());
    auto step = co_await pull();
    if (!step.ok()) co_return co_await fail(std::move(step).error());
    if (step.value() == nullptr) {
      call_->runtime_done();
      state_ = State::closing;
      break;
    }
    out_.clear();
    const auto bytes = deliver(**step);
    state_ = State::running;
    if (!bytes.empty()) co_return bytes;
  }
  if (state_ == State::closing) co_return co_await close();
  co_return std::string_view();
}

// The commitment covers the last event as it would be without b3iq, so the end is written twice:
// once to be hashed, once with the receipt in it.
Task<Result<std::string_view>> ChatStream::close() {
  const auto write_end = [this](std::string_view b3iq) {
    out_.clear();
    if (relayed_) {
      inference::append_relayed_end(out_, tail_, b3iq);
    } else {
      writer_->append_end(out_, finish_, used(), b3iq);
    }
  };
  write_end("");
  call_->delivered(out_);
  auto b3iq = co_await call_->finish(finish_, used());
  state_ = State::ended;
  if (!b3iq.ok()) {
    out_.clear();
    writer_->append_error(out_, b3iq.error(), call_->id());
    co_return std::string_view(out_);
  }
  write_end(b3iq.value());
  co_return std::string_view(out_);
}

// After the first byte an error is told in the stream; there is no [DONE], so nobody takes it for a
// whole answer.
Task<Result<std::string_view>> ChatStream::fail(Error error) {
  state_ = State::ended;
  stream_.reset();
  call_->runtime_failed(error.code);
  call_->note_error(error.code);
  call_->context().metrics.errors(error.code).add();
  const auto finish = error.code == base::ErrorCode::cancelled ? Finish::cancelled : Finish::error;
  out_.clear();
  writer_->append_error(out_, call_->told(std::move(error)), call_->id());
  call_->delivered(out_);
  [[maybe_unused]] const auto recorded = co_await call_->finish(finish, used());
  co_return std::string_view(out_);
}

}  // namespace b3iq::agent

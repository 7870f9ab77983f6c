#include "runtimes/embedded/embedded_stream.h"

#include <utility>

namespace b3iq::runtimes {

using inference::StreamStep;

EmbeddedStream::EmbeddedStream(std::shared_ptr<WorkerHub> hub,
                               std::shared_ptr<AnswerChannel> channel, base::CancelToken cancel)
    : hub_(std::move(hub)), channel_(std::move(channel)), cancel_(cancel) {
  cancel_.on_cancel(on_cancel_, [this] { cancel_answer(*hub_, channel_); });
}

EmbeddedStream::~EmbeddedStream() {
  channel_->abandon();
  if (!ended_) hub_->cancel(channel_->id());
}

base::Task<base::Result<const StreamStep*>> EmbeddedStream::next() {
  while (!ended_) {
    if (cancel_.cancelled()) {
      ended_ = true;
      co_return base::Error(base::ErrorCode::cancelled, "The request was cancelled.");
    }
    if (told_ < tokens_.size()) {
      fill_step();
      co_return &step_;
    }
    if (finish_) {
      ended_ = true;
      fill_last_step(*finish_);
      co_return &step_;
    }
    if (error_) {
      ended_ = true;
      co_return *std::exchange(error_, std::nullopt);
    }
    AnswerChannel::Arrived arrived = channel_->take();
    if (arrived.resume) hub_->resume(channel_->id());
    finish_ = arrived.finish;
    error_ = std::move(arrived.error);
    tokens_ = std::move(arrived.tokens);
    told_ = 0;
    if (tokens_.empty() && !finish_ && !error_) co_await channel_->wait();
  }
  co_return nullptr;
}

const StreamStep* EmbeddedStream::next_if_ready() {
  if (ended_ || cancel_.cancelled() || told_ == tokens_.size()) return nullptr;
  fill_step();
  return &step_;
}

void EmbeddedStream::fill_step() {
  TokenFrame& token = tokens_[told_++];
  step_ = StreamStep();
  step_.tokens = static_cast<int>(token.tokens);
  step_.text = token.text;
  step_.reasoning = token.reasoning;
  step_.tool_calls = std::move(token.tool_calls);
  step_.logprobs = std::move(token.logprobs);
}

void EmbeddedStream::fill_last_step(const FinishFrame& finish) {
  step_ = StreamStep();
  step_.finish = finish.reason;
  step_.usage =
      inference::Usage{finish.prompt_tokens, finish.completion_tokens, finish.cached_prompt_tokens};
}

}  // namespace b3iq::runtimes

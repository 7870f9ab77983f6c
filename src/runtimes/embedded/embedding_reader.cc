#include "runtimes/embedded/embedding_reader.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace b3iq::runtimes {

using base::Error;
using base::ErrorCode;
using base::Status;

EmbeddingReader::EmbeddingReader(std::shared_ptr<WorkerHub> hub,
                                 std::shared_ptr<AnswerChannel> channel, base::CancelToken cancel,
                                 std::size_t inputs)
    : hub_(std::move(hub)), channel_(std::move(channel)), cancel_(cancel), missing_(inputs) {
  answer_.vectors.resize(inputs);
  cancel_.on_cancel(on_cancel_, [this] { cancel_answer(*hub_, channel_); });
}

EmbeddingReader::~EmbeddingReader() {
  channel_->abandon();
  if (!ended_) hub_->cancel(channel_->id());
}

base::Task<base::Result<inference::EmbeddingAnswer>> EmbeddingReader::read() {
  while (true) {
    if (cancel_.cancelled()) co_return Error(ErrorCode::cancelled, "The request was cancelled.");
    AnswerChannel::Arrived arrived = channel_->take();
    if (arrived.resume) hub_->resume(channel_->id());
    CO_TRY_OK(keep(std::move(arrived.embeddings)));
    if (arrived.error) {
      ended_ = true;
      co_return *std::move(arrived.error);
    }
    if (arrived.finish) {
      ended_ = true;
      if (missing_ > 0)
        co_return Error(ErrorCode::upstream_failed, "The runtime left vectors out.");
      answer_.prompt_tokens = arrived.finish->prompt_tokens;
      co_return std::move(answer_);
    }
    co_await channel_->wait();
  }
}

Status EmbeddingReader::keep(std::vector<EmbeddingFrame> frames) {
  for (EmbeddingFrame& frame : frames) {
    if (frame.index >= answer_.vectors.size() || !answer_.vectors[frame.index].empty() ||
        frame.vector.empty()) {
      return Error(ErrorCode::upstream_failed, "The runtime sent vectors that make no sense.");
    }
    const bool finite = std::ranges::all_of(frame.vector, [](float x) { return std::isfinite(x); });
    if (!finite) {
      return Error(ErrorCode::upstream_failed, "The model's vector of input[" +
                                                   std::to_string(frame.index) +
                                                   "] has no finite numbers.");
    }
    if (length_ == 0) length_ = frame.vector.size();
    if (frame.vector.size() != length_)
      return Error(ErrorCode::upstream_failed, "The runtime sent vectors of different lengths.");
    answer_.vectors[frame.index] = std::move(frame.vector);
    --missing_;
  }
  return {};
}

}  // namespace b3iq::runtimes

#include "runtimes/ollama/ollama_stream.h"

#include <utility>

#include "base/text.h"

namespace b3iq::runtimes {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using inference::StreamStep;

OllamaStream::OllamaStream(std::shared_ptr<TrailingBodies> trailing, base::CancelToken cancel)
    : trailing_(std::move(trailing)), source_(std::make_shared<base::CancelSource>()) {
  cancel.on_cancel(on_cancel_, [source = source_.get()] { source->cancel(); });
}

std::optional<OllamaStream::Chunk> OllamaStream::chunk_at_hand() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  const auto line = lines_.next();
  if (!line.ok()) return Chunk(line.error());
  if (!*line) return std::nullopt;
  return read_ollama_chunk(**line, calls_);
}

// The stream is over; what it left must be the answer's end.
OllamaStream::Chunk OllamaStream::last_line() {
  const std::string_view rest = base::trimmed(lines_.rest());
  auto chunk = rest.empty() ? Chunk(OllamaChunk()) : read_ollama_chunk(rest, calls_);
  if (chunk.ok() && !chunk->done) {
    return Error(ErrorCode::upstream_failed,
                 "The runtime's answer ended before it was whole; it was cut.");
  }
  return chunk;
}

Task<OllamaStream::Chunk> OllamaStream::read_chunk() {
  for (;;) {
    if (auto chunk = chunk_at_hand()) co_return *std::move(chunk);
    CO_TRY(const std::string_view bytes, co_await response_->read_some());
    if (bytes.empty()) co_return last_line();
    lines_.feed(bytes);
  }
}

Task<Result<const StreamStep*>> OllamaStream::next() {
  while (!last_given_) {
    CO_TRY(OllamaChunk chunk, co_await read_chunk());
    if (!chunk.done && chunk.empty()) continue;
    co_return publish(std::move(chunk));
  }
  co_return static_cast<const StreamStep*>(nullptr);
}

const StreamStep* OllamaStream::next_if_ready() {
  while (!last_given_) {
    auto chunk = chunk_at_hand();
    if (!chunk) return nullptr;
    if (!chunk->ok() || (*chunk)->done) {
      ahead_ = std::move(chunk);
      return nullptr;
    }
    if (!(*chunk)->empty()) return publish(std::move(**chunk));
  }
  return nullptr;
}

const StreamStep* OllamaStream::publish(OllamaChunk chunk) {
  chunk_ = std::move(chunk);
  calls_ += chunk_.tool_calls.size();
  step_ = {};
  step_.text = chunk_.text;
  step_.reasoning = chunk_.reasoning;
  step_.tokens = chunk_.tokens();
  step_.tool_calls = std::move(chunk_.tool_calls);
  step_.logprobs = std::move(chunk_.logprobs);
  if (chunk_.done) {
    step_.finish = finish_of(chunk_, calls_);
    step_.usage = chunk_.usage;
    last_given_ = true;
    TrailingBodies::finish(trailing_, source_, std::move(response_));
  }
  return &step_;
}

}  // namespace b3iq::runtimes

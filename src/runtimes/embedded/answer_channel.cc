#include "runtimes/embedded/answer_channel.h"

#include <utility>

namespace b3iq::runtimes {
namespace {

// Heap and node sizes count too: a step of one byte still takes this much.
constexpr std::size_t kStepOverhead = 128;

std::size_t cost(const TokenFrame& token) {
  std::size_t bytes = kStepOverhead + token.text.size() + token.reasoning.size();
  for (const auto& call : token.tool_calls)
    bytes += kStepOverhead + call.arguments.size() + call.name.size() + call.id.size();
  for (const auto& logprob : token.logprobs) bytes += kStepOverhead * (1 + logprob.top.size());
  return bytes;
}

}  // namespace

bool AnswerChannel::push(TokenFrame token, std::size_t& unread) {
  std::lock_guard lock(mutex_);
  if (ended_) return false;
  const bool pause = add_unread(cost(token));
  unread = unread_;
  arrived_.tokens.push_back(std::move(token));
  return pause;
}

bool AnswerChannel::push(EmbeddingFrame embedding, std::size_t& unread) {
  std::lock_guard lock(mutex_);
  if (ended_) return false;
  const bool pause = add_unread(kStepOverhead + embedding.vector.size() * sizeof(float));
  unread = unread_;
  arrived_.embeddings.push_back(std::move(embedding));
  return pause;
}

// With mutex_ held. True when the worker should pause.
bool AnswerChannel::add_unread(std::size_t bytes) {
  unread_ += bytes;
  if (paused_ || unread_ < kPauseBytes) return false;
  paused_ = true;
  return true;
}

void AnswerChannel::finish(FinishFrame frame) {
  std::lock_guard lock(mutex_);
  if (std::exchange(ended_, true)) return;
  arrived_.finish = frame;
}

void AnswerChannel::fail(base::Error error) {
  std::lock_guard lock(mutex_);
  if (std::exchange(ended_, true)) return;
  arrived_.error = std::move(error);
}

base::Executor* AnswerChannel::take_sleeper() {
  std::lock_guard lock(mutex_);
  return std::exchange(sleeper_, nullptr);
}

AnswerChannel::Arrived AnswerChannel::take() {
  std::lock_guard lock(mutex_);
  Arrived taken = std::exchange(arrived_, {});
  unread_ = 0;
  taken.resume = std::exchange(paused_, false);
  return taken;
}

// False, and the reader goes on, when something arrived meanwhile.
bool AnswerChannel::sleep(std::coroutine_handle<> handle) {
  std::lock_guard lock(mutex_);
  if (!arrived_.empty()) return false;
  reader_ = handle;
  sleeper_ = base::Executor::current();
  return true;
}

void AnswerChannel::wake() {
  auto reader = std::exchange(reader_, nullptr);
  if (reader) reader.resume();
}

}  // namespace b3iq::runtimes

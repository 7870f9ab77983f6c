// One answer on its way from the hub's thread to the loop that reads it. The hub pushes, the loop
// pulls; when the reader falls behind, the worker is asked to pause this answer until it has caught
// up.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/result.h"
#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes {

// Unread bytes at which the worker pauses an answer, and at which it goes on.
inline constexpr std::size_t kPauseBytes = 256 * 1024;
inline constexpr std::size_t kResumeBytes = 64 * 1024;
// A worker that sends more than this unread has ignored the pause: it is not to be trusted.
inline constexpr std::size_t kMaxUnreadBytes = 8 * 1024 * 1024;

class AnswerChannel : public std::enable_shared_from_this<AnswerChannel> {
 public:
  explicit AnswerChannel(std::uint64_t id) : id_(id) {}
  std::uint64_t id() const { return id_; }

  // What has arrived. `tokens` are in order; `finish` or `error` is the last thing ever.
  struct Arrived {
    std::vector<TokenFrame> tokens;
    std::vector<EmbeddingFrame> embeddings;
    std::optional<FinishFrame> finish;
    std::optional<base::Error> error;
    bool resume = false;  // the worker was paused and should go on
    bool empty() const { return tokens.empty() && embeddings.empty() && !finish && !error; }
  };

  // Hub thread. push: true when the worker should pause. `unread` gets the bytes now waiting.
  bool push(TokenFrame token, std::size_t& unread);
  bool push(EmbeddingFrame embedding, std::size_t& unread);
  void finish(FinishFrame frame);
  void fail(base::Error error);
  // The executor to wake after pushing, once per sleep of the reader, or null.
  base::Executor* take_sleeper();

  // Reader's thread. take: all that is there. wait: suspends until something is; spurious wakes
  // happen.
  Arrived take();
  auto wait() {
    struct Awaiter {
      AnswerChannel& channel;
      bool await_ready() const noexcept { return false; }
      bool await_suspend(std::coroutine_handle<> handle) { return channel.sleep(handle); }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this};
  }
  // Resumes the reader if it sleeps.
  void wake();
  // The reader is going away: no wake-up will resume it.
  void abandon() { reader_ = nullptr; }

 private:
  bool sleep(std::coroutine_handle<> handle);
  bool add_unread(std::size_t bytes);

  const std::uint64_t id_;
  std::coroutine_handle<> reader_;  // reader's thread only

  std::mutex mutex_;  // guards what follows
  Arrived arrived_;
  std::size_t unread_ = 0;
  bool paused_ = false;
  bool ended_ = false;
  base::Executor* sleeper_ = nullptr;
};

}  // namespace b3iq::runtimes

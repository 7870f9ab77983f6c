// The way into an inference thread: requests, and what is wished of them later.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace b3iq::runtimes::worker {

// A running computation is abandoned for a cancellation when it has lasted this long; a shorter one
// is awaited.
inline constexpr std::int64_t kAbortAfterUs = 100'000;

template <class Request>
class CommandQueue {
 public:
  struct Command {
    enum class Kind : std::uint8_t { submit, cancel, pause, resume } kind;
    std::uint64_t id = 0;
    std::optional<Request> request;  // of submit
  };

  // Any thread.
  void submit(Request request) { post({Command::Kind::submit, 0, std::move(request)}); }
  void cancel(std::uint64_t id) { post({Command::Kind::cancel, id, std::nullopt}); }
  void pause(std::uint64_t id, bool paused) {
    post({paused ? Command::Kind::pause : Command::Kind::resume, id, std::nullopt});
  }
  // Whether a cancellation came since the last take().
  bool cancel_arrived() const { return cancel_arrived_.load(std::memory_order_acquire); }
  // Whether the inference thread waits for a command.
  bool waited_for() const { return waited_for_.load(); }

  // The inference thread: all that came; with `wait` at least one.
  std::deque<Command> take(bool wait) {
    std::deque<Command> taken;
    std::unique_lock lock(mutex_);
    if (wait) {
      waited_for_.store(true);
      arrived_.wait(lock, [&] { return !commands_.empty(); });
      waited_for_.store(false);
    }
    taken.swap(commands_);
    cancel_arrived_.store(false, std::memory_order_release);
    return taken;
  }

 private:
  void post(Command command) {
    {
      std::lock_guard lock(mutex_);
      if (command.kind == Command::Kind::cancel)
        cancel_arrived_.store(true, std::memory_order_release);
      commands_.push_back(std::move(command));
    }
    arrived_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Command> commands_;  // guarded by mutex_
  std::atomic<bool> cancel_arrived_{false};
  std::atomic<bool> waited_for_{false};
};

}  // namespace b3iq::runtimes::worker

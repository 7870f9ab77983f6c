// The smallest executor: one thread and a queue. Tests, benches and tools use it; servers have
// http/event_loop.h.
//
// The condition variable is notified with the mutex held: what was posted may end the owner, and
// with it the variable, as soon as the mutex is free.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/executor.h"
#include "base/task.h"

namespace b3iq::base {

class SingleThreadExecutor final : public Executor {
 public:
  SingleThreadExecutor() : thread_([this] { run(); }) {}
  // Runs what was posted so far, then ends the thread.
  ~SingleThreadExecutor() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      wake_.notify_one();
    }
    thread_.join();
  }

  void post(UniqueFunction<void()> function) override { push(std::move(function)); }
  void post(std::coroutine_handle<> handle) override {
    push([handle] { handle.resume(); });
  }
  void post(std::span<const std::coroutine_handle<>> handles) override {
    const std::lock_guard lock(mutex_);
    for (const auto handle : handles) queue_.emplace_back([handle] { handle.resume(); });
    wake_.notify_one();
  }

  std::thread::id thread_id() const { return thread_.get_id(); }

  // Runs `make()`, a task, on this executor and blocks the calling thread (another one) for its
  // value.
  template <class Make>
  auto run_task(Make make) {
    std::promise<typename decltype(make())::value_type> promise;
    auto future = promise.get_future();
    post([&make, &promise] { detach(fulfil(make, std::move(promise))); });
    return future.get();
  }

 private:
  template <class Make, class T>
  static Task<void> fulfil(Make& make, std::promise<T> promise) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await make();
        promise.set_value();
      } else {
        T value = co_await make();
        promise.set_value(std::move(value));
      }
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  }

  void push(UniqueFunction<void()> function) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(function));
    wake_.notify_one();
  }

  void run() {
    set_current(this);
    for (;;) {
      UniqueFunction<void()> next;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        next = std::move(queue_.front());
        queue_.pop_front();
      }
      next();
    }
  }

  std::mutex mutex_;  // guards queue_ and stopping_
  std::condition_variable wake_;
  std::deque<UniqueFunction<void()>> queue_;
  bool stopping_ = false;
  std::thread thread_;  // last: it starts in the constructor
};

}  // namespace b3iq::base

// Task<T>: a lazy coroutine. It starts when it is awaited, resumes its awaiter directly (symmetric
// transfer), and is destroyed with its owner. One thread at a time; a task moves to another thread
// only by awaiting something that resumes it there. An exception inside travels to the awaiter.
//
// Rule for g++ 12 (docs/adr/0002): no capturing lambda and no aggregate temporary inside an
// expression with co_await; name it first.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "base/executor.h"
#include "base/recycled.h"

namespace b3iq::base {

template <class T = void>
class Task;

namespace detail {

struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
    auto continuation = handle.promise().continuation;
    return continuation ? continuation : std::coroutine_handle<>(std::noop_coroutine());
  }
  void await_resume() const noexcept {}
};

struct PromiseBase : Recycled {
  std::coroutine_handle<> continuation;
  std::exception_ptr failure;

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& v) {
    value.emplace(std::forward<U>(v));
  }
  T take() {
    if (failure) std::rethrow_exception(failure);
    // A task ends with a value or an exception.
    return *std::move(value);  // NOLINT(bugprone-unchecked-optional-access)
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() const {
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using value_type = T;

  Task() = default;
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> handle;
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const noexcept {
        handle.promise().continuation = awaiting;
        return handle;
      }
      T await_resume() const { return handle.promise().take(); }
    };
    return Awaiter{handle_};
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

// Owns itself and ends the process if the task lets an exception out: a detached task has nobody to
// tell.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

inline Detached run_detached(Task<void> task) { co_await std::move(task); }

}  // namespace detail

// Starts `task` now, on this thread, with no owner. It must catch what it can throw.
inline void detach(Task<void> task) { detail::run_detached(std::move(task)); }

// Waits for one value that another thread (or a later callback) brings. It lives in the frame that
// awaits it:
//
//   Arrival<int> arrival;
//   worker.submit([&arrival] { arrival.set(42); });   // exactly once, from any thread
//   int value = co_await arrival.wait([&] { ... start the work here ... });
//
// `start` runs after the awaiting coroutine is suspended, so set() may come at any time after it,
// from any thread.
template <class T>
class Arrival {
 public:
  void set(T value) {
    value_.emplace(std::move(value));
    executor_->post(handle_);
  }
  // For senders that wake many at once: stores the value; the caller then posts handle() on
  // executor().
  void set_without_wake(T value) { value_.emplace(std::move(value)); }
  Executor* executor() const { return executor_; }
  std::coroutine_handle<> handle() const { return handle_; }

  template <class Start>
  auto wait(Start start) {
    struct Awaiter {
      Arrival& arrival;
      Start start;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> handle) {
        arrival.handle_ = handle;
        arrival.executor_ = Executor::current();
        // The frame may be resumed (and gone) as soon as start has published it: touch nothing of
        // it afterwards.
        auto begin = std::move(start);
        begin();
      }
      T await_resume() {
        // set() came before the resumption.
        return *std::move(arrival.value_);  // NOLINT(bugprone-unchecked-optional-access)
      }
    };
    return Awaiter{*this, std::move(start)};
  }

 private:
  Executor* executor_ = nullptr;
  std::coroutine_handle<> handle_;
  std::optional<T> value_;
};

}  // namespace b3iq::base

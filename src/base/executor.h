// Where coroutines are resumed. An event loop implements it; code that waits for another thread
// remembers Executor::current() and is resumed there.
#pragma once

#include <coroutine>
#include <span>

#include "base/unique_function.h"

namespace b3iq::base {

class Executor {
 public:
  virtual ~Executor() = default;

  // Runs `function` (resumes `handle`) on this executor's thread, later, never inside the call. Any
  // thread.
  virtual void post(UniqueFunction<void()> function) = 0;
  virtual void post(std::coroutine_handle<> handle) = 0;
  // Resumes all of them with one wake-up. Any thread.
  virtual void post(std::span<const std::coroutine_handle<>> handles) = 0;

  // The executor whose thread this is, or null outside one.
  static Executor* current();

 protected:
  // Called by an implementation on its own thread while it runs.
  static void set_current(Executor* executor);
};

}  // namespace b3iq::base

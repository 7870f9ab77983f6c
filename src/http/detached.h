// A coroutine that owns itself: started at once, gone when it ends. It catches what it can throw.
#pragma once

#include <coroutine>
#include <exception>

namespace b3iq::http {

struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

}  // namespace b3iq::http

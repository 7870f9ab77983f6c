// Memory of short-lived objects, kept by size on each thread: coroutine frames, and classes of
// which every request makes one.
#pragma once

#include <cstddef>

namespace b3iq::base {

namespace detail {

// Any thread; memory may be given back on another one. May throw std::bad_alloc.
void* take_recycled(std::size_t size);
void give_recycled(void* memory, std::size_t size) noexcept;

}  // namespace detail

// Inherit from it to have `new` and `delete` use that memory. Not for arrays; a class with heirs
// needs a virtual destructor.
struct Recycled {
  static void* operator new(std::size_t size) { return detail::take_recycled(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    detail::give_recycled(memory, size);
  }
};

}  // namespace b3iq::base

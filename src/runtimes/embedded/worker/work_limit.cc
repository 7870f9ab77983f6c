#include "runtimes/embedded/worker/work_limit.h"

#include <time.h>

#include <cstddef>
#include <cstdlib>

namespace b3iq::runtimes::worker {
namespace {

constexpr unsigned kAllocationsPerLook = 64;
// Left to what unwinds, before it would be told again.
constexpr std::int64_t kGraceNs = 100'000'000;

// Zero: no limit.
thread_local std::int64_t ends_at_ns = 0;
thread_local unsigned allocations = 0;

std::int64_t thread_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void look_at_clock() {
  if (ends_at_ns == 0 || ++allocations % kAllocationsPerLook != 0) return;
  const std::int64_t now = thread_ns();
  if (now < ends_at_ns) return;
  ends_at_ns = now + kGraceNs;
  throw WorkTooLong();
}

[[maybe_unused]] void* allocate(std::size_t size) {
  look_at_clock();
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

[[maybe_unused]] void* allocate_or_null(std::size_t size) noexcept {
  return std::malloc(size == 0 ? 1 : size);
}

}  // namespace

WorkLimit::WorkLimit(std::int64_t most_us) : began_ns_(thread_ns()) {
  ends_at_ns = began_ns_ + most_us * 1000;
}

WorkLimit::~WorkLimit() { ends_at_ns = 0; }

std::int64_t WorkLimit::spent_us() const { return (thread_ns() - began_ns_) / 1000; }

}  // namespace b3iq::runtimes::worker

// The sanitizers bring their own; there a limit is seen only when the work has ended.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
// The whole program's, its libraries included: a definition in the program comes before theirs.
void* operator new(std::size_t size) { return b3iq::runtimes::worker::allocate(size); }
void* operator new[](std::size_t size) { return b3iq::runtimes::worker::allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return b3iq::runtimes::worker::allocate_or_null(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return b3iq::runtimes::worker::allocate_or_null(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
#endif

#include "base/recycled.h"

#include <array>
#include <cstddef>
#include <new>
#include <utility>

// A sanitizer must see every object come and go.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define B3_RECYCLE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define B3_RECYCLE 0
#endif
#endif
#ifndef B3_RECYCLE
#define B3_RECYCLE 1
#endif

namespace b3iq::base::detail {

#if B3_RECYCLE
namespace {

constexpr std::size_t kGrain = 256;
constexpr std::size_t kClasses = 32;  // up to 8 KiB
// Bytes: the frames of some hundreds of requests that wait for one commit and go together.
constexpr std::size_t kKeptPerThread = 4 * 1024 * 1024;

// The same few sizes come and go with every request; those above 1 KiB are past malloc's quick
// lists.
class RecycledMemory {
 public:
  ~RecycledMemory() {
    gone = true;
    for (Node* head : heads_) {
      while (head) ::operator delete(std::exchange(head, head->next));
    }
  }
  void* take(std::size_t size) {
    const std::size_t index = (size - 1) / kGrain;
    if (Node* node = heads_[index]) {
      heads_[index] = node->next;
      kept_ -= (index + 1) * kGrain;
      return node;
    }
    return ::operator new((index + 1) * kGrain);
  }
  bool keep(void* memory, std::size_t size) {
    const std::size_t index = (size - 1) / kGrain;
    const std::size_t bytes = (index + 1) * kGrain;
    if (kept_ + bytes > kKeptPerThread) return false;
    kept_ += bytes;
    heads_[index] = ::new (memory) Node{heads_[index]};
    return true;
  }
  // Memory may be given back while the thread's own objects are being destroyed.
  static thread_local bool gone;

 private:
  struct Node {
    Node* next;
  };
  std::array<Node*, kClasses> heads_{};
  std::size_t kept_ = 0;
};

thread_local bool RecycledMemory::gone = false;
thread_local RecycledMemory cache;

bool cached(std::size_t size) { return size <= kGrain * kClasses && !RecycledMemory::gone; }

}  // namespace

void* take_recycled(std::size_t size) {
  return cached(size) ? cache.take(size) : ::operator new(size);
}

void give_recycled(void* memory, std::size_t size) noexcept {
  if (!cached(size) || !cache.keep(memory, size)) ::operator delete(memory);
}
#else
void* take_recycled(std::size_t size) { return ::operator new(size); }
void give_recycled(void* memory, std::size_t) noexcept { ::operator delete(memory); }
#endif

}  // namespace b3iq::base::detail

// The inside of an event loop: one epoll set (edge-triggered), posted work, timers, and what the
// connections of a loop share. Loop thread only, except post().
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "http/block_pool.h"
#include "http/event_loop.h"
#include "http/intrusive_list.h"
#include "http/request_ids.h"

namespace b3iq::http {

class Reactor;

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
// Deadlines are looked at this often at most, and not at all while none is set.
inline constexpr std::int64_t kDeadlineStepMs = 250;
inline constexpr std::size_t kEventsPerWait = 128;
// New requests begun between two looks at the kernel.
inline constexpr int kTurnsPerWait = 16;
// A request's head starts in a small block: an open stream keeps it. An answer's bytes come in a
// large one.
inline constexpr std::size_t kSmallBlockBytes = 2 * 1024;
inline constexpr std::size_t kLargeBlockBytes = 16 * 1024;
inline constexpr std::size_t kSmallBlocksKept = 64;
inline constexpr std::size_t kLargeBlocksKept = 16;

// Something that is told about its descriptor's readiness. It must be forgotten (Reactor::forget)
// before it dies.
class Watch {
 public:
  virtual void ready(std::uint32_t events) = 0;

 protected:
  ~Watch() = default;
};

struct DeadlineTag {};
struct WakeTag {};
struct FlushTag {};

// A coarse time limit (up to kDeadlineStepMs late). Setting and clearing are two stores.
class Deadline : public ListNode<DeadlineTag> {
 public:
  void set(Reactor& reactor, std::int64_t at_ms);
  void clear() { at_ms_ = kNever; }
  std::int64_t at_ms() const { return at_ms_; }

 protected:
  ~Deadline() = default;
  virtual void expired() = 0;

 private:
  friend class Reactor;
  std::int64_t at_ms_ = kNever;
};

// Resumed by the loop after the running piece of work, never inside the call that asked for it.
class Woken : public ListNode<WakeTag> {
 protected:
  ~Woken() = default;
  virtual void wake() = 0;
  friend class Reactor;
};

// A new piece of work that waits until the loop takes it up: see Reactor::turn().
struct TurnTag {};

// Bytes held back in the hope that more come in the same turn; written before the loop sleeps.
class Flushable : public ListNode<FlushTag> {
 protected:
  ~Flushable() = default;
  virtual void flush() = 0;
  friend class Reactor;
};

// Logs, if memory allows: what failed may be memory itself.
void log_failure(std::string_view event, std::string_view what) noexcept;

class Reactor {
 public:
  explicit Reactor(EventLoop& owner);
  ~Reactor();

  void run();
  void stop();
  // Runs what is ready without waiting for the kernel: lets cancelled work end. Not from inside
  // run().
  void settle();

  struct Posted {
    std::coroutine_handle<> handle;
    base::UniqueFunction<void()> function;
  };
  void post(Posted posted);
  void post(std::span<const std::coroutine_handle<>> handles);

  // Registers `fd` for everything, edge-triggered; false when the kernel refuses.
  bool watch(int fd, Watch& watch);
  // Unregisters; events of `watch` that are already fetched are dropped. The descriptor is still
  // open.
  void forget(int fd, Watch& watch);
  // True while `watch` lives, asked by Watch::ready between two resumptions.
  bool is_current(const Watch& watch) const { return current_ == &watch; }

  void wake(Woken& woken) { woken_.push_back(woken); }
  void flush_later(Flushable& flushable) { flushes_.push_back(flushable); }
  void add_timer(std::int64_t at_ms, std::coroutine_handle<> handle);

  // Awaited before a new piece of work is begun: goes on at once for the first kTurnsPerWait
  // between two looks at the kernel; the others follow in order, as many after each look. So a
  // burst of new requests cannot hold up the streams that already run.
  struct Turn : ListNode<TurnTag> {
    explicit Turn(Reactor& reactor) : reactor(reactor) {}
    Reactor& reactor;
    std::coroutine_handle<> handle;
    bool await_ready() const noexcept { return reactor.take_turn(); }
    void await_suspend(std::coroutine_handle<> waiting) noexcept {
      handle = waiting;
      reactor.turns_.push_back(*this);
    }
    void await_resume() const noexcept {}
  };
  Turn turn() { return Turn(*this); }

  std::int64_t now_ms() const { return now_ms_; }
  std::int64_t refresh_now();
  // "Date: ...\r\n", made at most twice a second.
  std::string_view date_header();

  EventLoop& owner() { return owner_; }
  BlockPool& small_blocks() { return small_blocks_; }
  BlockPool& large_blocks() { return large_blocks_; }
  // Where a head is put together before it is written. Contents last until the caller suspends.
  std::string& scratch() { return scratch_; }
  RequestIds& request_ids() { return request_ids_; }

 private:
  friend class Deadline;
  struct Timer {
    std::int64_t at_ms;
    std::uint64_t order;
    std::coroutine_handle<> handle;
    bool operator<(const Timer& other) const {
      return at_ms != other.at_ms ? at_ms > other.at_ms : order > other.order;
    }
  };
  bool take_turn() noexcept;
  void run_turns();
  void run_ready();
  void run_posted(std::vector<Posted>& queue);
  void run_woken();
  void run_flushes();
  void run_timers();
  void walk_deadlines();
  void dispatch(int count);
  void take_remote();
  void signal();
  int wait_ms();

  EventLoop& owner_;
  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  std::int64_t now_ms_ = 0;
  std::atomic<bool> stopping_ = false;

  ListNode<DeadlineTag> deadlines_;
  std::int64_t next_walk_ms_ = kNever;
  ListNode<WakeTag> woken_;
  ListNode<FlushTag> flushes_;
  ListNode<TurnTag> turns_;
  int turns_left_ = kTurnsPerWait;
  std::vector<Timer> timers_;  // heap
  std::uint64_t timer_order_ = 0;
  std::vector<Posted> local_;
  std::vector<Posted> running_;

  std::mutex mutex_;
  std::vector<Posted> remote_;  // guarded by mutex_
  bool signalled_ = false;      // guarded by mutex_

  Watch* current_ = nullptr;
  int event_index_ = 0;
  int event_count_ = 0;
  std::array<epoll_event, kEventsPerWait> events_;

  BlockPool small_blocks_{kSmallBlockBytes, kSmallBlocksKept};
  BlockPool large_blocks_{kLargeBlockBytes, kLargeBlocksKept};
  std::string scratch_;
  RequestIds request_ids_;
  std::string date_;
  std::int64_t date_until_ms_ = 0;
};

struct EventLoop::Impl {
  explicit Impl(EventLoop& owner) : reactor(owner) {}
  Reactor reactor;
};

}  // namespace b3iq::http

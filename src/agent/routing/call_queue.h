// Where calls wait for a runtime that can run only so many at once. Bounded in number and in time,
// and fair between accounts: a free place goes to the accounts in turn, and when the queue is full
// the account with the most waiting makes room. Loop thread only.
#pragma once

#include <coroutine>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "http/event_loop.h"

namespace b3iq::agent {

struct QueueLimits {
  std::int64_t running = 0;  // calls that run at once; 0: no limit, nothing ever waits
  std::int64_t waiting = 64;
  std::int64_t wait_ms = 60'000;
};

class CallQueue {
 public:
  CallQueue(QueueLimits limits, const base::Clock& clock, http::EventLoop& loop)
      : limits_(limits), clock_(clock), loop_(loop) {}
  // Calls may still run: their places know that the queue is gone only by being gone themselves, so
  // it outlives them.
  ~CallQueue() = default;
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;

  // A running call's place; given back when destroyed.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
    Place& operator=(Place&& other) noexcept;
    ~Place() { release(); }
    void release();

   private:
    friend class CallQueue;
    explicit Place(CallQueue* queue) : queue_(queue) {}
    CallQueue* queue_ = nullptr;
  };

  // Waits for a place. `account` and `cancel` outlive the call. Errors: overloaded with the time to
  // come back when there is no room to wait or the wait was too long; cancelled; shutting_down.
  base::Task<base::Result<Place>> enter(std::string_view account, base::CancelToken cancel);
  // A place when one is free and nobody waits; else nothing.
  std::optional<Place> enter_now();

  // Refuses all who wait, and all who come, with `reason`.
  void close(base::Error reason);
  std::int64_t running() const { return running_; }
  std::int64_t waiting() const { return waiting_; }
  // No place to run and none to wait.
  bool full() const {
    return limits_.running > 0 && running_ >= limits_.running && waiting_ >= limits_.waiting;
  }
  // Milliseconds that the longest waiting call has waited.
  std::int64_t oldest_wait_ms() const;
  // Whether nothing of it is left on the loop.
  bool idle() const { return !sweeping_; }
  // Nobody runs, nobody waits.
  bool empty() const { return running_ == 0 && waiting_ == 0; }

 private:
  struct Waiter {
    std::coroutine_handle<> handle;
    base::Status outcome;
    std::int64_t since_ns = 0;
    bool settled = false;
    base::CancelCallback on_cancel;
  };
  struct Account {
    std::string name;
    std::deque<Waiter*> waiters;
  };
  struct Wait;

  void add(std::string_view account, Waiter& waiter);
  // Takes the waiter out, with the reason or (ok) a place, and resumes it from the loop.
  void settle(std::list<Account>::iterator account, std::deque<Waiter*>::iterator waiter,
              base::Status outcome);
  void refuse(Waiter& waiter, base::Error error);
  bool make_room(std::string_view account);
  void hand_on();
  base::Error full_error() const;
  base::Task<void> sweep();

  QueueLimits limits_;
  const base::Clock& clock_;
  http::EventLoop& loop_;
  std::int64_t running_ = 0;
  std::int64_t waiting_ = 0;
  std::optional<base::Error> closed_;
  bool sweeping_ = false;
  std::list<Account> accounts_;  // those with waiters; the first is next in turn
};

}  // namespace b3iq::agent

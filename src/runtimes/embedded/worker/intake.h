// The queue between the socket and the inference thread, and the thread that prepares requests: for
// chats and for embeddings alike.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

#include "runtimes/embedded/worker/agent_link.h"
#include "runtimes/embedded/worker/loaded_model.h"

namespace b3iq::runtimes::worker {

WorkerError wire_code(base::ErrorCode code);
void refuse_request(AgentLink& link, std::uint64_t id, const base::Error& error);
base::Error too_many_requests(std::uint32_t capacity);

// `Engine` has a type Request, submit() for one that is prepared, and cancel().
template <class Frame, class Engine>
class Intake {
 public:
  using Prepare = base::Result<typename Engine::Request> (*)(const LoadedModel&, Frame);

  // `capacity`: requests that may be open at once, running ones included. `open` as in Engine.
  Intake(const LoadedModel& model, Prepare prepare, Engine& engine, AgentLink& link,
         std::atomic<std::uint32_t>& open, std::uint32_t capacity)
      : model_(model),
        prepare_(prepare),
        engine_(engine),
        link_(link),
        open_(open),
        capacity_(capacity) {}

  // Queues the request, or answers that the queue is full. Reader thread.
  void accept(Frame request) {
    if (open_.load() >= capacity_) {
      refuse_request(link_, request.id, too_many_requests(capacity_));
      return;
    }
    ++open_;
    {
      std::lock_guard lock(mutex_);
      queue_.push_back(std::move(request));
    }
    arrived_.notify_one();
  }

  // Wherever the request is by now. Reader thread.
  void cancel(std::uint64_t id) {
    std::lock_guard lock(mutex_);
    auto removed = std::erase_if(queue_, [&](const Frame& request) { return request.id == id; });
    open_ -= static_cast<std::uint32_t>(removed);
    if (preparing_ == id) preparing_cancelled_ = true;
    if (removed == 0 && preparing_ != id) engine_.cancel(id);
  }

  // The preparing thread; never returns.
  [[noreturn]] void run() {
    while (true) {
      Frame request = next();
      const std::uint64_t id = request.id;
      auto prepared = prepare_(model_, std::move(request));
      std::lock_guard lock(mutex_);
      preparing_ = 0;
      if (prepared.ok() && !preparing_cancelled_) {
        engine_.submit(std::move(prepared).value());
        continue;
      }
      --open_;
      if (!prepared.ok() && !preparing_cancelled_) refuse_request(link_, id, prepared.error());
    }
  }

 private:
  Frame next() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !queue_.empty(); });
    Frame request = std::move(queue_.front());
    queue_.pop_front();
    preparing_ = request.id;
    preparing_cancelled_ = false;
    return request;
  }

  const LoadedModel& model_;
  const Prepare prepare_;
  Engine& engine_;
  AgentLink& link_;
  std::atomic<std::uint32_t>& open_;
  const std::uint32_t capacity_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Frame> queue_;           // guarded by mutex_
  std::uint64_t preparing_ = 0;       // guarded by mutex_; 0: none
  bool preparing_cancelled_ = false;  // guarded by mutex_
};

}  // namespace b3iq::runtimes::worker

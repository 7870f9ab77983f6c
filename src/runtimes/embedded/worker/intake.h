// The queue between the socket and the inference thread, and the thread that prepares requests.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

#include "runtimes/embedded/worker/agent_link.h"
#include "runtimes/embedded/worker/engine.h"
#include "runtimes/embedded/worker/loaded_model.h"

namespace b3iq::runtimes::worker {

class Intake {
 public:
  // `capacity`: requests that may be open at once, running ones included. `open` as in Engine.
  Intake(const LoadedModel& model, Engine& engine, AgentLink& link,
         std::atomic<std::uint32_t>& open, std::uint32_t capacity)
      : model_(model), engine_(engine), link_(link), open_(open), capacity_(capacity) {}

  // Queues the request, or answers that the queue is full. Reader thread.
  void accept(ChatFrame request);
  // Wherever the request is by now. Reader thread.
  void cancel(std::uint64_t id);
  // The preparing thread; never returns.
  [[noreturn]] void run();

 private:
  void refuse(std::uint64_t id, const base::Error& error);

  const LoadedModel& model_;
  Engine& engine_;
  AgentLink& link_;
  std::atomic<std::uint32_t>& open_;
  const std::uint32_t capacity_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<ChatFrame> queue_;       // guarded by mutex_
  std::uint64_t preparing_ = 0;       // guarded by mutex_; 0: none
  bool preparing_cancelled_ = false;  // guarded by mutex_
};

}  // namespace b3iq::runtimes::worker

// One thread's event loop. Everything of http runs on exactly one loop; loops share nothing. The
// kernel's side (epoll) is hidden in the .cc.
#pragma once

#include <cstdint>
#include <memory>

#include "base/executor.h"
#include "base/task.h"

namespace b3iq::http {

class EventLoop final : public base::Executor {
 public:
  EventLoop();
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs until stop(). The calling thread becomes the loop's thread.
  void run();
  // Makes run() return soon. Any thread; async-signal-safe.
  void stop();
  // Runs what is ready now (posted work, ended waits) without waiting for the kernel. For
  // tear-down, after run() returned.
  void settle();

  void post(base::UniqueFunction<void()> function) override;
  void post(std::coroutine_handle<> handle) override;
  void post(std::span<const std::coroutine_handle<>> handles) override;

  // Resumes the caller after `ms`. Loop thread only.
  base::Task<void> sleep(std::int64_t ms);
  // Steady milliseconds, refreshed once per wake-up (coarse, free to read). Loop thread only.
  std::int64_t now_ms() const;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace b3iq::http

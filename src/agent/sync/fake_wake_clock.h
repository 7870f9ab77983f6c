// A WakeClock that a test moves by hand, on the loop's thread.
#pragma once

#include <algorithm>
#include <coroutine>
#include <vector>

#include "agent/sync/wake_timer.h"
#include "base/clock.h"

namespace b3iq::agent {

class FakeWakeClock final : public WakeClock {
 public:
  // `wall` moves along when it is given.
  explicit FakeWakeClock(http::EventLoop& loop, base::FakeClock* wall = nullptr)
      : loop_(loop), wall_(wall) {}

  std::int64_t now_ms() const override { return now_ms_; }
  std::unique_ptr<WakeTimer> timer() override { return std::make_unique<Timer>(*this); }

  void advance_ms(std::int64_t ms) {
    now_ms_ += ms;
    if (wall_ != nullptr) wall_->advance_ms(ms);
    for (auto* timer : timers_) timer->look();
  }
  // The next time that somebody waits for; nothing when nobody does.
  std::optional<std::int64_t> next_ms() const {
    std::optional<std::int64_t> next;
    for (const auto* timer : timers_)
      if (timer->waiting()) next = std::min(next.value_or(timer->at_ms()), timer->at_ms());
    return next;
  }

 private:
  class Timer final : public WakeTimer {
   public:
    explicit Timer(FakeWakeClock& clock) : clock_(clock) { clock_.timers_.push_back(this); }
    ~Timer() override { std::erase(clock_.timers_, this); }
    base::Task<void> wait_until(std::int64_t at_ms) override {
      at_ms_ = at_ms;
      while (!woken_ && clock_.now_ms_ < at_ms) {
        Pause pause{*this};
        co_await pause;
      }
      woken_ = false;
    }
    void wake() override {
      woken_ = true;
      resume();
    }
    void look() {
      if (clock_.now_ms_ >= at_ms_) resume();
    }
    bool waiting() const { return waiting_ != nullptr; }
    std::int64_t at_ms() const { return at_ms_; }

   private:
    struct Pause {
      Timer& timer;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> handle) const { timer.waiting_ = handle; }
      void await_resume() const noexcept {}
    };
    void resume() {
      if (waiting_) clock_.loop_.post(std::exchange(waiting_, nullptr));
    }
    FakeWakeClock& clock_;
    std::int64_t at_ms_ = 0;
    bool woken_ = false;
    std::coroutine_handle<> waiting_;
  };

  http::EventLoop& loop_;
  base::FakeClock* wall_;
  std::int64_t now_ms_ = 1'000'000;
  std::vector<Timer*> timers_;
};

}  // namespace b3iq::agent

#include "http/event_loop.h"

#include "http/reactor.h"

namespace b3iq::http {

EventLoop::EventLoop() : impl_(std::make_unique<Impl>(*this)) {}
EventLoop::~EventLoop() = default;

void EventLoop::run() {
  auto* outer = current();
  set_current(this);
  impl_->reactor.run();
  set_current(outer);
}

void EventLoop::stop() { impl_->reactor.stop(); }

void EventLoop::settle() {
  auto* outer = current();
  set_current(this);
  impl_->reactor.settle();
  set_current(outer);
}

void EventLoop::post(base::UniqueFunction<void()> function) {
  impl_->reactor.post({{}, std::move(function)});
}
void EventLoop::post(std::coroutine_handle<> handle) { impl_->reactor.post({handle, {}}); }
void EventLoop::post(std::span<const std::coroutine_handle<>> handles) {
  impl_->reactor.post(handles);
}

namespace {

struct SleepAwaiter {
  Reactor& reactor;
  std::int64_t ms;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    reactor.add_timer(reactor.refresh_now() + ms, handle);
  }
  void await_resume() const noexcept {}
};

}  // namespace

base::Task<void> EventLoop::sleep(std::int64_t ms) {
  SleepAwaiter awaiter{impl_->reactor, ms};
  co_await awaiter;
}

std::int64_t EventLoop::now_ms() const { return impl_->reactor.now_ms(); }

}  // namespace b3iq::http

#include "http/reactor.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.h"
#include "base/log.h"

namespace b3iq::http {
namespace {

constexpr std::int64_t kDateFreshMs = 500;
constexpr std::int64_t kLongestWaitMs = 3'600'000;

std::int64_t steady_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

void log_failure(std::string_view event, std::string_view what) noexcept {
  try {
    base::log(base::LogLevel::error, event, {{"what", what}});
  } catch (...) {  // NOLINT(bugprone-empty-catch)
    // Nothing is left to tell it with.
  }
}

void Deadline::set(Reactor& reactor, std::int64_t at_ms) {
  at_ms_ = at_ms;
  if (!linked()) reactor.deadlines_.push_back(*this);
  // Never later than planned: a deadline that is set again and again must still be met.
  reactor.next_walk_ms_ =
      std::min(reactor.next_walk_ms_, std::max(at_ms, reactor.now_ms_ + kDeadlineStepMs));
}

Reactor::Reactor(EventLoop& owner) : owner_(owner) {
  epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  B3_CHECK(epoll_fd_ >= 0 && wake_fd_ >= 0);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  B3_CHECK(epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event) == 0);
  now_ms_ = steady_ms();
}

Reactor::~Reactor() {
  close(wake_fd_);
  close(epoll_fd_);
}

std::int64_t Reactor::refresh_now() { return now_ms_ = steady_ms(); }

bool Reactor::watch(int fd, Watch& watch) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watch;
  return epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void Reactor::forget(int fd, Watch& watch) {
  // Not left to close(): a child between fork and exec keeps the open file, and with it the
  // registration, alive.
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
  if (current_ == &watch) current_ = nullptr;
  for (int i = event_index_; i < event_count_; ++i) {
    auto& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == &watch) event.events = 0;
  }
}

void Reactor::signal() {
  const std::uint64_t one = 1;
  // A full counter is already a signal.
  [[maybe_unused]] const auto written = write(wake_fd_, &one, sizeof one);
}

void Reactor::stop() {
  stopping_.store(true, std::memory_order_release);
  signal();
}

void Reactor::post(Posted posted) {
  if (base::Executor::current() == &owner_) {
    local_.push_back(std::move(posted));
    return;
  }
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    remote_.push_back(std::move(posted));
    first = !std::exchange(signalled_, true);
  }
  if (first) signal();
}

void Reactor::post(std::span<const std::coroutine_handle<>> handles) {
  if (handles.empty()) return;
  if (base::Executor::current() == &owner_) {
    for (auto handle : handles) local_.push_back({handle, {}});
    return;
  }
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    for (auto handle : handles) remote_.push_back({handle, {}});
    first = !std::exchange(signalled_, true);
  }
  if (first) signal();
}

void Reactor::take_remote() {
  std::lock_guard lock(mutex_);
  signalled_ = false;
  if (local_.empty()) {
    local_.swap(remote_);
    return;
  }
  for (auto& posted : remote_) local_.push_back(std::move(posted));
  remote_.clear();
}

void Reactor::add_timer(std::int64_t at_ms, std::coroutine_handle<> handle) {
  timers_.push_back({at_ms, timer_order_++, handle});
  std::push_heap(timers_.begin(), timers_.end());
}

void Reactor::run_timers() {
  while (!timers_.empty() && timers_.front().at_ms <= now_ms_) {
    std::pop_heap(timers_.begin(), timers_.end());
    auto handle = timers_.back().handle;
    timers_.pop_back();
    handle.resume();
  }
}

void Reactor::walk_deadlines() {
  if (now_ms_ < next_walk_ms_) return;
  ListNode<DeadlineTag> due;
  std::int64_t earliest = kNever;
  for (auto* node = deadlines_.front(); node != deadlines_.end();) {
    auto& deadline = static_cast<Deadline&>(*node);
    node = node->next();
    if (deadline.at_ms_ == kNever) {
      deadline.unlink();
    } else if (deadline.at_ms_ <= now_ms_) {
      due.push_back(deadline);
    } else {
      earliest = std::min(earliest, deadline.at_ms_);
    }
  }
  next_walk_ms_ = earliest == kNever ? kNever : std::max(earliest, now_ms_ + kDeadlineStepMs);
  while (!due.empty()) {
    auto& deadline = static_cast<Deadline&>(*due.front());
    deadline.unlink();
    deadline.at_ms_ = kNever;
    deadline.expired();
  }
}

void Reactor::run_posted(std::vector<Posted>& queue) {
  for (auto& posted : queue) {
    if (posted.handle) {
      posted.handle.resume();
      continue;
    }
    try {
      posted.function();
    } catch (const std::exception& exception) {
      log_failure("loop.work_failed", exception.what());
    }
  }
  queue.clear();
}

void Reactor::run_woken() {
  // Only those that are there now: one that yields its turn comes back after the kernel was asked.
  ListNode<WakeTag> batch;
  batch.take(woken_);
  while (!batch.empty()) {
    auto& woken = static_cast<Woken&>(*batch.front());
    woken.unlink();
    woken.wake();
  }
}

void Reactor::run_flushes() {
  while (!flushes_.empty()) {
    auto& flushable = static_cast<Flushable&>(*flushes_.front());
    flushable.unlink();
    flushable.flush();
  }
}

bool Reactor::take_turn() noexcept {
  if (turns_left_ == 0 || !turns_.empty()) return false;
  --turns_left_;
  return true;
}

void Reactor::run_turns() {
  for (turns_left_ = kTurnsPerWait; turns_left_ > 0 && !turns_.empty(); --turns_left_) {
    auto& turn = static_cast<Turn&>(*turns_.front());
    turn.unlink();
    turn.handle.resume();
  }
}

void Reactor::run_ready() {
  run_turns();
  run_woken();
  if (!local_.empty()) {
    running_.swap(local_);
    run_posted(running_);
    run_woken();
  }
  run_flushes();
}

void Reactor::settle() {
  std::vector<Posted> batch;
  take_remote();
  while (!woken_.empty() || !local_.empty() || !flushes_.empty() || !turns_.empty()) {
    run_turns();
    run_woken();
    batch.swap(local_);
    run_posted(batch);
    run_flushes();
    take_remote();
  }
}

int Reactor::wait_ms() {
  if (!local_.empty() || !woken_.empty() || !turns_.empty()) return 0;
  const std::int64_t timer = timers_.empty() ? kNever : timers_.front().at_ms;
  const std::int64_t next = std::min(timer, next_walk_ms_);
  if (next == kNever) return -1;
  return static_cast<int>(std::clamp<std::int64_t>(next - now_ms_, 0, kLongestWaitMs));
}

void Reactor::dispatch(int count) {
  event_count_ = count;
  for (event_index_ = 0; event_index_ < event_count_;) {
    const auto& event = events_[static_cast<std::size_t>(event_index_++)];
    if (event.data.ptr == nullptr) {
      std::uint64_t counter = 0;
      [[maybe_unused]] const auto got = read(wake_fd_, &counter, sizeof counter);
      take_remote();
    } else if (event.events != 0) {
      current_ = static_cast<Watch*>(event.data.ptr);
      current_->ready(event.events);
      current_ = nullptr;
    }
  }
  event_count_ = event_index_ = 0;
}

void Reactor::run() {
  refresh_now();
  // What was posted before the loop ran goes before what waits at its sockets already.
  take_remote();
  while (!stopping_.load(std::memory_order_acquire)) {
    run_ready();
    const int count =
        epoll_wait(epoll_fd_, events_.data(), static_cast<int>(events_.size()), wait_ms());
    refresh_now();
    if (count > 0) dispatch(count);
    run_timers();
    walk_deadlines();
  }
  stopping_.store(false, std::memory_order_release);
}

std::string_view Reactor::date_header() {
  if (now_ms_ >= date_until_ms_) {
    const time_t seconds = time(nullptr);
    tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    const auto length = strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    date_.assign(text, length);
    date_until_ms_ = now_ms_ + kDateFreshMs;
  }
  return date_;
}

}  // namespace b3iq::http

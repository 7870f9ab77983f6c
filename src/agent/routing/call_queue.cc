#include "agent/routing/call_queue.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kSweepEveryMs = 100;
// Advice to those who found no room: about when a place may be free.
constexpr std::int64_t kRetryAfterFullMs = 2'000;

}  // namespace

CallQueue::Place& CallQueue::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    release();
    queue_ = std::exchange(other.queue_, nullptr);
  }
  return *this;
}

void CallQueue::Place::release() {
  auto* queue = std::exchange(queue_, nullptr);
  if (queue == nullptr) return;
  --queue->running_;
  queue->hand_on();
}

Error CallQueue::full_error() const {
  Error error(ErrorCode::overloaded,
              fmt::format("The model's runtime runs {} calls and {} more wait, the most that may. "
                          "Try again in a moment.",
                          running_, waiting_));
  error.retry_after_ms = kRetryAfterFullMs;
  return error;
}

struct CallQueue::Wait {
  CallQueue& queue;
  std::string_view account;
  base::CancelToken cancel;
  Waiter& waiter;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    waiter.handle = handle;
    queue.add(account, waiter);
    cancel.on_cancel(waiter.on_cancel, [&queue = queue, &waiter = waiter] {
      queue.refuse(waiter, Error(ErrorCode::cancelled, "The caller went away."));
    });
  }
  void await_resume() const noexcept {}
};

std::optional<CallQueue::Place> CallQueue::enter_now() {
  if (closed_ || (limits_.running != 0 && running_ >= limits_.running)) return std::nullopt;
  ++running_;
  return Place(this);
}

Task<Result<CallQueue::Place>> CallQueue::enter(std::string_view account,
                                                base::CancelToken cancel) {
  if (closed_) co_return *closed_;
  if (auto place = enter_now()) co_return *std::move(place);
  if (cancel.cancelled()) co_return Error(ErrorCode::cancelled, "The caller went away.");
  if (waiting_ >= limits_.waiting && !make_room(account)) co_return full_error();
  Waiter waiter;
  Wait wait{*this, account, cancel, waiter};
  co_await wait;
  if (!waiter.outcome.ok()) co_return std::move(waiter.outcome).error();
  co_return Place(this);
}

void CallQueue::add(std::string_view account, Waiter& waiter) {
  waiter.since_ns = clock_.steady_ns();
  auto found = std::ranges::find(accounts_, account, &Account::name);
  if (found == accounts_.end())
    found = accounts_.insert(accounts_.end(), Account{std::string(account), {}});
  found->waiters.push_back(&waiter);
  ++waiting_;
  if (!sweeping_) {
    sweeping_ = true;
    base::detach(sweep());
  }
}

void CallQueue::settle(std::list<Account>::iterator account, std::deque<Waiter*>::iterator waiter,
                       Status outcome) {
  Waiter& one = **waiter;
  account->waiters.erase(waiter);
  if (account->waiters.empty()) accounts_.erase(account);
  --waiting_;
  one.outcome = std::move(outcome);
  one.settled = true;
  loop_.post(one.handle);
}

void CallQueue::refuse(Waiter& waiter, Error error) {
  if (waiter.settled) return;
  for (auto account = accounts_.begin(); account != accounts_.end(); ++account) {
    const auto found = std::ranges::find(account->waiters, &waiter);
    if (found == account->waiters.end()) continue;
    settle(account, found, std::move(error));
    return;
  }
}

// A newcomer whose account has fewer waiting than another takes the place of that one's newest.
bool CallQueue::make_room(std::string_view account) {
  const auto mine = std::ranges::find(accounts_, account, &Account::name);
  const std::size_t waiting_of_mine = mine == accounts_.end() ? 0 : mine->waiters.size();
  const auto most = std::ranges::max_element(
      accounts_, {}, [](const Account& other) { return other.waiters.size(); });
  if (most == accounts_.end() || most->waiters.size() <= waiting_of_mine + 1) return false;
  settle(most, std::prev(most->waiters.end()), full_error());
  return true;
}

void CallQueue::hand_on() {
  while (!accounts_.empty() && (limits_.running == 0 || running_ < limits_.running)) {
    const auto account = accounts_.begin();
    const bool has_more = account->waiters.size() > 1;
    ++running_;
    settle(account, account->waiters.begin(), Status());
    // In turn: the account that was served goes to the end.
    if (has_more) accounts_.splice(accounts_.end(), accounts_, accounts_.begin());
  }
}

void CallQueue::close(Error reason) {
  closed_ = reason;
  while (!accounts_.empty()) {
    const auto account = accounts_.begin();
    settle(account, account->waiters.begin(), reason);
  }
}

std::int64_t CallQueue::oldest_wait_ms() const {
  std::int64_t oldest = 0;
  const auto now = clock_.steady_ns();
  for (const auto& account : accounts_)
    oldest = std::max(oldest, (now - account.waiters.front()->since_ns) / kNsPerMs);
  return oldest;
}

Task<void> CallQueue::sweep() {
  while (waiting_ > 0) {
    co_await loop_.sleep(kSweepEveryMs);
    const auto too_old = clock_.steady_ns() - limits_.wait_ms * kNsPerMs;
    const auto late = [too_old](const Account& account) {
      return account.waiters.front()->since_ns <= too_old;
    };
    for (auto account = std::ranges::find_if(accounts_, late); account != accounts_.end();
         account = std::ranges::find_if(accounts_, late)) {
      Error error(ErrorCode::overloaded,
                  fmt::format("This call waited {} ms for the model's runtime. Try again later.",
                              limits_.wait_ms));
      error.retry_after_ms = kRetryAfterFullMs;
      settle(account, account->waiters.begin(), std::move(error));
    }
  }
  sweeping_ = false;
}

}  // namespace b3iq::agent

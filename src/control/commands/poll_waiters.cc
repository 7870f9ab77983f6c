#include "control/commands/poll_waiters.h"

#include <algorithm>

namespace b3iq::control {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

}  // namespace

base::Task<PollWaiters::Why> PollWaiters::wait(std::string_view node_id, std::int64_t deadline_ns,
                                               base::CancelToken cancel) {
  if (closed_ || cancel.cancelled()) co_return Why::cancelled;
  wake(node_id, Why::cancelled);
  Waiter waiter;
  waiter.node_id = node_id;
  auto start = [&] {
    waiter.place = by_deadline_.emplace(deadline_ns, &waiter);
    by_node_.emplace(node_id, &waiter);
    cancel.on_cancel(waiter.on_cancel, [this, &waiter] { release(waiter, Why::cancelled); });
  };
  co_return co_await waiter.arrival.wait(start);
}

// Resumes it later, on the loop.
void PollWaiters::release(Waiter& waiter, Why why) {
  if (waiter.place == by_deadline_.end()) return;
  by_deadline_.erase(waiter.place);
  waiter.place = by_deadline_.end();
  by_node_.erase(waiter.node_id);
  waiter.arrival.set(why);
}

void PollWaiters::wake(std::string_view node_id, Why why) {
  if (const auto at = by_node_.find(node_id); at != by_node_.end()) release(*at->second, why);
}

void PollWaiters::tick() {
  const auto now = clock_.steady_ns();
  while (!by_deadline_.empty() && by_deadline_.begin()->first <= now)
    release(*by_deadline_.begin()->second, Why::time_is_up);
}

std::int64_t PollWaiters::next_tick_ms() const {
  if (by_deadline_.empty()) return kMaxPollTickMs;
  const auto left_ms = (by_deadline_.begin()->first - clock_.steady_ns()) / kNsPerMs;
  return std::clamp(left_ms, kMinPollTickMs, kMaxPollTickMs);
}

void PollWaiters::close() {
  closed_ = true;
  while (!by_deadline_.empty()) release(*by_deadline_.begin()->second, Why::cancelled);
}

}  // namespace b3iq::control

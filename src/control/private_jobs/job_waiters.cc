#include "control/private_jobs/job_waiters.h"

#include <algorithm>

namespace b3iq::control {

base::Task<void> JobWaiters::wait(std::string command_id, std::int64_t deadline_ns,
                                  base::CancelToken cancel) {
  if (closed_ || cancel.cancelled() || waiters_.size() >= kMaxWaitingForJobs) co_return;
  Waiter waiter;
  waiter.deadline_ns = deadline_ns;
  auto start = [&] {
    waiter.place = waiters_.emplace(std::move(command_id), &waiter);
    cancel.on_cancel(waiter.on_cancel, [this, &waiter] { release(waiter); });
  };
  co_await waiter.arrival.wait(start);
}

// Resumes it later, on the loop.
void JobWaiters::release(Waiter& waiter) {
  if (waiter.place == waiters_.end()) return;
  waiters_.erase(waiter.place);
  waiter.place = waiters_.end();
  waiter.arrival.set(true);
}

void JobWaiters::announce(std::string_view command_id) {
  for (auto at = waiters_.find(command_id); at != waiters_.end(); at = waiters_.find(command_id))
    release(*at->second);
}

void JobWaiters::tick() {
  const auto now = clock_.steady_ns();
  for (auto at = waiters_.begin(); at != waiters_.end();) {
    Waiter& waiter = *(at++)->second;
    if (waiter.deadline_ns <= now) release(waiter);
  }
}

std::vector<std::string> JobWaiters::waited_for() const {
  std::vector<std::string> ids;
  ids.reserve(waiters_.size());
  for (const auto& [id, waiter] : waiters_) ids.push_back(id);
  std::ranges::sort(ids);
  const auto twice = std::ranges::unique(ids);
  ids.erase(twice.begin(), twice.end());
  return ids;
}

void JobWaiters::close() {
  closed_ = true;
  while (!waiters_.empty()) release(*waiters_.begin()->second);
}

}  // namespace b3iq::control

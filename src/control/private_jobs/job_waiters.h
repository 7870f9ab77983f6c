// Customers' requests that wait on this replica until a private job has ended or has an answer.
// Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/task.h"
#include "control/auth/recent_map.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxWaitingForJobs = 10'000;

class JobWaiters {
 public:
  explicit JobWaiters(const base::Clock& clock) : clock_(clock) {}

  // Returns when the job's command is announced, at `deadline_ns` (steady; as late as the next
  // tick()), when `cancel` fires, on close(), or at once when kMaxWaitingForJobs wait.
  base::Task<void> wait(std::string command_id, std::int64_t deadline_ns, base::CancelToken cancel);

  void announce(std::string_view command_id);
  // Ends the waits whose time is up.
  void tick();
  // Of those that wait, each once.
  std::vector<std::string> waited_for() const;
  std::size_t size() const { return waiters_.size(); }
  // Ends all waits; later ones end at once.
  void close();

 private:
  struct Waiter;
  using ByCommand = std::unordered_multimap<std::string, Waiter*, TextHash, std::equal_to<>>;
  struct Waiter {
    std::int64_t deadline_ns = 0;
    ByCommand::iterator place;  // end(): released
    base::Arrival<bool> arrival;
    base::CancelCallback on_cancel;
  };
  void release(Waiter& waiter);

  const base::Clock& clock_;
  ByCommand waiters_;
  bool closed_ = false;
};

}  // namespace b3iq::control

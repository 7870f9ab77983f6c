// The end of a job's time beside its command's cancellation: one token for both. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/sync/wake_timer.h"
#include "base/cancel.h"

namespace b3iq::agent {

class JobDeadline {
 public:
  // Fires `left_ms` from now, or when `command` does. `watching` counts the waits that are still
  // on the loop, a moment longer than this lives.
  JobDeadline(base::CancelToken command, WakeClock& wake, std::int64_t left_ms, int& watching);
  JobDeadline(const JobDeadline&) = delete;
  JobDeadline& operator=(const JobDeadline&) = delete;
  ~JobDeadline();

  base::CancelToken token();
  bool passed() const;

 private:
  struct Watch;
  static base::Task<void> wait(std::shared_ptr<Watch> watch, std::int64_t until_ms, int& watching);
  std::shared_ptr<Watch> watch_;
  base::CancelCallback on_command_;
};

}  // namespace b3iq::agent

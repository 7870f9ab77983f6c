// What the control plane does again and again without being asked: long polls whose time is up,
// leases that ran out, rows that are of no use any more. Any number of replicas do it side by side.
// Loop thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/task.h"
#include "base/unique_function.h"
#include "control/approvals/approval_service.h"
#include "control/commands/command_clock.h"
#include "control/commands/poll_waiters.h"
#include "control/customers/customer_token_service.h"
#include "control/enrollment/enrollment_service.h"
#include "control/private_jobs/job_upkeep.h"
#include "http/event_loop.h"

namespace b3iq::control {

inline constexpr std::int64_t kCommandSweepMs = 1'000;
// While other replicas are heard, the database is asked what they queued once in so many sweeps: a
// wake may be lost.
inline constexpr int kSweepsPerLookWhileHeard = 5;
// How late a customer that waits for a job hears of what another replica did.
inline constexpr std::int64_t kJobLookMs = 250;
inline constexpr std::int64_t kForgetMs = 60'000;
inline constexpr std::int64_t kDropStreamsMs = 10'000;

// Whether other processes work on the same database.
enum class Replicas : std::uint8_t { none, possible };

class PeriodicWork {
 public:
  PeriodicWork(http::EventLoop& loop, PollWaiters& waiters, const CommandWake& wake,
               CommandClock& commands, EnrollmentService& enrollments, ApprovalService& approvals,
               CustomerTokenService& customer_tokens, JobUpkeep& jobs, Replicas replicas)
      : loop_(loop),
        waiters_(waiters),
        wake_(wake),
        commands_(commands),
        enrollments_(enrollments),
        approvals_(approvals),
        customer_tokens_(customer_tokens),
        jobs_(jobs),
        replicas_(replicas) {}

  void start();
  // Begins nothing new. It has ended when idle().
  void close() { closed_ = true; }
  bool idle() const { return running_ == 0; }

 private:
  using Work = base::UniqueFunction<base::Task<base::Status>()>;
  // Longest time between close() and the end of a pause.
  static constexpr std::int64_t kPauseStepMs = 250;
  base::Task<void> end_polls();
  base::Task<base::Status> look_for_others();
  base::Task<void> repeat(std::string_view what, std::int64_t every_ms, Work work);

  http::EventLoop& loop_;
  PollWaiters& waiters_;
  const CommandWake& wake_;
  CommandClock& commands_;
  EnrollmentService& enrollments_;
  ApprovalService& approvals_;
  CustomerTokenService& customer_tokens_;
  JobUpkeep& jobs_;
  const Replicas replicas_;
  bool closed_ = false;
  int running_ = 0;
  int sweeps_without_look_ = 0;
};

}  // namespace b3iq::control

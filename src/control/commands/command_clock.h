// What time does to commands: leases run out, commands grow too old, ended ones are forgotten, and
// polls that wait hear of what another replica queued. Any number of replicas do it side by side.
// Loop thread.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/task.h"
#include "control/audit/audit_trail.h"
#include "control/commands/command_follower.h"
#include "control/commands/command_wake.h"
#include "control/commands/poll_waiters.h"
#include "storage/database.h"

namespace b3iq::control {

// In one sweep of each kind; the next sweep goes on.
inline constexpr std::int64_t kMaxOverdueCommands = 200;
// Clocks of replicas differ by less than this.
inline constexpr std::int64_t kReplicaSkewMs = 10'000;
inline constexpr std::int64_t kMaxNodesTold = 10'000;

class CommandClock {
 public:
  // `wake`: tells of what went back to the queue, as look_for_others() does not see it.
  CommandClock(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
               PollWaiters& waiters, CommandWake& wake, CommandFollower& follower)
      : database_(database),
        audit_(audit),
        clock_(clock),
        waiters_(waiters),
        wake_(wake),
        follower_(follower) {}

  // Errors of all: those of the database.
  //
  // Returns lapsed leases to the queue, or ends them where no attempt is left; ends what is too
  // old.
  base::Task<base::Status> sweep();
  // Deletes a bounded number of commands that ended long ago.
  base::Task<base::Status> forget();
  // Wakes polls whose node has commands that an operator queued elsewhere. Nothing when none waits.
  base::Task<base::Status> look_for_others();

 private:
  base::Task<base::Status> sweep_lapsed();
  base::Task<base::Status> sweep_expired();

  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  PollWaiters& waiters_;
  CommandWake& wake_;
  CommandFollower& follower_;
  std::int64_t looked_until_ms_ = 0;
};

}  // namespace b3iq::control

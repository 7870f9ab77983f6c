// The nodes' side of commands: a poll takes what waits and renews what the node holds, a result
// ends a command. What a lease fences, a token decides: only its holder's word counts, and a
// command ends once. Loop thread; `random` is asked from any thread.
#pragma once

#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/audit/audit_trail.h"
#include "control/commands/command_follower.h"
#include "control/commands/command_types.h"
#include "control/commands/poll_claims.h"
#include "control/commands/poll_waiters.h"
#include "control/nodes/lease_store.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/poll.h"
#include "storage/database.h"

namespace b3iq::control {

// What an answer handed out and no later poll names is taken back after this long: until then the
// answer may still be on its way, and of several polls at once one has the lease.
inline constexpr std::int64_t kAnswerOnItsWayMs = 5'000;

class CommandDispatch {
 public:
  CommandDispatch(protocol::ControlPlaneId id, storage::Database& database, const AuditLog& audit,
                  const base::Clock& clock, base::Random& random, PollClaims& claims,
                  PollWaiters& waiters, CommandFollower& follower)
      : id_(std::move(id)),
        database_(database),
        audit_(audit),
        clock_(clock),
        random_(random),
        claims_(claims),
        waiters_(waiters),
        follower_(follower) {}

  // Waits up to the poll's wait_seconds for a command. `act` and `poll` outlive the task.
  // Errors: those of claim_sequence() (lease_store.h); storage_failed.
  base::Task<base::Result<protocol::PollAnswer>> poll(const SignedAct& act,
                                                      const protocol::PollRequest& poll,
                                                      base::CancelToken cancel);
  // `path_id`: the command in the route's path. Errors also: not_found (no command of this node),
  // lease_lost (the command waits or has another holder), conflict (another result was taken, or it
  // has ended without one), wrong_audience, invalid_request.
  base::Task<base::Result<protocol::ResultAnswer>> result(const SignedAct& act,
                                                          std::string_view path_id,
                                                          const protocol::ResultRequest& request);

 private:
  enum class Look : std::uint8_t { first, again };
  // What a look into the database gave.
  struct Looked {
    protocol::PollAnswer answer;
    std::int64_t ask_again_ms = 0;  // then a lease can be taken back; 0: there is none
  };
  base::Task<base::Status> take(storage::Transaction& tx, const SignedAct& act,
                                const protocol::PollRequest& poll, Look look, Looked& looked);
  // Queues again what an earlier poll handed out and this one does not hold: its answer was lost.
  base::Task<base::Status> take_back(storage::Transaction& tx, std::string_view node_id,
                                     const protocol::PollRequest& poll,
                                     std::int64_t& ask_again_ms) const;
  base::Task<base::Status> renew(storage::Transaction& tx, std::string_view node_id,
                                 const protocol::HeldCommand& held,
                                 protocol::PollAnswer& answer) const;
  base::Task<base::Status> lease_queued(storage::Transaction& tx, std::string_view node_id,
                                        const protocol::PollRequest& poll,
                                        protocol::PollAnswer& answer);
  base::Task<base::Status> accept(storage::Transaction& tx, const SignedAct& act,
                                  const protocol::ResultRequest& request,
                                  protocol::ResultAnswer& answer) const;

  const protocol::ControlPlaneId id_;
  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  PollClaims& claims_;
  PollWaiters& waiters_;
  CommandFollower& follower_;
};

}  // namespace b3iq::control

// The life of commands: queued by operators, leased to their node by its polls, ended by its result
// or by time. Rules alone; time comes from the clock. Loop thread.
//
// Every change is a conditional statement of one transaction, so any number of replicas may do the
// same at once and one of them wins.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/approvals/approval_gate.h"
#include "control/audit/audit_trail.h"
#include "control/commands/command_follower.h"
#include "control/commands/command_store.h"
#include "control/commands/command_types.h"
#include "control/commands/command_wake.h"
#include "storage/database.h"

namespace b3iq::control {

class CommandService {
 public:
  CommandService(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
                 base::Random& random, const ApprovalGate& gate, CommandWake& wake,
                 CommandFollower& follower)
      : database_(database),
        audit_(audit),
        clock_(clock),
        random_(random),
        gate_(gate),
        wake_(wake),
        follower_(follower) {}

  // For operators. Each is audited with its actor in its transaction. queue() and retry() have the
  // errors of ApprovalGate::pass() too.
  // Errors: invalid_request (bounds), not_found (no such
  // node), node_suspended, node_removed, rate_limited (kMaxOpenCommandsPerNode are open already).
  base::Task<base::Result<Command>> queue(CommandSpec spec, ActBy by);
  // Newest first.
  base::Task<base::Result<std::vector<Command>>> list(CommandQuery query);
  // Error: not_found.
  base::Task<base::Result<Command>> get(protocol::CommandId id);
  // A failed, cancelled or expired command is queued anew with the same arguments, attempts from 0,
  // and as much life as it had. Errors: not_found; conflict when it is open or succeeded, or a
  // private job's: its money has gone its way.
  base::Task<base::Result<Command>> retry(protocol::CommandId id, ActBy by);
  // An open command ends as cancelled; a node that works on it loses its lease. Cancelling a
  // cancelled one changes nothing. Errors: not_found; conflict when it has ended otherwise.
  base::Task<base::Result<Command>> cancel(protocol::CommandId id, std::string reason,
                                           std::string actor);

  // For private jobs, in the caller's transaction. `command` has its id, node, kind, arguments and
  // times; gets its cursor. Nothing is audited. Errors: as queue() but for bounds and approvals.
  base::Task<base::Status> queue_in(storage::Transaction& tx, Command& command) const;
  // Expires an open command whose time is over at `ending.at_ms`, in the caller's transaction; its
  // follower is not asked. True in `is_open` when it goes on: its time, its node's last lease or
  // the time in which that stops is not over.
  static base::Task<base::Status> expire_in(storage::Transaction& tx, std::string_view id,
                                            const Ending& ending, bool& is_open);
  // A queued one ends as `ending` says. One that its node has is asked to stop: it ends by its
  // result, or kStopWindowMs later. `what` tells which; of its follower as above.
  enum class Stopped : std::uint8_t { not_open, asked_before, asked, ended };
  static base::Task<base::Status> stop_in(storage::Transaction& tx, std::string_view id,
                                          const Ending& ending, Stopped& what);
  // Behind the commit of any: the node hears of it.
  void announce(std::string_view node_id) { wake_.announce(node_id); }

  // Every open command of the node ends as cancelled, in the caller's transaction.
  base::Task<base::Status> cancel_all(storage::Transaction& tx, const protocol::NodeId& node,
                                      std::string_view reason, std::int64_t now_ms);

 private:
  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  const ApprovalGate& gate_;
  CommandWake& wake_;
  CommandFollower& follower_;
};

}  // namespace b3iq::control

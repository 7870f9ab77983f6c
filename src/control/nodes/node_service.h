// What operators do to nodes, and what the admin and public APIs read of them. Loop thread.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "control/approvals/approval_gate.h"
#include "control/audit/audit_trail.h"
#include "control/commands/command_service.h"
#include "control/nodes/lease_store.h"
#include "control/nodes/node_types.h"
#include "storage/database.h"

namespace b3iq::control {

class NodeService {
 public:
  NodeService(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
              const ApprovalGate& gate, CommandService& commands)
      : database_(database), audit_(audit), clock_(clock), gate_(gate), commands_(commands) {}

  // Errors of all: storage_failed, overloaded. invalid_request for a query out of its bounds.
  base::Task<base::Result<NodePage>> list(NodeQuery query);
  // Error: not_found. A removed node is found until its tombstone goes.
  base::Task<base::Result<NodeDetails>> get(protocol::NodeId id);
  // Looks at every node: RecentNodeCounts is for those who ask often.
  base::Task<base::Result<NodeCounts>> counts();
  // By model id, those after `after_id`, at most `limit`.
  base::Task<base::Result<std::vector<ModelCount>>> models(std::string after_id,
                                                           std::int64_t limit);
  // How many of them some node that is online offers.
  base::Task<base::Result<std::int64_t>> models_offered();
  // What the public API tells of nodes, in one statement each. Removed ones are not there.
  base::Task<base::Result<NodeOutlinePage>> outlines(std::string after_id, std::int64_t limit);
  // Error: not_found.
  base::Task<base::Result<NodeOutline>> outline(protocol::NodeId id);

  // `actor` is for the audit log; each act is audited in its own transaction and answers the node
  // as it is afterwards. Doing it twice changes nothing and is audited once.
  // Errors: not_found; node_removed; invalid_request for a reason of more than kMaxReasonBytes; of
  // suspend() and remove() also those of ApprovalGate::pass().
  base::Task<base::Result<NodeSummary>> suspend(protocol::NodeId id, std::string reason, ActBy by);
  base::Task<base::Result<NodeSummary>> resume(protocol::NodeId id, std::string actor);
  // Leaves a tombstone: requests of the node are answered node_removed. Its open commands are
  // cancelled. Only a new enrollment token brings it back.
  base::Task<base::Result<NodeSummary>> remove(protocol::NodeId id, std::string reason, ActBy by);
  base::Task<base::Result<NodeSummary>> set_tags(protocol::NodeId id, std::vector<std::string> tags,
                                                 std::string actor);

  // The node leaves by itself: what remove() does, in the transaction of its signed request.
  // Errors: as claim_sequence() of lease_store.h.
  base::Task<base::Status> unenroll(SignedAct act);

 private:
  enum class Change : std::uint8_t { suspend, resume, remove };
  base::Task<base::Result<NodeSummary>> change(protocol::NodeId id, Change change,
                                               std::string reason, ActBy by);

  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  const ApprovalGate& gate_;
  CommandService& commands_;
};

}  // namespace b3iq::control

// The SQL of approvals. Each function runs inside the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "control/approvals/approval_types.h"
#include "storage/database.h"

namespace b3iq::control {

base::Task<base::Status> insert_approval(storage::Transaction& tx, const Approval& approval);
base::Task<base::Status> select_approval(storage::Transaction& tx, std::string_view id,
                                         std::optional<Approval>& out);
// The same question of the same actor, while it is pending.
base::Task<base::Status> select_pending_twin(storage::Transaction& tx,
                                             const ApprovalQuestion& question, std::int64_t now_ms,
                                             std::optional<Approval>& out);
// Of all and of one actor.
struct PendingApprovals {
  std::int64_t all = 0;
  std::int64_t of_one = 0;
};
base::Task<base::Status> count_pending_approvals(storage::Transaction& tx, std::string_view actor,
                                                 std::int64_t now_ms, PendingApprovals& out);

// Each is one conditional statement: of any number at once one gets true in `done`. None changes
// what has expired.
struct ApprovalDecision {
  std::string_view id;
  std::string_view by;  // actor
  std::int64_t at_ms = 0;
};
base::Task<base::Status> approve_pending(storage::Transaction& tx, const ApprovalDecision& decision,
                                         bool& done);
// Pending or approved; `state` is denied or void_.
base::Task<base::Status> close_unused(storage::Transaction& tx, const ApprovalDecision& decision,
                                      ApprovalState state, bool& done);
base::Task<base::Status> use_approved(storage::Transaction& tx, std::string_view id,
                                      std::int64_t at_ms, bool& done);

// Newest first, those before `before_id` ("": from the newest).
enum class ApprovalGroup : std::uint8_t { pending, others };
base::Task<base::Status> select_approvals(storage::Transaction& tx, ApprovalGroup group,
                                          std::string_view before_id, std::int64_t limit,
                                          std::int64_t now_ms, std::vector<Approval>& out);
// Forgets those that expired before `before_ms`.
base::Task<base::Status> delete_approvals(storage::Transaction& tx, std::int64_t before_ms,
                                          std::int64_t limit);

}  // namespace b3iq::control

// Questions to a second person: asked, decided, listed, forgotten. An approval permits and does
// nothing by itself: whoever asked repeats the request with it (approval_gate.h). Loop thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/approvals/approval_types.h"
#include "control/audit/audit_trail.h"
#include "storage/database.h"

namespace b3iq::control {

class ApprovalService {
 public:
  ApprovalService(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
                  base::Random& random)
      : database_(database), audit_(audit), clock_(clock), random_(random) {}

  // The same question while it is pending is not stored twice. Errors: payload_too_large; conflict
  // when kMaxPendingApprovals are pending, or kMaxPendingApprovalsOfOne of this actor's.
  base::Task<base::Result<Approval>> ask(ApprovalQuestion question);

  // Errors: not_found; conflict when it is not pending or has expired, or when whoever asked may do
  // it no more (it is closed then); role_denied for one's own, and for a credential that may not do
  // the act itself. Approving twice changes nothing.
  base::Task<base::Result<Approval>> approve(std::string id, std::string actor);
  // Pending or approved and not yet used; whoever asked withdraws. Errors as approve(). Denying
  // twice changes nothing.
  base::Task<base::Result<Approval>> deny(std::string id, std::string actor);

  // Errors: invalid_request.
  base::Task<base::Result<ApprovalPage>> list(ApprovalQuery query);
  // Error: not_found.
  base::Task<base::Result<Approval>> get(std::string id);

  // Deletes those whose time was up kApprovalKeptMs ago.
  base::Task<base::Status> forget();

 private:
  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace b3iq::control

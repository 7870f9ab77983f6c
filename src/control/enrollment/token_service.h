// Enrollment tokens: create, list, revoke, by operators. Loop thread.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/approvals/approval_gate.h"
#include "control/audit/audit_trail.h"
#include "control/enrollment/enrollment_types.h"
#include "storage/database.h"

namespace b3iq::control {

class TokenService {
 public:
  TokenService(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
               base::Random& random, const ApprovalGate& gate)
      : database_(database), audit_(audit), clock_(clock), random_(random), gate_(gate) {}

  // Errors: invalid_request; rate_limited when kMaxUsableTokens wait already; those of
  // ApprovalGate::pass().
  base::Task<base::Result<CreatedToken>> create(TokenSpec spec, ActBy by);
  // Newest first.
  base::Task<base::Result<std::vector<EnrollmentToken>>> list(TokenQuery query);
  // Revoking twice changes nothing. Errors: not_found; conflict when it was used.
  base::Task<base::Result<EnrollmentToken>> revoke(std::string id, std::string actor);

 private:
  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  const ApprovalGate& gate_;
};

}  // namespace b3iq::control

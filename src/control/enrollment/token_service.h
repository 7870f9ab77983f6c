// Enrollment tokens: create, list, revoke, by operators. Loop thread.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/audit/audit_trail.h"
#include "control/enrollment/enrollment_types.h"
#include "storage/database.h"

namespace b3iq::control {

class TokenService {
 public:
  TokenService(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
               base::Random& random)
      : database_(database), audit_(audit), clock_(clock), random_(random) {}

  // Errors: invalid_request; rate_limited when kMaxUsableTokens wait already.
  base::Task<base::Result<CreatedToken>> create(TokenSpec spec, std::string actor);
  // Newest first.
  base::Task<base::Result<std::vector<EnrollmentToken>>> list(TokenQuery query);
  // Revoking twice changes nothing. Errors: not_found; conflict when it was used.
  base::Task<base::Result<EnrollmentToken>> revoke(std::string id, std::string actor);

 private:
  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace b3iq::control

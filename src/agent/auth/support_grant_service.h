// Support grants: make, list, revoke, find by secret. All of them are held in memory. Loop thread
// only, but for load().
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/audit/audit_log.h"
#include "agent/auth/support_grant_types.h"
#include "base/clock.h"
#include "base/random.h"
#include "storage/database.h"

namespace b3iq::agent {

class SupportGrantService {
 public:
  SupportGrantService(storage::Database& database, AuditLog& audit, const base::Clock& clock,
                      base::Random& random)
      : database_(database), audit_(audit), clock_(clock), random_(random) {}

  // Before the loop runs; blocks.
  base::Status load();

  // Errors: invalid_request for a note that is too long or a life outside 1 minute to
  // kLongestGrantLifeMs; conflict when kMaxSupportGrants are kept.
  base::Task<base::Result<CreatedGrant>> create(std::string note, std::int64_t life_ms,
                                                std::string actor);
  base::Task<base::Result<SupportGrant>> revoke(std::string id, std::string actor);
  std::vector<SupportGrant> list() const;
  // "active", "expired" or "revoked".
  std::string_view status(const SupportGrant& grant) const;

  // For `operation`, a diagnostic one. Every use of a grant that this node made, refused ones too,
  // is in the audit log (the same use again within a minute is told once). Errors: unauthorized,
  // key_expired, key_revoked.
  base::Status authenticate(std::string_view secret, std::string_view operation);
  // A grant on a route that is not diagnostic. Errors: always one; scope_denied for an active
  // grant.
  base::Error refuse(std::string_view secret, std::string_view operation);

 private:
  base::Result<std::shared_ptr<SupportGrant>> find_active(std::string_view secret,
                                                          std::string_view operation);
  void note_use(const SupportGrant& grant, std::string_view act, std::string_view operation);

  storage::Database& database_;
  AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  std::map<SecretHash, std::shared_ptr<SupportGrant>> grants_;
  std::map<std::string, std::int64_t> last_noted_ns_;  // by grant, act and operation
};

}  // namespace b3iq::agent

// Admin credentials: create, list, revoke, and who shows one. Nothing is kept in memory, so that a
// revocation counts at once on every replica. Loop thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/admin/admin_credential_types.h"
#include "control/approvals/approval_gate.h"
#include "control/audit/audit_trail.h"
#include "crypto/secret.h"
#include "storage/database.h"

namespace b3iq::control {

struct CreatedCredential {
  AdminCredential credential;
  crypto::Secret secret;  // shown once; only its hash is kept
};

class AdminCredentialService {
 public:
  AdminCredentialService(storage::Database& database, const AuditLog& audit,
                         const base::Clock& clock, base::Random& random, const ApprovalGate& gate)
      : database_(database), audit_(audit), clock_(clock), random_(random), gate_(gate) {}

  // Errors: invalid_request; conflict when a usable one has the name; rate_limited when
  // kMaxAdminCredentials are usable; those of ApprovalGate::pass().
  base::Task<base::Result<CreatedCredential>> create(AdminCredentialSpec spec, ActBy by);
  // Newest first; those before `before_id` ("": from the newest).
  base::Task<base::Result<std::vector<AdminCredential>>> list(std::string before_id,
                                                              std::int64_t limit);
  // Revoking twice changes nothing. Errors: not_found; conflict for the last usable one with the
  // role admin, unless the operator on the machine does it; those of ApprovalGate::pass().
  base::Task<base::Result<AdminCredential>> revoke(std::string id, ActBy by);

  // Who shows this secret. Errors: unauthorized (one text for whatever is unknown), key_expired,
  // key_revoked.
  base::Task<base::Result<AdminCredential>> authenticate(crypto::Sha256Digest secret_hash);

 private:
  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  const ApprovalGate& gate_;
};

// Inside the caller's transaction: whether `actor` (a credential's id, or the operator on the
// machine) is usable and has at least this role.
base::Task<base::Result<bool>> may_act(storage::Transaction& tx, std::string_view actor,
                                       AdminRole least, std::int64_t now_ms);

}  // namespace b3iq::control

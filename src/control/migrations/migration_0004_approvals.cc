#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// Questions to a second person. `arguments` is canonical JSON and compared as text. decided_by is
// '' and both times are 0 until they are known; that time ran out is not stored.
extern const std::string_view kApprovalsSql = R"(
CREATE TABLE admin_approvals (
  approval_id TEXT PRIMARY KEY NOT NULL,
  act TEXT NOT NULL,
  target TEXT NOT NULL,
  arguments TEXT NOT NULL,
  state TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  decided_by TEXT NOT NULL,
  decided_at_ms BIGINT NOT NULL,
  used_at_ms BIGINT NOT NULL
);
CREATE INDEX admin_approvals_pending ON admin_approvals (approval_id) WHERE state = 'pending';
CREATE INDEX admin_approvals_by_expiry ON admin_approvals (expires_at_ms)
)";

}  // namespace b3iq::control

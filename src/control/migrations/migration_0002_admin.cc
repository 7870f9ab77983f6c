#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// audit_head has one row: the number and hash of the newest entry. Appending locks it, so that the
// entries of all replicas stand in one order; before the first entry its hash has no bytes.
extern const std::string_view kAdminSql = R"(
CREATE TABLE admin_credentials (
  credential_id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  secret_hash BYTES NOT NULL UNIQUE,
  created_by TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  revoked_at_ms BIGINT
);
CREATE TABLE audit_log (
  seq BIGINT PRIMARY KEY NOT NULL,
  at_ms BIGINT NOT NULL,
  actor TEXT NOT NULL,
  act TEXT NOT NULL,
  subject TEXT NOT NULL,
  previous_hash BYTES NOT NULL,
  entry_hash BYTES NOT NULL
);
CREATE TABLE audit_head (
  id BIGINT PRIMARY KEY NOT NULL,
  seq BIGINT NOT NULL,
  entry_hash BYTES NOT NULL
);
INSERT INTO audit_head (id, seq, entry_hash) VALUES (1, 0, '')
)";

}  // namespace b3iq::control

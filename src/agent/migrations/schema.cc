#include "agent/migrations/schema.h"

#include <array>

namespace b3iq::agent {
namespace {

// receipts has no index on its hash: a random insert on the hot path would touch one page per
// receipt. receipt_index is brought up to date when somebody looks a hash up.
constexpr std::string_view kLocalKeysAndReceipts = R"(
CREATE TABLE local_keys (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  user_name TEXT NOT NULL,
  secret_hash BLOB NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  models TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT,
  revoked_at_ms BIGINT,
  last_used_at_ms BIGINT,
  requests_per_minute BIGINT NOT NULL,
  tokens_per_minute BIGINT NOT NULL,
  budget_tokens BIGINT NOT NULL,
  budget_requests BIGINT NOT NULL,
  budget_period TEXT NOT NULL
);
CREATE TABLE key_usage (
  key_id TEXT NOT NULL,
  day BIGINT NOT NULL,
  model_id TEXT NOT NULL,
  requests BIGINT NOT NULL,
  prompt_tokens BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  PRIMARY KEY (key_id, day, model_id)
);
CREATE TABLE receipts (
  seq INTEGER PRIMARY KEY NOT NULL,
  receipt_hash BLOB NOT NULL,
  key_id TEXT NOT NULL,
  completed_at_ms BIGINT NOT NULL,
  document TEXT NOT NULL
);
CREATE TABLE receipt_index (
  hash_prefix BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (hash_prefix, seq)
)
)";

// At most one user has the role owner: the index decides between two claims that race.
constexpr std::string_view kOwnershipAndAudit = R"(
CREATE TABLE users (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  password_set_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX one_owner ON users (role) WHERE role = 'owner';
CREATE TABLE sessions (
  id TEXT PRIMARY KEY NOT NULL,
  user_id TEXT NOT NULL,
  cookie_hash BLOB NOT NULL UNIQUE,
  page_hash BLOB NOT NULL,
  created_at_ms BIGINT NOT NULL,
  last_seen_at_ms BIGINT NOT NULL
);
CREATE TABLE known_browsers (
  cookie_hash BLOB PRIMARY KEY NOT NULL,
  user_id TEXT NOT NULL,
  last_login_at_ms BIGINT NOT NULL
);
CREATE TABLE used_setup_tokens (
  token_hash BLOB PRIMARY KEY NOT NULL,
  used_at_ms BIGINT NOT NULL
);
CREATE TABLE support_grants (
  id TEXT PRIMARY KEY NOT NULL,
  note TEXT NOT NULL,
  secret_hash BLOB NOT NULL UNIQUE,
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  revoked_at_ms BIGINT
);
CREATE TABLE audit_log (
  seq INTEGER PRIMARY KEY NOT NULL,
  at_ms BIGINT NOT NULL,
  actor TEXT NOT NULL,
  act TEXT NOT NULL,
  subject TEXT NOT NULL,
  previous_hash BLOB NOT NULL,
  entry_hash BLOB NOT NULL
)
)";

// What is known of a model or a job is one JSON document: it is read whole, by the node alone.
constexpr std::string_view kModelsAndJobs = R"(
CREATE TABLE installed_models (
  id TEXT PRIMARY KEY NOT NULL,
  folder TEXT NOT NULL UNIQUE,
  document TEXT NOT NULL
);
CREATE TABLE model_jobs (
  id TEXT PRIMARY KEY NOT NULL,
  state TEXT NOT NULL,
  document TEXT NOT NULL
);
CREATE TABLE model_benchmarks (
  id TEXT PRIMARY KEY NOT NULL,
  model_id TEXT NOT NULL,
  document TEXT NOT NULL
)
)";

// A user without a password is invited. The invitation is the newest one, until it is used. `kind`
// of a session: setup, invitation or user.
constexpr std::string_view kUsersAndInvitations = R"(
ALTER TABLE users ADD COLUMN last_seen_at_ms BIGINT;
ALTER TABLE users ADD COLUMN invitation_hash BLOB;
ALTER TABLE users ADD COLUMN invitation_expires_at_ms BIGINT;
CREATE UNIQUE INDEX users_by_folded_name ON users (lower(name));
ALTER TABLE sessions ADD COLUMN kind TEXT NOT NULL DEFAULT 'user';
UPDATE sessions SET kind = 'setup' WHERE user_id = ''
)";

// What the owner allows a model to be used for beyond this node; 0 or 1.
constexpr std::string_view kModelPostures = R"(
CREATE TABLE model_postures (
  model_id TEXT PRIMARY KEY NOT NULL,
  network_eligible BIGINT NOT NULL,
  paid_route_eligible BIGINT NOT NULL
)
)";

// Commands of the control plane and what came of them, until the control plane has taken the
// results, and a while longer: a command that is handed out twice is done once.
constexpr std::string_view kManagedCommands = R"(
CREATE TABLE managed_commands (
  id TEXT PRIMARY KEY NOT NULL,
  state TEXT NOT NULL,
  document TEXT NOT NULL
)
)";

// What control planes answered to receipts that the owner submitted.
constexpr std::string_view kReceiptSubmissions = R"(
CREATE TABLE receipt_submissions (
  control_plane_id TEXT NOT NULL,
  receipt_seq BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  status TEXT NOT NULL,
  log_index BIGINT NOT NULL,
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  submitted_at_ms BIGINT NOT NULL,
  PRIMARY KEY (control_plane_id, receipt_seq)
);
CREATE INDEX receipt_submissions_by_receipt ON receipt_submissions (receipt_seq)
)";

// Sealed requests that this node has opened, the newest: each is opened once. Nothing of what was
// in them.
constexpr std::string_view kOpenedPrivateJobs = R"(
CREATE TABLE opened_private_jobs (
  seq INTEGER PRIMARY KEY NOT NULL,
  client_key BLOB NOT NULL UNIQUE,
  job_id TEXT NOT NULL UNIQUE
)
)";

constexpr std::array kMigrations = {
    storage::Migration{1, "local_keys_and_receipts", kLocalKeysAndReceipts},
    storage::Migration{2, "ownership_and_audit", kOwnershipAndAudit},
    storage::Migration{3, "models_and_jobs", kModelsAndJobs},
    storage::Migration{4, "users_and_invitations", kUsersAndInvitations},
    storage::Migration{5, "model_postures", kModelPostures},
    storage::Migration{6, "managed_commands", kManagedCommands},
    storage::Migration{7, "receipt_submissions", kReceiptSubmissions},
    storage::Migration{8, "opened_private_jobs", kOpenedPrivateJobs},
};

}  // namespace

std::span<const storage::Migration> state_migrations() { return kMigrations; }

}  // namespace b3iq::agent

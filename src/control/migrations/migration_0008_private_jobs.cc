#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// A private job's envelopes stand in its command (arguments, result) and nowhere else; purging
// empties both. client_public_key is the customer's for this one request: the same one again for
// the same node is a replay, so the row stays when its envelopes go. Its billing is the hold of the
// same id in ledger_holds. completed_at_ms is 0 while the job is open, purged_at_ms while its
// envelopes are there.
extern const std::string_view kPrivateJobsSql = R"(
CREATE TABLE private_jobs (
  job_id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL,
  client_job_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  command_id TEXT NOT NULL UNIQUE,
  key_id TEXT NOT NULL,
  client_public_key BYTES NOT NULL,
  privacy_class TEXT NOT NULL,
  status TEXT NOT NULL,
  failure TEXT NOT NULL,
  policy_version TEXT NOT NULL,
  quoted_wei BYTES NOT NULL,
  payout_wei BYTES NOT NULL,
  price_capped BIGINT NOT NULL,
  receipt_hash TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  changed_at_ms BIGINT NOT NULL,
  completed_at_ms BIGINT NOT NULL,
  purged_at_ms BIGINT NOT NULL,
  UNIQUE (customer_id, client_job_id),
  UNIQUE (node_id, client_public_key)
);
CREATE INDEX private_jobs_of_customer ON private_jobs (customer_id, job_id);
CREATE INDEX private_jobs_open ON private_jobs (changed_at_ms, job_id) WHERE completed_at_ms = 0;
CREATE INDEX private_jobs_open_of_customer ON private_jobs (customer_id) WHERE completed_at_ms = 0;
CREATE INDEX private_jobs_open_of_node ON private_jobs (node_id) WHERE completed_at_ms = 0;
CREATE INDEX private_jobs_with_envelopes ON private_jobs (completed_at_ms, job_id) WHERE completed_at_ms > 0 AND purged_at_ms = 0;
CREATE TABLE idempotency_keys (
  customer_id TEXT NOT NULL,
  key_hash BYTES NOT NULL,
  body_hash BYTES NOT NULL,
  job_id TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (customer_id, key_hash)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at_ms)
)";

}  // namespace b3iq::control

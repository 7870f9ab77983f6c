-- The table that accepted receipts stand in (src/control/migrations/migration_0007_receipts.cc), alone.
CREATE TABLE IF NOT EXISTS receipts (
  receipt_hash BYTES PRIMARY KEY NOT NULL,
  log_index BIGINT NOT NULL UNIQUE,
  node_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  status TEXT NOT NULL,
  received_at_ms BIGINT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (node_id, job_id)
);

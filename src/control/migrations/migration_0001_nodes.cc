#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// node_leases is the one row that every signed request of a node moves: its standing,
// its last sequence per purpose, and what the last heartbeat said. It is narrow and none of what a
// heartbeat changes is indexed. What is known of a node otherwise stands in `nodes`.
//
// A command's lease_token is '' unless it is leased. result_hash is of the signed document that
// ended it.
extern const std::string_view kNodesSql = R"(
CREATE TABLE enrollment_tokens (
  token_id TEXT PRIMARY KEY NOT NULL,
  token_hash BYTES NOT NULL UNIQUE,
  note TEXT NOT NULL,
  tags TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  revoked_at_ms BIGINT,
  used_at_ms BIGINT,
  used_by TEXT NOT NULL
);
CREATE INDEX enrollment_tokens_by_expiry ON enrollment_tokens (expires_at_ms);
CREATE TABLE enrollment_challenges (
  challenge_id TEXT PRIMARY KEY NOT NULL,
  token_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  public_key BYTES NOT NULL,
  nonce BYTES NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  used_at_ms BIGINT,
  statement_digest BYTES
);
CREATE INDEX enrollment_challenges_by_expiry ON enrollment_challenges (expires_at_ms);
CREATE INDEX enrollment_challenges_by_token ON enrollment_challenges (token_id, node_id);
CREATE TABLE nodes (
  node_id TEXT PRIMARY KEY NOT NULL,
  public_key BYTES NOT NULL,
  tags TEXT NOT NULL,
  standing_reason TEXT NOT NULL,
  enrolled_at_ms BIGINT NOT NULL,
  last_enrolled_at_ms BIGINT NOT NULL,
  router_generation BIGINT NOT NULL
);
CREATE TABLE node_leases (
  node_id TEXT PRIMARY KEY NOT NULL,
  standing TEXT NOT NULL,
  boot_epoch BIGINT NOT NULL,
  superseded_epoch BIGINT NOT NULL,
  superseded_ms BIGINT NOT NULL,
  last_seen_ms BIGINT NOT NULL,
  status TEXT NOT NULL,
  queue_depth BIGINT NOT NULL,
  agent_version TEXT NOT NULL,
  inventory_hash TEXT NOT NULL,
  readiness_hash TEXT NOT NULL,
  known_inventory_hash TEXT NOT NULL,
  known_readiness_hash TEXT NOT NULL,
  command_cursor BIGINT NOT NULL,
  enroll_sequence BIGINT NOT NULL,
  heartbeat_sequence BIGINT NOT NULL,
  inventory_sequence BIGINT NOT NULL,
  poll_sequence BIGINT NOT NULL,
  result_sequence BIGINT NOT NULL,
  unenroll_sequence BIGINT NOT NULL
);
CREATE TABLE transport_keys (
  node_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  document TEXT NOT NULL,
  not_before_ms BIGINT NOT NULL,
  not_after_ms BIGINT NOT NULL,
  installed_at_ms BIGINT NOT NULL,
  PRIMARY KEY (node_id, key_id)
);
CREATE TABLE node_inventories (
  node_id TEXT PRIMARY KEY NOT NULL,
  received_at_ms BIGINT NOT NULL,
  inventory TEXT NOT NULL,
  readiness TEXT NOT NULL
);
CREATE TABLE node_models (
  model_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  status TEXT NOT NULL,
  network_eligible BIGINT NOT NULL,
  paid_route_eligible BIGINT NOT NULL,
  PRIMARY KEY (model_id, node_id)
);
CREATE INDEX node_models_by_node ON node_models (node_id);
CREATE TABLE commands (
  command_id TEXT PRIMARY KEY NOT NULL,
  node_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  arguments TEXT NOT NULL,
  state TEXT NOT NULL,
  cursor_number BIGINT NOT NULL,
  queued_by TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  queued_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  max_attempts BIGINT NOT NULL,
  lease_token TEXT NOT NULL,
  lease_expires_at_ms BIGINT NOT NULL,
  phase TEXT NOT NULL,
  progress_done BIGINT NOT NULL,
  progress_total BIGINT NOT NULL,
  finished_at_ms BIGINT NOT NULL,
  result TEXT NOT NULL,
  result_hash BYTES,
  failure TEXT NOT NULL
);
CREATE INDEX commands_by_node ON commands (node_id, command_id);
CREATE INDEX commands_queued ON commands (node_id, cursor_number) WHERE state = 'queued';
CREATE INDEX commands_queued_at ON commands (queued_at_ms) WHERE state = 'queued';
CREATE INDEX commands_leased ON commands (lease_expires_at_ms) WHERE state = 'leased';
CREATE INDEX commands_open ON commands (expires_at_ms) WHERE finished_at_ms = 0;
CREATE INDEX commands_open_of_node ON commands (node_id) WHERE finished_at_ms = 0;
CREATE INDEX commands_finished ON commands (finished_at_ms) WHERE finished_at_ms > 0
)";

}  // namespace b3iq::control

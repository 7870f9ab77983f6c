#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// node_validity: when the node's signatures counted; until_ms is 0 while they do. Nodes that were
// suspended or removed before this table was there: up to when they were last heard.
//
// receipt_log has one row: which key signs for the log, and the edge of its tree. Appending locks
// it, so that the receipts of all replicas stand in one order. begun is 0 until a process has put
// its key there. receipt_log_nodes has the hashes of the tiles above level 0; those of level 0
// follow from the receipts.
extern const std::string_view kReceiptsSql = R"(
ALTER TABLE node_leases ADD COLUMN receipts_sequence BIGINT NOT NULL DEFAULT 0;
CREATE TABLE node_validity (
  node_id TEXT NOT NULL,
  from_ms BIGINT NOT NULL,
  until_ms BIGINT NOT NULL,
  PRIMARY KEY (node_id, from_ms)
);
INSERT INTO node_validity (node_id, from_ms, until_ms)
  SELECT nodes.node_id, nodes.enrolled_at_ms,
    CASE WHEN node_leases.standing = 'enrolled' THEN 0 ELSE node_leases.last_seen_ms END
  FROM nodes JOIN node_leases ON node_leases.node_id = nodes.node_id;
CREATE TABLE receipts (
  receipt_hash BYTES PRIMARY KEY NOT NULL,
  log_index BIGINT NOT NULL UNIQUE,
  node_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  status TEXT NOT NULL,
  received_at_ms BIGINT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (node_id, job_id)
);
CREATE TABLE receipt_log (
  id BIGINT PRIMARY KEY NOT NULL,
  begun BIGINT NOT NULL,
  log_key BYTES NOT NULL,
  batches BIGINT NOT NULL,
  tree_size BIGINT NOT NULL,
  frontier BYTES NOT NULL
);
INSERT INTO receipt_log (id, begun, log_key, batches, tree_size, frontier)
  VALUES (1, 0, '', 0, 0, '');
CREATE TABLE receipt_log_nodes (
  tile_level BIGINT NOT NULL,
  position BIGINT NOT NULL,
  hash BYTES NOT NULL,
  PRIMARY KEY (tile_level, position)
)
)";

}  // namespace b3iq::control

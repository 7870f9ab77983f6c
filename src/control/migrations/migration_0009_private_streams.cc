#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// stop_asked_at_ms: of a private job that its node has: its customer asked to stop it, and the
// node's last word is waited for; 0 for nobody. From here on a command that is queued because its
// lease lapsed keeps that lease's token.
//
// node_streams has the sequence of a node's frames, apart from the row that its heartbeats and
// polls move: frames come 20 times a second. private_streams has how far a job's sealed stream has
// come, private_frames what was brought at once, a frame a line; bytes_before are those of the rows
// before it. Both go soon after their job's end.
extern const std::string_view kPrivateStreamsSql = R"(
ALTER TABLE commands ADD COLUMN stop_asked_at_ms BIGINT NOT NULL DEFAULT 0;
CREATE TABLE node_streams (
  node_id TEXT PRIMARY KEY NOT NULL,
  frames_sequence BIGINT NOT NULL
);
CREATE TABLE private_streams (
  job_id TEXT PRIMARY KEY NOT NULL,
  node_id TEXT NOT NULL,
  next_frame BIGINT NOT NULL,
  kept_size BIGINT NOT NULL,
  changed_at_ms BIGINT NOT NULL
);
CREATE INDEX private_streams_by_age ON private_streams (changed_at_ms, job_id);
CREATE INDEX private_streams_of_node ON private_streams (node_id);
CREATE TABLE private_frames (
  job_id TEXT NOT NULL,
  first_frame BIGINT NOT NULL,
  bytes_before BIGINT NOT NULL,
  frames TEXT NOT NULL,
  PRIMARY KEY (job_id, first_frame)
)
)";

}  // namespace b3iq::control

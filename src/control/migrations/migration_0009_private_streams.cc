#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// stop_asked_at_ms: of a private job that its node has: its customer asked to stop it, and the
// node's last word is waited for; 0 for nobody. private_streams has how far a job's sealed stream
// has come, private_frames what was brought at once, a frame a line. Both go soon after their job's
// end.
extern const std::string_view kPrivateStreamsSql = R"(
ALTER TABLE node_leases ADD COLUMN frames_sequence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE commands ADD COLUMN stop_asked_at_ms BIGINT NOT NULL DEFAULT 0;
CREATE TABLE private_streams (
  job_id TEXT PRIMARY KEY NOT NULL,
  next_frame BIGINT NOT NULL,
  kept_size BIGINT NOT NULL,
  changed_at_ms BIGINT NOT NULL
);
CREATE INDEX private_streams_by_age ON private_streams (changed_at_ms, job_id);
CREATE TABLE private_frames (
  job_id TEXT NOT NULL,
  first_frame BIGINT NOT NULL,
  frames TEXT NOT NULL,
  PRIMARY KEY (job_id, first_frame)
)
)";

}  // namespace b3iq::control

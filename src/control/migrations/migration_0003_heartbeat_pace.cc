#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// How long the last heartbeat counts: longer than the usual 60 s when the answer to it asked for
// fewer heartbeats. In the same row, which each heartbeat writes anyway.
extern const std::string_view kHeartbeatPaceSql = R"(
ALTER TABLE node_leases ADD COLUMN lease_ms BIGINT NOT NULL DEFAULT 60000
)";

}  // namespace b3iq::control

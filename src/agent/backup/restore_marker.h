// restore.pending: which restore the next start does, and the hashes of what was laid ready for it.
#pragma once

#include <cstdint>
#include <string>

#include "agent/home.h"
#include "base/result.h"

namespace b3iq::agent {

struct RestoreMarker {
  std::string backup;  // its id
  std::string actor;
  std::int64_t asked_behind_seq = 0;  // of the audit log: its entry comes later
  std::string config_sha256;
  std::string state_sha256;
};

// Durable on return. Error: storage_failed.
base::Status write_restore_marker(const Home& home, const RestoreMarker& marker);
// Error: corrupt, with the way to start without it.
base::Result<RestoreMarker> read_restore_marker(const Home& home);
// Durable on return. Error: storage_failed.
base::Status remove_restore_marker(const Home& home);

}  // namespace b3iq::agent

// The newest checkpoint that this machine has given out, in a file beside the database and not in
// it: what shows at the next start that the database was put back to an older state. It survives
// the process; after a power cut it may be older, which only shows less.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/transparency/log_checkpoint.h"

namespace b3iq::control {

// nullopt when there is none, or none of this log.
std::optional<protocol::Checkpoint> read_kept_checkpoint(const std::string& path,
                                                         const protocol::NoteVerifier& log);
// Whole or not at all, as of the process; not synced. Error: file_failed.
base::Status keep_checkpoint(const std::string& path, std::string_view note);

}  // namespace b3iq::control

// A copy of an embedded control plane in a folder, and a home out of it: the database as of one
// moment, the two keys, the settings. Blocks the calling thread. A control plane on a PostgreSQL
// server is backed up there, and its keys as files.
//
//   FOLDER/control.db  FOLDER/identity.key  FOLDER/router-master.key  FOLDER/config.json
//
// Folder 0700, files 0600: the keys are in it, so it is worth as much as the control plane itself.
// The receipt log's key is not: a log must not go back, so a home out of a copy begins a new one
// (receipts/receipt_log_opening.h).
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "control/config/control_home.h"

namespace b3iq::control {

struct BackupReport {
  std::string folder;
  std::int64_t database_bytes = 0;
};

// May run while the control plane serves. `folder` is made, and must not be there. Nothing is left
// of a copy that failed. Errors: conflict; unimplemented when the home uses a server; not_found (no
// home); storage_failed, file_failed.
base::Result<BackupReport> back_up(const ControlHome& home, const std::string& folder);

// Into a home that has neither a database nor keys. The identity comes with it: the control plane
// it was taken from must not run any more. Errors: conflict (the home is in use or not empty,
// naming the file); not_found, corrupt (the copy is not whole); file_failed.
base::Status restore(const ControlHome& home, const std::string& folder);

}  // namespace b3iq::control

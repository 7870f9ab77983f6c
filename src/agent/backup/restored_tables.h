// Which tables a restore brings back into the present database, and how. SQLite's own ATTACH: a
// backup is a file of that driver.
#pragma once

#include <string>

#include "agent/backup/restore_marker.h"
#include "storage/database.h"

namespace b3iq::agent {

// Whether the database holds this restore already.
base::Result<bool> was_restored(storage::Database& database, const RestoreMarker& marker);

// In one transaction with the audit log's entry. `state`: the backup's database, of today's schema.
// The database is to be closed afterwards: it keeps `state` open.
base::Status restore_tables(storage::Database& database, const std::string& state,
                            const RestoreMarker& marker);

}  // namespace b3iq::agent

// The SQL of commands.
#pragma once

#include <vector>

#include "agent/sync/command_entry.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

// Each runs inside the caller's transaction.
base::Task<base::Status> put_command(storage::Transaction& tx, const CommandEntry& entry);
base::Task<base::Status> delete_command(storage::Transaction& tx, std::string_view id);
base::Task<base::Status> delete_all_commands(storage::Transaction& tx);
// Error: corrupt.
base::Task<base::Status> select_commands(storage::Transaction& tx, std::vector<CommandEntry>& out);

}  // namespace b3iq::agent

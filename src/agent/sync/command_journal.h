// The commands that the node has taken, in state.db and in memory: every change is durable before
// it is told. Loop thread only, but for load().
#pragma once

#include <map>
#include <memory>
#include <string>

#include "agent/sync/command_entry.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

// Delivered ones that are kept, the newest: one of them that is handed out again is answered with
// what it brought the first time.
inline constexpr std::size_t kMaxDeliveredCommands = 256;

class CommandJournal {
 public:
  explicit CommandJournal(storage::Database& database) : database_(database) {}

  // Before the loop runs; blocks. Error: corrupt.
  base::Status load();
  // Makes `entry` what there is of its id.
  base::Task<base::Status> put(CommandEntry entry);
  // The control plane has the result. Drops the oldest of those that were delivered.
  base::Task<base::Status> deliver(protocol::CommandId id);
  base::Task<base::Status> forget(protocol::CommandId id);
  base::Task<base::Status> clear();

  // Null when there is none. Valid until the next change.
  const CommandEntry* find(const protocol::CommandId& id) const;
  // By id, so by age.
  const std::map<protocol::CommandId, CommandEntry>& entries() const { return entries_; }
  // Those that are not delivered.
  std::size_t pending() const;

 private:
  base::Task<base::Status> drop_oldest();

  storage::Database& database_;
  std::map<protocol::CommandId, CommandEntry> entries_;
};

}  // namespace b3iq::agent

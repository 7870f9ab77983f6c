// The commands that the node has taken, in state.db and in memory: every change is durable before
// it is told. Loop thread only, but for load().
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "agent/sync/command_entry.h"
#include "base/task.h"
#include "base/unique_function.h"
#include "storage/database.h"

namespace b3iq::agent {

// Those that are kept of the delivered ones and of those whose result waits for another lease, the
// newest: one of them that is handed out again is answered with what it brought the first time.
inline constexpr std::size_t kMaxEndedCommands = 256;
// Of all of them: a sealed answer may have 6 MiB.
inline constexpr std::size_t kMaxEndedBytes = 64 * 1024 * 1024;

class CommandJournal {
 public:
  explicit CommandJournal(storage::Database& database) : database_(database) {}

  // Before the loop runs; blocks. Error: corrupt.
  base::Status load();
  enum class Change : std::uint8_t { none, keep, forget };
  // What becomes of `entry`: what there is of its id when it is `known`, else empty but for the id.
  using Edit = base::UniqueFunction<Change(CommandEntry& entry, bool known)>;
  // Changes of one id take place one after the other: `edit` sees what the one before it has left
  // on disk.
  base::Task<base::Status> change(protocol::CommandId id, Edit edit);
  // Makes `entry` what there is of its id.
  base::Task<base::Status> put(CommandEntry entry);
  // The control plane has the result that was brought under `lease`, or never wants it. Drops the
  // oldest that have ended.
  base::Task<base::Status> deliver(protocol::CommandId id, protocol::LeaseToken lease);
  // The control plane takes no result under `lease`: it waits for another one. Only in memory: the
  // next start tries it again. Drops the oldest that have ended.
  base::Task<base::Status> refuse(protocol::CommandId id, protocol::LeaseToken lease);
  base::Task<base::Status> forget(protocol::CommandId id);
  base::Task<base::Status> clear();

  // Null when there is none. Valid until the next change.
  const CommandEntry* find(const protocol::CommandId& id) const;
  // By id, so by age.
  const std::map<protocol::CommandId, CommandEntry>& entries() const { return entries_; }
  bool waits_for_lease(const CommandEntry& entry) const;
  // Those that are not delivered.
  std::size_t pending() const;

 private:
  base::Task<void> turn(const protocol::CommandId& id);
  void end_turn(const protocol::CommandId& id);
  base::Task<base::Status> write(CommandEntry entry);
  base::Task<base::Status> remove(const protocol::CommandId& id);
  base::Task<base::Status> drop_oldest();

  storage::Database& database_;
  std::map<protocol::CommandId, CommandEntry> entries_;
  std::map<protocol::CommandId, protocol::LeaseToken> refused_;
  // Who waits for the change of an id that is under way. They live in the waiting tasks.
  std::map<protocol::CommandId, std::deque<base::Arrival<bool>*>> turns_;
};

}  // namespace b3iq::agent

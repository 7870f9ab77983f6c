// The backups in the node's own folder, HOME/backups: each in a folder of its id. Everything here
// works on files and blocks; any thread, one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/backup/backup.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxKeptBackups = 100;

struct KeptBackup {
  std::string id;  // bak_ + ULID
  BackupFacts facts;
  std::int64_t bytes = 0;  // of all its files
};

bool is_backup_id(std::string_view text);

// Error: not_found when the text is no id, or there is no such backup.
base::Result<std::string> backup_folder(const Home& home, std::string_view id);

// Newest first. What is no whole backup is left out.
std::vector<KeptBackup> list_backups(const Home& home);
// Error: as backup_folder; corrupt.
base::Result<KeptBackup> look_at_backup(const Home& home, const std::string& id);

// Also sweeps what a crash has left. A failure leaves nothing behind. Errors: conflict with
// kMaxKeptBackups, or while a restore waits; those of make_backup.
base::Result<KeptBackup> keep_backup(const Home& home, const std::string& id, WithIdentity identity,
                                     const storage::CopyWatch& watch = {});
// Errors: not_found; conflict while it is being restored; file_failed.
base::Status drop_backup(const Home& home, const std::string& id);

}  // namespace b3iq::agent

// A backup from when it is asked for until it has ended. What was asked is kept in a file, so a
// node that is stopped meanwhile makes the backup at its next start: from the beginning, since a
// copy is of one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/backup/backup_shelf.h"
#include "json/json.h"

namespace b3iq::agent {

enum class BackupState : std::uint8_t { making, done, failed, cancelled };
std::string_view backup_state_name(BackupState state);

struct BackupOrder {
  std::string id;
  WithIdentity identity = WithIdentity::no;
  std::string actor;  // for the audit log
  std::int64_t asked_at_ms = 0;
};

struct BackupJob {
  BackupOrder order;
  BackupState state = BackupState::making;
  std::int64_t done_bytes = 0;
  std::optional<std::int64_t> total_bytes;  // of the database's copy; none before it begins
  std::string error_code, error_detail;     // of a failed one
  KeptBackup made;                          // of a done one
  std::uint64_t revision = 0;               // BackupService::revision() at its last change
};

BackupJob done_job(KeptBackup made);

// As the owner sees it.
void write_backup(json::Writer& w, const BackupJob& job, std::string_view node_id);

// All three block; any thread, one at a time. Durable on return. Error: storage_failed.
base::Status write_backup_order(const Home& home, const BackupOrder& order);
base::Status remove_backup_order(const Home& home);
// None: no backup was under way. An order that cannot be read is dropped, with a warning.
std::optional<BackupOrder> read_backup_order(const Home& home);

}  // namespace b3iq::agent

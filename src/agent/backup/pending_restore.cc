#include "agent/backup/pending_restore.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "agent/audit/audit_log.h"
#include "agent/backup/backup_manifest.h"
#include "agent/backup/restore_marker.h"
#include "agent/backup/restored_tables.h"
#include "agent/migrations/schema.h"
#include "agent/settings_table.h"
#include "base/log.h"
#include "config/config.h"
#include "config/config_file.h"
#include "crypto/secret_file.h"
#include "json/json.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

std::string ready_config(const Home& home) { return home.restore_folder() + "/config.json"; }
std::string ready_state(const Home& home) { return home.restore_folder() + "/state.db"; }

void clear_away(const Home& home) {
  std::error_code ignored;
  std::filesystem::remove_all(home.restore_folder(), ignored);
}

// What of config.json is the program's own stays as it is now: the identity is, and a setup token
// that was used must not become new again.
Result<std::string> with_own_members(const Home& home, const std::string& text) {
  TRY(const auto now, config::load(settings_table(), home.config(), {}));
  std::vector<config::Change> changes;
  for (const std::string name : {"node_id", "setup"}) {
    config::Change change{name, std::nullopt};
    if (name == "setup" && !now.section(name).empty()) change.json = now.section(name);
    if (name == "node_id" && !now.text(name).empty()) {
      json::append_string(change.json.emplace(), now.text(name));
    }
    changes.push_back(std::move(change));
  }
  return config::change_config(text, changes);
}

Status check_config(const StartFacts& facts, const RestoreOrder& order, const std::string& text) {
  const auto wrong = [&](const Error& error) {
    return Error(ErrorCode::conflict,
                 fmt::format("Nothing was changed: the node would not start with the settings of "
                             "this backup. {}",
                             error.detail));
  };
  auto values = config::merge(settings_table(),
                              {order.folder + "/config.json", text, config::process_environment(),
                               setting_flags(order.listen_flag)});
  if (!values.ok()) return wrong(values.error());
  const auto settings = read_settings(std::move(values).value(), order.listen_flag);
  if (!settings.ok()) return wrong(settings.error());
  const auto started = check_start(*settings, facts);
  if (!started.ok()) return wrong(started.error());
  return {};
}

Status lay_state(const Home& home, const std::string& folder) {
  TRY_OK(storage::backup_sqlite(folder + "/state.db", ready_state(home)));
  storage::SqliteOptions options;
  options.check = storage::SqliteOptions::Check::always;
  TRY(const auto database, storage::open_sqlite(ready_state(home), options));
  return database->migrate(state_migrations());
}

Status lay_files(const StartFacts& facts, const RestoreOrder& order) {
  const auto& home = facts.home;
  if (::mkdir(home.restore_folder().c_str(), 0700) != 0) {
    return Error(ErrorCode::storage_failed,
                 fmt::format("The folder {} cannot be made: {}.", home.restore_folder(),
                             std::strerror(errno)));
  }
  TRY(const auto config, config::read_config_file(order.folder + "/config.json"));
  TRY(const auto text, with_own_members(home, config.text));
  TRY_OK(check_config(facts, order, text));
  TRY_OK(lay_state(home, order.folder));
  TRY_OK(crypto::write_secret_file(ready_config(home), base::as_bytes(text)));
  RestoreMarker marker{order.backup, order.actor, order.asked_behind_seq, {}, {}};
  TRY(marker.config_sha256, hash_file(ready_config(home)));
  TRY(marker.state_sha256, hash_file(ready_state(home)));
  return write_restore_marker(home, marker);
}

Status check_node(const StartFacts& facts, const RestoreOrder& order, const BackupFacts& backup) {
  if (backup.node_id == facts.node_id) return {};
  return Error(ErrorCode::conflict,
               fmt::format("Nothing was changed: this is a backup of node {}, and this node is {}. "
                           "It becomes a node of its own in an empty folder: b3iq-host restore {} "
                           "--home FOLDER",
                           backup.node_id, facts.node_id, order.folder));
}

// False when what was laid ready is not what the marker names.
bool is_whole(const Home& home, const RestoreMarker& marker) {
  const auto config = hash_file(ready_config(home));
  const auto state = hash_file(ready_state(home));
  return config.ok() && state.ok() && *config == marker.config_sha256 &&
         *state == marker.state_sha256;
}

Error stopped(const Home& home, const Error& error) {
  return {error.code,
          fmt::format("A restore was begun and could not be finished: {} Start the node again when "
                      "that is mended; {} goes on from there.",
                      error.detail, home.restore_marker())};
}

void note_dropped(storage::Database& database, const RestoreMarker& marker) {
  const AuditLog audit(database, base::system_clock());
  const AuditAct act{marker.actor, "backup.restore_dropped", marker.backup};
  const auto noted =
      database.write_blocking([&](storage::Transaction& tx) { return audit.append(tx, act); });
  base::log(base::LogLevel::error, "restore.dropped",
            {{"backup", std::string_view(marker.backup)},
             {"reason", "what was laid ready is damaged"},
             {"noted", noted.ok()}});
}

enum class Change : std::uint8_t { made, dropped };

Result<Change> change_database(const Home& home, const RestoreMarker& marker) {
  TRY(const auto database, storage::open_sqlite(home.database()));
  TRY_OK(database->migrate(state_migrations()));
  TRY(const bool done_before, was_restored(*database, marker));
  if (done_before) return Change::made;
  if (!is_whole(home, marker)) {
    note_dropped(*database, marker);
    return Change::dropped;
  }
  TRY_OK(restore_tables(*database, ready_state(home), marker));
  return Change::made;
}

Status replace_config(const Home& home) {
  TRY(const auto ready, config::read_config_file(ready_config(home)));
  TRY(const auto text, with_own_members(home, ready.text));
  return config::replace_config_file(home.config(), settings_table(), text);
}

}  // namespace

bool restore_waits(const Home& home) { return ::access(home.restore_marker().c_str(), F_OK) == 0; }

Status lay_ready(const StartFacts& facts, const RestoreOrder& order) {
  if (restore_waits(facts.home))
    return Error(ErrorCode::conflict, "A restore waits already; the node's next start does it.");
  TRY(const auto backup, read_manifest(order.folder));
  TRY_OK(check_node(facts, order, backup));
  clear_away(facts.home);
  const auto laid = lay_files(facts, order);
  if (laid.ok()) return {};
  clear_away(facts.home);
  auto error = laid.error();
  // A disk that is full is no fault of a file.
  if (error.code == ErrorCode::file_failed) error.code = ErrorCode::storage_failed;
  return error;
}

Status finish_restore(const Home& home, const AtStep& at) {
  const auto reached = [&at](RestoreStep step) {
    if (at) at(step);
  };
  if (!restore_waits(home)) {
    clear_away(home);
    return {};
  }
  TRY(const auto marker, read_restore_marker(home));
  reached(RestoreStep::begun);
  const auto change = change_database(home, marker);
  if (!change.ok()) return stopped(home, change.error());
  reached(RestoreStep::database_changed);
  if (*change == Change::made) {
    if (const auto replaced = replace_config(home); !replaced.ok())
      return stopped(home, replaced.error());
  }
  reached(RestoreStep::config_replaced);
  TRY_OK(remove_restore_marker(home));
  reached(RestoreStep::marker_removed);
  clear_away(home);
  return {};
}

}  // namespace b3iq::agent

#include "agent/backup/backup.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "agent/audit/audit_log.h"
#include "agent/backup/backup_manifest.h"
#include "agent/backup/pending_restore.h"
#include "agent/migrations/schema.h"
#include "agent/settings_table.h"
#include "base/clock.h"
#include "base/random.h"
#include "config/config_file.h"
#include "crypto/secret_file.h"
#include "protocol/identity.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

Status copy_private(const std::string& from, const std::string& to) {
  TRY(const auto content, config::read_config_file(from));
  return crypto::write_secret_file(to, base::as_bytes(content.text), crypto::IfExists::fail);
}

Status copy_key(const std::string& from, const std::string& to) {
  TRY(const auto key, crypto::read_secret_file(from));
  return crypto::write_secret_file(to, key.reveal(), crypto::IfExists::fail);
}

Status fill_folder(const Home& home, const std::string& folder, WithIdentity identity,
                   const storage::CopyWatch& watch, BackupFacts& facts) {
  TRY_OK(copy_private(home.config(), folder + "/config.json"));
  TRY_OK(storage::backup_sqlite(home.database(), folder + "/state.db", {}, watch));
  facts.files = {"config.json", "state.db"};
  if (identity == WithIdentity::yes) {
    TRY_OK(copy_key(home.identity_key(), folder + "/identity.key"));
    facts.files.emplace_back("identity.key");
  }
  // Last: a folder without it is no backup.
  TRY(const auto manifest, write_manifest(folder, facts));
  return crypto::write_secret_file(fmt::format("{}/{}", folder, kManifestFile),
                                   base::as_bytes(manifest), crypto::IfExists::fail);
}

// What must not go on in another place: sessions, invitations (used ones would be open again),
// downloads and other jobs that were under way, commands of a control plane (the enrollment is in
// no backup), and without the identity the receipts, which only it can sign.
Status settle_state(const Home& home, WithIdentity identity, const BackupFacts& facts) {
  TRY(const auto database, storage::open_sqlite(home.database()));
  TRY_OK(database->migrate(state_migrations()));
  const AuditLog audit(*database, base::system_clock());
  const AuditAct act{"operator", "node.restored", facts.node_id};
  return database->write_blocking([&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(
        co_await tx.exec_script("DELETE FROM sessions; DELETE FROM known_browsers; "
                                "UPDATE users SET invitation_hash = NULL, "
                                "invitation_expires_at_ms = NULL; "
                                "DELETE FROM managed_commands; "
                                "DELETE FROM model_jobs WHERE state IN ('queued', 'running')"));
    if (identity == WithIdentity::no) {
      CO_TRY_OK(co_await tx.exec_script("DELETE FROM receipts; DELETE FROM receipt_index"));
    }
    co_return co_await audit.append(tx, act);
  });
}

Status place_identity(const Home& home, const std::string& folder, WithIdentity identity) {
  if (identity == WithIdentity::yes) return copy_key(folder + "/identity.key", home.identity_key());
  TRY(const auto fresh, protocol::NodeIdentity::create(home.identity_key(), base::system_random()));
  const config::Change change{"node_id", fmt::format("\"{}\"", fresh.node_id().text())};
  return config::rewrite_config_file(home.config(), settings_table(), {&change, 1});
}

Status refuse_used_home(const Home& home) {
  for (const auto& file : {home.config(), home.database(), home.identity_key()}) {
    if (::access(file.c_str(), F_OK) != 0) continue;
    return Error(ErrorCode::conflict,
                 fmt::format("{} exists: this home holds a node already. Restore into another one "
                             "(--home DIR), or move this one away.",
                             file));
  }
  return {};
}

Status restore_files(const Home& home, const std::string& folder, WithIdentity identity,
                     const BackupFacts& facts) {
  TRY_OK(copy_private(folder + "/config.json", home.config()));
  TRY_OK(storage::backup_sqlite(folder + "/state.db", home.database()));
  TRY_OK(settle_state(home, identity, facts));
  return place_identity(home, folder, identity);
}

}  // namespace

Result<BackupFacts> make_backup(const Home& home, const std::string& folder, WithIdentity identity,
                                const storage::CopyWatch& watch) {
  auto loaded = protocol::NodeIdentity::load(home.identity_key());
  if (!loaded.ok() && loaded.error().code == ErrorCode::not_found) {
    return Error(ErrorCode::not_found,
                 fmt::format("There is no node in {} to copy. Run: b3iq-host init", home.root));
  }
  TRY(const auto node, std::move(loaded));
  if (restore_waits(home)) {
    return Error(ErrorCode::conflict,
                 "A restore waits for the node's next start; before it there is no state to copy. "
                 "Start the node first: b3iq-host serve");
  }
  if (::mkdir(folder.c_str(), 0700) != 0) {
    if (errno == EEXIST) {
      return Error(ErrorCode::conflict,
                   fmt::format("{} exists already. Give the name of a new folder.", folder));
    }
    return Error(ErrorCode::file_failed,
                 fmt::format("The folder {} cannot be made: {}. Check the folder that it is to be "
                             "in, and its permissions.",
                             folder, std::strerror(errno)));
  }
  BackupFacts facts{node.node_id().text(),
                    base::format_rfc3339(base::system_clock().wall_ms()),
                    identity == WithIdentity::yes,
                    {}};
  if (auto filled = fill_folder(home, folder, identity, watch, facts); !filled.ok()) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return std::move(filled).error();
  }
  return facts;
}

Result<BackupFacts> restore_backup(const Home& home, const std::string& folder,
                                   WithIdentity identity) {
  TRY(const auto facts, read_manifest(folder));
  if (identity == WithIdentity::yes && !facts.has_identity) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("The backup in {} was made without the identity. Leave "
                             "--with-identity out: the node gets a new one.",
                             folder));
  }
  ::umask(077);
  TRY_OK(refuse_used_home(home));
  TRY_OK(make_folders(home));
  if (auto restored = restore_files(home, folder, identity, facts); !restored.ok()) {
    std::error_code ignored;
    for (const auto& file : {home.config(), home.database(), home.identity_key()})
      std::filesystem::remove(file, ignored);
    return std::move(restored).error();
  }
  return facts;
}

}  // namespace b3iq::agent

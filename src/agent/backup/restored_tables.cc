#include "agent/backup/restored_tables.h"

#include <array>

#include "agent/audit/audit_log.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Result;
using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr std::string_view kAct = "backup.restored";

constexpr Statement kFindEntry{
    "SELECT seq FROM audit_log WHERE act = $1 AND subject = $2 AND seq > $3 LIMIT 1"};

// The keys of the backup, but what was revoked since stays revoked.
constexpr std::string_view kKeys = R"(
CREATE TEMP TABLE present_keys AS SELECT id, revoked_at_ms, last_used_at_ms FROM main.local_keys;
DELETE FROM main.local_keys;
INSERT INTO main.local_keys SELECT * FROM kept.local_keys;
UPDATE main.local_keys SET
  revoked_at_ms = COALESCE((SELECT p.revoked_at_ms FROM present_keys p WHERE p.id = local_keys.id),
                           revoked_at_ms),
  last_used_at_ms = COALESCE((SELECT p.last_used_at_ms FROM present_keys p
                              WHERE p.id = local_keys.id), last_used_at_ms);
DROP TABLE temp.present_keys
)";

// The users of the backup. What was ended for safety stays ended: whoever was removed since comes
// back without a password and needs a new invitation, and nobody gets a higher role than he has
// now. Passwords are those of now; the owner is whoever owns the node now. All have to log in
// again, and an invitation of then, which may have been used or replaced, opens nothing.
constexpr std::string_view kUsers = R"(
CREATE TEMP TABLE present_users AS SELECT id FROM main.users;
DELETE FROM main.users WHERE role <> 'owner' AND id NOT IN (SELECT id FROM kept.users);
INSERT OR IGNORE INTO main.users SELECT * FROM kept.users;
UPDATE main.users SET password_hash = '', invitation_hash = NULL, invitation_expires_at_ms = NULL
  WHERE id NOT IN (SELECT id FROM present_users);
UPDATE main.users SET role = 'viewer'
  WHERE role = 'operator' AND id IN (SELECT id FROM kept.users WHERE role = 'viewer');
DELETE FROM main.sessions;
DELETE FROM main.known_browsers WHERE user_id NOT IN (SELECT id FROM main.users);
DROP TABLE temp.present_users
)";

// A row that went would take the model's file with it at the next start. What a model may be used
// for is a setting, and comes back as such.
constexpr std::string_view kModels = R"(
INSERT OR IGNORE INTO main.installed_models SELECT * FROM kept.installed_models;
INSERT OR IGNORE INTO main.model_benchmarks SELECT * FROM kept.model_benchmarks;
DELETE FROM main.model_postures;
INSERT INTO main.model_postures SELECT * FROM kept.model_postures
)";

constexpr std::array kScripts = {kKeys, kUsers, kModels};

std::string attach_statement(const std::string& path) {
  std::string text = "ATTACH DATABASE '";
  for (const char c : path) text.append(c == '\'' ? 2 : 1, c);
  return text + "' AS kept";
}

}  // namespace

Result<bool> was_restored(storage::Database& database, const RestoreMarker& marker) {
  bool found = false;
  auto body = [&](Transaction& tx) -> Task<Status> {
    auto take = [&found](const storage::Row&) {
      found = true;
      return false;
    };
    const Value values[] = {kAct, std::string_view(marker.backup), marker.asked_behind_seq};
    co_return co_await tx.query(kFindEntry, values, std::move(take));
  };
  TRY_OK(database.read_blocking(std::move(body)));
  return found;
}

Status restore_tables(storage::Database& database, const std::string& state,
                      const RestoreMarker& marker) {
  const AuditLog audit(database, base::system_clock());
  const AuditAct act{marker.actor, kAct, marker.backup};
  const auto attach = attach_statement(state);
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await tx.exec_script(attach));
    for (const auto script : kScripts) CO_TRY_OK(co_await tx.exec_script(script));
    co_return co_await audit.append(tx, act);
  };
  return database.write_blocking(std::move(body));
}

}  // namespace b3iq::agent

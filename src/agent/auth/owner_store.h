// The SQL of users, sessions and known browsers.
#pragma once

#include <vector>

#include "agent/auth/owner_types.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

// Each runs inside the caller's transaction.

// False when the node has an owner already, or the token was used already.
base::Task<base::Result<bool>> insert_owner(storage::Transaction& tx, const User& user);
base::Task<base::Result<bool>> mark_setup_token_used(storage::Transaction& tx,
                                                     const SecretHash& hash, std::int64_t at_ms);

base::Task<base::Result<bool>> has_password(storage::Transaction& tx, std::string_view user_id,
                                            std::string_view password_hash);
base::Task<base::Status> update_password(storage::Transaction& tx, std::string_view user_id,
                                         std::string_view password_hash, std::int64_t at_ms);
base::Task<base::Status> insert_session(storage::Transaction& tx, const Session& session);
base::Task<base::Status> touch_session(storage::Transaction& tx, std::string_view id,
                                       std::int64_t at_ms);
base::Task<base::Status> delete_session(storage::Transaction& tx, std::string_view id);
base::Task<base::Status> delete_all_sessions(storage::Transaction& tx);
base::Task<base::Status> upsert_browser(storage::Transaction& tx, const KnownBrowser& browser);
base::Task<base::Status> delete_browser(storage::Transaction& tx, const SecretHash& cookie_hash);
base::Task<base::Status> delete_all_browsers(storage::Transaction& tx);

base::Task<base::Status> select_users(storage::Transaction& tx, std::vector<User>& out);
base::Task<base::Status> select_sessions(storage::Transaction& tx, std::vector<Session>& out);
base::Task<base::Status> select_browsers(storage::Transaction& tx, std::vector<KnownBrowser>& out);

}  // namespace b3iq::agent

// The SQL of users, sessions and known browsers.
#pragma once

#include <vector>

#include "agent/auth/user_types.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

// Each runs inside the caller's transaction. Those that give a bool say whether there was something
// to do: of two that race, one gets false.

// False when the node has an owner already.
base::Task<base::Result<bool>> insert_owner(storage::Transaction& tx, const User& user);
// A user without a password. False when the name is taken.
base::Task<base::Result<bool>> insert_invited(storage::Transaction& tx, const User& user);
base::Task<base::Result<std::int64_t>> count_users(storage::Transaction& tx);
// Not the owner's.
base::Task<base::Result<bool>> update_role(storage::Transaction& tx, std::string_view user_id,
                                           Role role);
// Not the owner.
base::Task<base::Result<bool>> delete_user(storage::Transaction& tx, std::string_view user_id);
base::Task<base::Result<bool>> has_password(storage::Transaction& tx, std::string_view user_id,
                                            std::string_view password_hash);
// Also takes back the user's invitation.
base::Task<base::Result<bool>> update_password(storage::Transaction& tx, std::string_view user_id,
                                               std::string_view password_hash, std::int64_t at_ms);
base::Task<base::Result<bool>> update_invitation(storage::Transaction& tx, const User& user);
base::Task<base::Result<bool>> use_invitation(storage::Transaction& tx, std::string_view user_id,
                                              const SecretHash& hash);
base::Task<base::Result<bool>> mark_setup_token_used(storage::Transaction& tx,
                                                     const SecretHash& hash, std::int64_t at_ms);

base::Task<base::Status> insert_session(storage::Transaction& tx, const Session& session);
// Of the session, and of its user.
base::Task<base::Status> touch_session(storage::Transaction& tx, const Session& session);
base::Task<base::Status> touch_user(storage::Transaction& tx, std::string_view user_id,
                                    std::int64_t at_ms);
base::Task<base::Result<bool>> delete_session(storage::Transaction& tx, std::string_view id);
// Those of a user; of "", those of setup tokens.
base::Task<base::Status> delete_sessions_of(storage::Transaction& tx, std::string_view user_id);
base::Task<base::Status> delete_invitation_sessions(storage::Transaction& tx,
                                                    std::string_view user_id);
base::Task<base::Status> upsert_browser(storage::Transaction& tx, const KnownBrowser& browser);
base::Task<base::Status> delete_browser(storage::Transaction& tx, const SecretHash& cookie_hash);
base::Task<base::Status> delete_browsers_of(storage::Transaction& tx, std::string_view user_id);

base::Task<base::Status> select_users(storage::Transaction& tx, std::vector<User>& out);
base::Task<base::Status> select_sessions(storage::Transaction& tx, std::vector<Session>& out);
base::Task<base::Status> select_browsers(storage::Transaction& tx, std::vector<KnownBrowser>& out);

}  // namespace b3iq::agent

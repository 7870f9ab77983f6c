#include "agent/auth/user_store.h"

#include <algorithm>

namespace b3iq::agent {

using base::Result;
using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kInsertOwner{
    "INSERT INTO users (id, name, role, password_hash, created_at_ms, password_set_at_ms) "
    "VALUES ($1, $2, 'owner', $3, $4, $4) ON CONFLICT DO NOTHING"};
constexpr Statement kInsertInvited{
    "INSERT INTO users (id, name, role, password_hash, created_at_ms, password_set_at_ms, "
    "invitation_hash, invitation_expires_at_ms) VALUES ($1, $2, $3, '', $4, 0, $5, $6) "
    "ON CONFLICT DO NOTHING"};
constexpr Statement kCountUsers{"SELECT COUNT(*) FROM users"};
constexpr Statement kUpdateRole{"UPDATE users SET role = $2 WHERE id = $1 AND role <> 'owner'"};
constexpr Statement kDeleteUser{"DELETE FROM users WHERE id = $1 AND role <> 'owner'"};
constexpr Statement kHasPassword{"SELECT 1 FROM users WHERE id = $1 AND password_hash = $2"};
constexpr Statement kUpdatePassword{
    "UPDATE users SET password_hash = $2, password_set_at_ms = $3, invitation_hash = NULL, "
    "invitation_expires_at_ms = NULL WHERE id = $1"};
constexpr Statement kUpdateInvitation{
    "UPDATE users SET invitation_hash = $2, invitation_expires_at_ms = $3 WHERE id = $1"};
constexpr Statement kUseInvitation{
    "UPDATE users SET invitation_hash = NULL, invitation_expires_at_ms = NULL "
    "WHERE id = $1 AND invitation_hash = $2"};
constexpr Statement kUseToken{
    "INSERT INTO used_setup_tokens (token_hash, used_at_ms) VALUES ($1, $2) "
    "ON CONFLICT DO NOTHING"};
constexpr Statement kInsertSession{
    "INSERT INTO sessions (id, user_id, cookie_hash, page_hash, created_at_ms, last_seen_at_ms, "
    "kind) VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr Statement kTouchSession{"UPDATE sessions SET last_seen_at_ms = $2 WHERE id = $1"};
constexpr Statement kTouchUser{"UPDATE users SET last_seen_at_ms = $2 WHERE id = $1"};
constexpr Statement kDeleteSession{"DELETE FROM sessions WHERE id = $1"};
constexpr Statement kDeleteSessionsOf{"DELETE FROM sessions WHERE user_id = $1"};
constexpr Statement kDeleteInvitationSessions{
    "DELETE FROM sessions WHERE user_id = $1 AND kind = 'invitation'"};
constexpr Statement kUpsertBrowser{
    "INSERT INTO known_browsers (cookie_hash, user_id, last_login_at_ms) VALUES ($1, $2, $3) "
    "ON CONFLICT (cookie_hash) DO UPDATE SET last_login_at_ms = excluded.last_login_at_ms"};
constexpr Statement kDeleteBrowser{"DELETE FROM known_browsers WHERE cookie_hash = $1"};
constexpr Statement kDeleteBrowsersOf{"DELETE FROM known_browsers WHERE user_id = $1"};
constexpr Statement kSelectUsers{
    "SELECT id, name, password_hash, created_at_ms, role, last_seen_at_ms, invitation_hash, "
    "invitation_expires_at_ms FROM users ORDER BY id"};
constexpr Statement kSelectSessions{
    "SELECT id, user_id, cookie_hash, page_hash, created_at_ms, last_seen_at_ms, kind "
    "FROM sessions ORDER BY id"};
constexpr Statement kSelectBrowsers{
    "SELECT cookie_hash, user_id, last_login_at_ms FROM known_browsers ORDER BY last_login_at_ms"};

SecretHash read_hash(base::ByteView blob) {
  SecretHash hash{};
  std::copy_n(blob.begin(), std::min(blob.size(), hash.size()), hash.begin());
  return hash;
}

SessionKind read_kind(std::string_view name) {
  for (const auto kind : {SessionKind::setup, SessionKind::invitation})
    if (session_kind_name(kind) == name) return kind;
  return SessionKind::user;
}

User read_user(const storage::Row& row) {
  User user;
  user.id = row.text(0);
  user.name = row.text(1);
  user.password_hash = row.text(2);
  user.created_at_ms = row.integer(3);
  user.role = role_from_name(row.text(4)).value_or(Role::viewer);
  if (!row.is_null(5)) user.last_seen_at_ms = row.integer(5);
  if (!row.is_null(6)) user.invitation_hash = read_hash(row.blob(6));
  if (!row.is_null(7)) user.invitation_expires_at_ms = row.integer(7);
  return user;
}

Task<Status> run(Transaction& tx, const Statement& statement, std::span<const Value> values) {
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(statement, values));
  co_return Status();
}

Task<Result<bool>> changes_one(Transaction& tx, const Statement& statement,
                               std::span<const Value> values) {
  CO_TRY(const auto changed, co_await tx.exec(statement, values));
  co_return changed == 1;
}

}  // namespace

Task<Result<bool>> insert_owner(Transaction& tx, const User& user) {
  const Value values[] = {std::string_view(user.id), std::string_view(user.name),
                          std::string_view(user.password_hash), user.created_at_ms};
  co_return co_await changes_one(tx, kInsertOwner, values);
}

Task<Result<bool>> insert_invited(Transaction& tx, const User& user) {
  const auto hash = user.invitation_hash.value_or(SecretHash{});
  const Value values[] = {std::string_view(user.id), std::string_view(user.name),
                          role_name(user.role),      user.created_at_ms,
                          base::ByteView(hash),      user.invitation_expires_at_ms};
  co_return co_await changes_one(tx, kInsertInvited, values);
}

Task<Result<std::int64_t>> count_users(Transaction& tx) {
  std::int64_t count = 0;
  auto take = [&count](const storage::Row& row) {
    count = row.integer(0);
    return false;
  };
  CO_TRY_OK(co_await tx.query(kCountUsers, {}, std::move(take)));
  co_return count;
}

Task<Result<bool>> update_role(Transaction& tx, std::string_view user_id, Role role) {
  const Value values[] = {user_id, role_name(role)};
  co_return co_await changes_one(tx, kUpdateRole, values);
}

Task<Result<bool>> delete_user(Transaction& tx, std::string_view user_id) {
  const Value values[] = {user_id};
  co_return co_await changes_one(tx, kDeleteUser, values);
}

Task<Result<bool>> mark_setup_token_used(Transaction& tx, const SecretHash& hash,
                                         std::int64_t at_ms) {
  const Value values[] = {base::ByteView(hash), at_ms};
  co_return co_await changes_one(tx, kUseToken, values);
}

Task<Result<bool>> has_password(Transaction& tx, std::string_view user_id,
                                std::string_view password_hash) {
  const Value values[] = {user_id, password_hash};
  bool found = false;
  auto take = [&found](const storage::Row&) {
    found = true;
    return false;
  };
  CO_TRY_OK(co_await tx.query(kHasPassword, values, std::move(take)));
  co_return found;
}

Task<Result<bool>> update_password(Transaction& tx, std::string_view user_id,
                                   std::string_view password_hash, std::int64_t at_ms) {
  const Value values[] = {user_id, password_hash, at_ms};
  co_return co_await changes_one(tx, kUpdatePassword, values);
}

Task<Result<bool>> update_invitation(Transaction& tx, const User& user) {
  const auto hash = user.invitation_hash.value_or(SecretHash{});
  const Value values[] = {std::string_view(user.id), base::ByteView(hash),
                          user.invitation_expires_at_ms};
  co_return co_await changes_one(tx, kUpdateInvitation, values);
}

Task<Result<bool>> use_invitation(Transaction& tx, std::string_view user_id,
                                  const SecretHash& hash) {
  const Value values[] = {user_id, base::ByteView(hash)};
  co_return co_await changes_one(tx, kUseInvitation, values);
}

Task<Status> insert_session(Transaction& tx, const Session& session) {
  const Value values[] = {std::string_view(session.id),
                          std::string_view(session.user_id),
                          base::ByteView(session.cookie_hash),
                          base::ByteView(session.page_hash),
                          session.created_at_ms,
                          session.last_seen_at_ms,
                          session_kind_name(session.kind)};
  co_return co_await run(tx, kInsertSession, values);
}

Task<Status> touch_session(Transaction& tx, const Session& session) {
  const Value values[] = {std::string_view(session.id), session.last_seen_at_ms};
  CO_TRY_OK(co_await run(tx, kTouchSession, values));
  if (session.kind != SessionKind::user) co_return Status();
  co_return co_await touch_user(tx, session.user_id, session.last_seen_at_ms);
}

Task<Status> touch_user(Transaction& tx, std::string_view user_id, std::int64_t at_ms) {
  const Value values[] = {user_id, at_ms};
  co_return co_await run(tx, kTouchUser, values);
}

Task<Result<bool>> delete_session(Transaction& tx, std::string_view id) {
  const Value values[] = {id};
  co_return co_await changes_one(tx, kDeleteSession, values);
}

Task<Status> delete_sessions_of(Transaction& tx, std::string_view user_id) {
  const Value values[] = {user_id};
  co_return co_await run(tx, kDeleteSessionsOf, values);
}

Task<Status> delete_invitation_sessions(Transaction& tx, std::string_view user_id) {
  const Value values[] = {user_id};
  co_return co_await run(tx, kDeleteInvitationSessions, values);
}

Task<Status> upsert_browser(Transaction& tx, const KnownBrowser& browser) {
  const Value values[] = {base::ByteView(browser.cookie_hash), std::string_view(browser.user_id),
                          browser.last_login_at_ms};
  co_return co_await run(tx, kUpsertBrowser, values);
}

Task<Status> delete_browser(Transaction& tx, const SecretHash& cookie_hash) {
  const Value values[] = {base::ByteView(cookie_hash)};
  co_return co_await run(tx, kDeleteBrowser, values);
}

Task<Status> delete_browsers_of(Transaction& tx, std::string_view user_id) {
  const Value values[] = {user_id};
  co_return co_await run(tx, kDeleteBrowsersOf, values);
}

Task<Status> select_users(Transaction& tx, std::vector<User>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back(read_user(row));
    return true;
  };
  co_return co_await tx.query(kSelectUsers, {}, std::move(take));
}

Task<Status> select_sessions(Transaction& tx, std::vector<Session>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back({std::string(row.text(0)), std::string(row.text(1)), read_hash(row.blob(2)),
                   read_hash(row.blob(3)), row.integer(4), row.integer(5), read_kind(row.text(6))});
    return true;
  };
  co_return co_await tx.query(kSelectSessions, {}, std::move(take));
}

Task<Status> select_browsers(Transaction& tx, std::vector<KnownBrowser>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back({read_hash(row.blob(0)), std::string(row.text(1)), row.integer(2)});
    return true;
  };
  co_return co_await tx.query(kSelectBrowsers, {}, std::move(take));
}

}  // namespace b3iq::agent

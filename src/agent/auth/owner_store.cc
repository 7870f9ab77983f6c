#include "agent/auth/owner_store.h"

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
constexpr Statement kUseToken{
    "INSERT INTO used_setup_tokens (token_hash, used_at_ms) VALUES ($1, $2) "
    "ON CONFLICT DO NOTHING"};
constexpr Statement kHasPassword{"SELECT 1 FROM users WHERE id = $1 AND password_hash = $2"};
constexpr Statement kUpdatePassword{
    "UPDATE users SET password_hash = $2, password_set_at_ms = $3 WHERE id = $1"};
constexpr Statement kInsertSession{
    "INSERT INTO sessions (id, user_id, cookie_hash, page_hash, created_at_ms, last_seen_at_ms) "
    "VALUES ($1, $2, $3, $4, $5, $6)"};
constexpr Statement kTouchSession{"UPDATE sessions SET last_seen_at_ms = $2 WHERE id = $1"};
constexpr Statement kDeleteSession{"DELETE FROM sessions WHERE id = $1"};
constexpr Statement kDeleteSessions{"DELETE FROM sessions"};
constexpr Statement kUpsertBrowser{
    "INSERT INTO known_browsers (cookie_hash, user_id, last_login_at_ms) VALUES ($1, $2, $3) "
    "ON CONFLICT (cookie_hash) DO UPDATE SET last_login_at_ms = excluded.last_login_at_ms"};
constexpr Statement kDeleteBrowser{"DELETE FROM known_browsers WHERE cookie_hash = $1"};
constexpr Statement kDeleteBrowsers{"DELETE FROM known_browsers"};
constexpr Statement kSelectUsers{
    "SELECT id, name, password_hash, created_at_ms FROM users ORDER BY id"};
constexpr Statement kSelectSessions{
    "SELECT id, user_id, cookie_hash, page_hash, created_at_ms, last_seen_at_ms FROM sessions "
    "ORDER BY id"};
constexpr Statement kSelectBrowsers{
    "SELECT cookie_hash, user_id, last_login_at_ms FROM known_browsers ORDER BY last_login_at_ms"};

SecretHash read_hash(base::ByteView blob) {
  SecretHash hash{};
  std::copy_n(blob.begin(), std::min(blob.size(), hash.size()), hash.begin());
  return hash;
}

Task<Status> run(Transaction& tx, const Statement& statement, std::span<const Value> values) {
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(statement, values));
  co_return Status();
}

}  // namespace

Task<Result<bool>> insert_owner(Transaction& tx, const User& user) {
  const Value values[] = {std::string_view(user.id), std::string_view(user.name),
                          std::string_view(user.password_hash), user.created_at_ms};
  CO_TRY(const auto changed, co_await tx.exec(kInsertOwner, values));
  co_return changed == 1;
}

Task<Result<bool>> mark_setup_token_used(Transaction& tx, const SecretHash& hash,
                                         std::int64_t at_ms) {
  const Value values[] = {base::ByteView(hash), at_ms};
  CO_TRY(const auto changed, co_await tx.exec(kUseToken, values));
  co_return changed == 1;
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

Task<Status> update_password(Transaction& tx, std::string_view user_id,
                             std::string_view password_hash, std::int64_t at_ms) {
  const Value values[] = {user_id, password_hash, at_ms};
  co_return co_await run(tx, kUpdatePassword, values);
}

Task<Status> insert_session(Transaction& tx, const Session& session) {
  const Value values[] = {std::string_view(session.id),
                          std::string_view(session.user_id),
                          base::ByteView(session.cookie_hash),
                          base::ByteView(session.page_hash),
                          session.created_at_ms,
                          session.last_seen_at_ms};
  co_return co_await run(tx, kInsertSession, values);
}

Task<Status> touch_session(Transaction& tx, std::string_view id, std::int64_t at_ms) {
  const Value values[] = {id, at_ms};
  co_return co_await run(tx, kTouchSession, values);
}

Task<Status> delete_session(Transaction& tx, std::string_view id) {
  const Value values[] = {id};
  co_return co_await run(tx, kDeleteSession, values);
}

Task<Status> delete_all_sessions(Transaction& tx) {
  co_return co_await run(tx, kDeleteSessions, {});
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

Task<Status> delete_all_browsers(Transaction& tx) {
  co_return co_await run(tx, kDeleteBrowsers, {});
}

Task<Status> select_users(Transaction& tx, std::vector<User>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
                   row.integer(3)});
    return true;
  };
  co_return co_await tx.query(kSelectUsers, {}, std::move(take));
}

Task<Status> select_sessions(Transaction& tx, std::vector<Session>& out) {
  auto take = [&out](const storage::Row& row) {
    out.push_back({std::string(row.text(0)), std::string(row.text(1)), read_hash(row.blob(2)),
                   read_hash(row.blob(3)), row.integer(4), row.integer(5)});
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

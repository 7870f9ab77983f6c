#include "agent/auth/accounts.h"

#include "agent/auth/user_store.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

Error overtaken() {
  return Error(ErrorCode::unauthorized,
               "The password was set from elsewhere at the same time, or the user was removed. Log "
               "in with the newest password.");
}

}  // namespace

Status Accounts::load() {
  std::vector<User> all;
  std::vector<Session> open;
  std::vector<KnownBrowser> browsers;
  TRY_OK(database.read_blocking([&](storage::Transaction& tx) -> Task<Status> {
    all.clear();
    open.clear();
    browsers.clear();
    CO_TRY_OK(co_await select_users(tx, all));
    CO_TRY_OK(co_await select_sessions(tx, open));
    co_return co_await select_browsers(tx, browsers);
  }));
  users.replace_all(std::move(all));
  sessions.replace_all(std::move(open), std::move(browsers));
  return {};
}

Task<Result<NewSession>> set_password(Accounts& accounts, NewPassword request) {
  auto& user = request.user;
  const auto old_hash = user.password_hash;
  CO_TRY(user.password_hash, co_await accounts.passwords.hash(std::move(request.password)));
  const auto now = accounts.clock.wall_ms();
  auto fresh = accounts.sessions.make(SessionKind::user, user.id, "");
  // Whoever else holds a setup token's session could set the owner's password once more.
  const bool recovery = !request.used_session.empty() && user.role == Role::owner;
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    if (request.used_session.empty()) {
      CO_TRY(const bool current, co_await has_password(tx, user.id, old_hash));
      if (!current) co_return overtaken();
    } else {
      CO_TRY(const bool first, co_await delete_session(tx, request.used_session));
      if (!first) co_return overtaken();
    }
    if (recovery) CO_TRY_OK(co_await delete_sessions_of(tx, ""));
    CO_TRY(const bool there, co_await update_password(tx, user.id, user.password_hash, now));
    if (!there) co_return overtaken();
    CO_TRY_OK(co_await delete_sessions_of(tx, user.id));
    CO_TRY_OK(co_await delete_browsers_of(tx, user.id));
    CO_TRY_OK(co_await UserSessions::store(tx, fresh));
    co_return co_await accounts.audit.append(tx, request.act);
  };
  CO_TRY_OK(co_await accounts.database.write(std::move(body)));
  if (recovery) accounts.sessions.drop_sessions_of("");
  accounts.sessions.drop_sessions_of(user.id);
  accounts.sessions.drop_browsers_of(user.id);
  if (auto* held = accounts.users.find(user.id)) {
    held->password_hash = user.password_hash;
    held->invitation_hash.reset();
  }
  accounts.sessions.hold(fresh);
  co_return std::move(fresh.given);
}

}  // namespace b3iq::agent

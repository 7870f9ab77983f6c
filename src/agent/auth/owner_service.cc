#include "agent/auth/owner_service.h"

#include "agent/auth/setup_token.h"
#include "agent/auth/user_store.h"
#include "base/bytes.h"
#include "crypto/secret_token.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

Error bad_token() {
  return Error(ErrorCode::unauthorized,
               "This setup token does not work: it was used, replaced by a newer one, or is older "
               "than 24 hours. Make a new one on the machine: b3iq-host wizard url --with-token");
}

Error owned() {
  return Error(ErrorCode::conflict,
               "This node has an owner. Log in; or set a new password with the address from "
               "b3iq-host wizard url --with-token");
}

}  // namespace

Task<Result<NewSession>> OwnerService::begin_setup(std::string token) {
  const auto state = read_setup_token(home_);
  if (!state.ok())
    co_return state.error().code == ErrorCode::unauthorized ? bad_token() : state.error();
  const auto hash = crypto::hash_secret(token);
  const auto now = accounts_.clock.wall_ms();
  // A clock that was set back makes a token younger than it is, never unusable.
  if (!base::equal_constant_time(hash, state->hash) ||
      now - state->issued_at_ms > kSetupTokenLifeMs)
    co_return bad_token();
  auto fresh = accounts_.sessions.make(SessionKind::setup, "", "");
  const AuditAct act{"browser", "setup.opened", fresh.given.id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY(const auto first_use, co_await mark_setup_token_used(tx, hash, now));
    if (!first_use) co_return bad_token();
    CO_TRY_OK(co_await UserSessions::store(tx, fresh));
    co_return co_await accounts_.audit.append(tx, act);
  };
  CO_TRY_OK(co_await accounts_.database.write(std::move(body)));
  accounts_.sessions.hold(fresh);
  co_return std::move(fresh.given);
}

Task<Result<NewSession>> OwnerService::claim(std::string name, crypto::Secret password) {
  if (accounts_.claimed()) co_return owned();
  CO_TRY_OK(check_user_name(name));
  CO_TRY(auto hash, co_await accounts_.passwords.hash(std::move(password)));
  const auto now = accounts_.clock.wall_ms();
  User user;
  user.id = "user_" + base::make_ulid(now, accounts_.random);
  user.name = std::move(name);
  user.password_hash = std::move(hash);
  user.created_at_ms = now;
  auto fresh = accounts_.sessions.make(SessionKind::user, user.id, "");
  const AuditAct act{"browser", "owner.claimed", user.id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY(const auto first, co_await insert_owner(tx, user));
    if (!first) co_return owned();
    CO_TRY_OK(co_await delete_sessions_of(tx, ""));
    CO_TRY_OK(co_await UserSessions::store(tx, fresh));
    co_return co_await accounts_.audit.append(tx, act);
  };
  CO_TRY_OK(co_await accounts_.database.write(std::move(body)));
  accounts_.sessions.drop_sessions_of("");
  accounts_.users.add(std::move(user));
  accounts_.sessions.hold(fresh);
  co_return std::move(fresh.given);
}

Task<Result<NewSession>> OwnerService::recover(std::string setup_id, crypto::Secret password) {
  const auto* owner = accounts_.users.owner();
  if (owner == nullptr) {
    co_return Error(ErrorCode::conflict, "This node has no owner yet: claim it.");
  }
  NewPassword request{
      *owner, std::move(password), {"browser", "owner.recovered", setup_id}, setup_id};
  co_return co_await set_password(accounts_, std::move(request));
}

}  // namespace b3iq::agent

#include "agent/auth/user_service.h"

#include <fmt/format.h>

#include "agent/auth/user_store.h"
#include "crypto/secret_token.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::size_t kMaxToldBytes = 64;

Error bad_invitation() {
  return Error(ErrorCode::unauthorized,
               "This invitation does not work: it was used, replaced by a newer one, or is older "
               "than 24 hours. Ask the node's owner for a new one.");
}

Error no_such_user(std::string_view id) {
  return Error(ErrorCode::not_found,
               fmt::format("There is no user with the id '{}'; GET /setup/v1/users lists them.",
                           id.substr(0, kMaxToldBytes)));
}

Status check_role(Role role) {
  if (role != Role::owner) return {};
  return Error(ErrorCode::invalid_request,
               "A node has one owner, who claimed it. The role is operator or viewer.", "role");
}

crypto::Secret give_invitation(User& user, Accounts& accounts) {
  auto invitation = crypto::make_secret_token(crypto::kInvitationPrefix, accounts.random);
  user.invitation_hash = crypto::hash_secret(invitation.reveal_text());
  user.invitation_expires_at_ms = accounts.clock.wall_ms() + kInvitationLifeMs;
  return invitation;
}

// As subjects of the audit log, which holds no names.
std::string with_role(const User& user) {
  return fmt::format("{} {}", user.id, role_name(user.role));
}

}  // namespace

Result<User> UserService::changeable(std::string_view user_id) const {
  const auto* user = accounts_.users.find(user_id);
  if (user == nullptr) return no_such_user(user_id);
  if (user->role != Role::owner) return *user;
  return Error(
      ErrorCode::conflict,
      "This is the owner, who stays: neither removed, nor given another role, nor invited. "
      "The owner's new password comes from: b3iq-host wizard url --with-token");
}

Task<Result<UserService::Invited>> UserService::invite(std::string name, Role role,
                                                       std::string actor) {
  CO_TRY_OK(check_user_name(name));
  CO_TRY_OK(check_role(role));
  if (!accounts_.claimed()) {
    co_return Error(ErrorCode::conflict,
                    "This node has no owner yet. Claim it first, with the address from: b3iq-host "
                    "wizard url --with-token");
  }
  Invited invited;
  auto& user = invited.user;
  user.created_at_ms = accounts_.clock.wall_ms();
  user.id = "user_" + base::make_ulid(user.created_at_ms, accounts_.random);
  user.name = std::move(name);
  user.role = role;
  invited.invitation = give_invitation(user, accounts_);
  const AuditAct act{std::move(actor), "user.invited", with_role(user)};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY(const auto count, co_await count_users(tx));
    if (count >= static_cast<std::int64_t>(kMaxUsers)) {
      co_return Error(
          ErrorCode::conflict,
          fmt::format("This node has {} users, the most it keeps. Remove one first.", kMaxUsers));
    }
    CO_TRY(const bool is_new, co_await insert_invited(tx, user));
    if (!is_new) {
      co_return Error(ErrorCode::conflict,
                      fmt::format("There is a user named '{}'. Choose another name, or make a new "
                                  "invitation for that user.",
                                  user.name),
                      "name");
    }
    co_return co_await accounts_.audit.append(tx, act);
  };
  CO_TRY_OK(co_await accounts_.database.write(std::move(body)));
  accounts_.users.add(user);
  co_return invited;
}

Task<Result<UserService::Invited>> UserService::renew_invitation(std::string user_id,
                                                                 std::string actor) {
  Invited invited;
  CO_TRY(invited.user, changeable(user_id));
  invited.invitation = give_invitation(invited.user, accounts_);
  const AuditAct act{std::move(actor), "user.invited", with_role(invited.user)};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY(const bool there, co_await update_invitation(tx, invited.user));
    if (!there) co_return no_such_user(user_id);
    // One that is open in a browser is replaced, too.
    CO_TRY_OK(co_await delete_invitation_sessions(tx, user_id));
    co_return co_await accounts_.audit.append(tx, act);
  };
  CO_TRY_OK(co_await accounts_.database.write(std::move(body)));
  accounts_.sessions.drop_invitation_sessions(user_id);
  if (auto* held = accounts_.users.find(user_id)) {
    held->invitation_hash = invited.user.invitation_hash;
    held->invitation_expires_at_ms = invited.user.invitation_expires_at_ms;
  }
  co_return invited;
}

Task<Result<User>> UserService::set_role(std::string user_id, Role role, std::string actor) {
  CO_TRY_OK(check_role(role));
  CO_TRY(auto user, changeable(user_id));
  if (user.role == role) co_return user;
  user.role = role;
  const AuditAct act{std::move(actor), "user.role_changed", with_role(user)};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY(const bool there, co_await update_role(tx, user_id, role));
    if (!there) co_return no_such_user(user_id);
    co_return co_await accounts_.audit.append(tx, act);
  };
  CO_TRY_OK(co_await accounts_.database.write(std::move(body)));
  accounts_.sessions.set_role(user_id, role);
  auto* held = accounts_.users.find(user_id);
  if (held == nullptr) co_return no_such_user(user_id);
  held->role = role;
  co_return *held;
}

Task<Status> UserService::remove(std::string user_id, std::string actor) {
  CO_TRY_OK(changeable(user_id));
  const AuditAct act{std::move(actor), "user.removed", user_id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY(const bool there, co_await delete_user(tx, user_id));
    if (!there) co_return no_such_user(user_id);
    CO_TRY_OK(co_await delete_sessions_of(tx, user_id));
    CO_TRY_OK(co_await delete_browsers_of(tx, user_id));
    co_return co_await accounts_.audit.append(tx, act);
  };
  CO_TRY_OK(co_await accounts_.database.write(std::move(body)));
  accounts_.users.remove(user_id);
  accounts_.sessions.drop_sessions_of(user_id);
  accounts_.sessions.drop_browsers_of(user_id);
  co_return Status();
}

Task<Result<NewSession>> UserService::open_invitation(std::string token) {
  const auto hash = crypto::hash_secret(token);
  const auto* user = accounts_.users.invited_with(hash);
  if (user == nullptr || accounts_.clock.wall_ms() >= user->invitation_expires_at_ms)
    co_return bad_invitation();
  const auto user_id = user->id;
  auto fresh = accounts_.sessions.make(SessionKind::invitation, user_id, "");
  const AuditAct act{"browser", "invitation.opened", user_id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY(const bool first, co_await use_invitation(tx, user_id, hash));
    if (!first) co_return bad_invitation();
    CO_TRY_OK(co_await UserSessions::store(tx, fresh));
    co_return co_await accounts_.audit.append(tx, act);
  };
  CO_TRY_OK(co_await accounts_.database.write(std::move(body)));
  if (auto* held = accounts_.users.find(user_id); held && held->invitation_hash == hash)
    held->invitation_hash.reset();
  accounts_.sessions.hold(fresh);
  co_return std::move(fresh.given);
}

Task<Result<NewSession>> UserService::accept(std::shared_ptr<Session> session,
                                             crypto::Secret password) {
  const auto* user = accounts_.users.find(session->user_id);
  if (user == nullptr) co_return bad_invitation();
  const auto* act = user->invited() ? "user.joined" : "user.password_renewed";
  NewPassword request{*user, std::move(password), {user->id, act, session->id}, session->id};
  co_return co_await set_password(accounts_, std::move(request));
}

}  // namespace b3iq::agent

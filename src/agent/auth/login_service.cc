#include "agent/auth/login_service.h"

#include <fmt/format.h>

#include "agent/auth/user_store.h"
#include "base/log.h"
#include "crypto/password.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::size_t kMaxToldBytes = 64;

Error bad_login() {
  return Error(ErrorCode::unauthorized,
               "The name or the password is wrong. For a new password, ask the owner for an "
               "invitation; the owner uses the address from: b3iq-host wizard url --with-token");
}

Error no_such_session(std::string_view id) {
  return Error(ErrorCode::not_found,
               fmt::format("You have no session '{}'; it may have ended already.",
                           id.substr(0, kMaxToldBytes)));
}

}  // namespace

Task<Result<NewSession>> LoginService::login(std::string name, crypto::Secret password,
                                             std::string browser) {
  const auto folded = folded_name(name);
  const auto* found = accounts_.users.named(name);
  const bool exists = found != nullptr && !found->invited();
  User user;
  user.password_hash = kNobodysHash;
  if (exists) user = *found;
  const LoginThrottle::Who who{accounts_.sessions.known(browser, user.id), folded};
  CO_TRY_OK(throttle_.begin_attempt(who));
  const int room = who.browser ? kMaxQueuedPasswords : kMaxQueuedOfStrangers;
  const auto verdict =
      co_await accounts_.passwords.verify(user.password_hash, std::move(password), room);
  if (!verdict.ok()) {
    throttle_.taken_back(who);
    co_return verdict.error();
  }
  if (!exists || !verdict.value()) {
    accounts_.audit.note({"browser", "login.refused", who.browser ? "known browser" : "stranger"});
    if (who.browser && throttle_.spent(*who.browser)) co_await forget(*who.browser);
    co_return bad_login();
  }
  throttle_.succeeded(who);
  co_return co_await admit(std::move(user), who.browser ? std::move(browser) : std::string());
}

// A known browser keeps its cookie; another gets one.
Task<Result<NewSession>> LoginService::admit(User user, std::string browser) {
  auto fresh = accounts_.sessions.make(SessionKind::user, user.id, browser);
  const AuditAct act{user.id, "login.accepted", fresh.given.id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    // A password that was replaced while this one was checked opens nothing any more.
    CO_TRY(const bool current, co_await has_password(tx, user.id, user.password_hash));
    if (!current) co_return bad_login();
    CO_TRY_OK(co_await UserSessions::store(tx, fresh));
    co_return co_await accounts_.audit.append(tx, act);
  };
  CO_TRY_OK(co_await accounts_.database.write(std::move(body)));
  accounts_.sessions.hold(fresh);
  co_return std::move(fresh.given);
}

Task<void> LoginService::forget(SecretHash browser) {
  accounts_.sessions.drop_browser(browser);
  throttle_.forget(browser);
  const AuditAct act{"browser", "browser.forgotten", ""};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await delete_browser(tx, browser));
    co_return co_await accounts_.audit.append(tx, act);
  };
  if (const auto written = co_await accounts_.database.write(std::move(body)); !written.ok()) {
    base::log(base::LogLevel::error, "browser.not_forgotten",
              {{"error", std::string_view(written.error().detail)}});
  }
}

Task<Status> LoginService::confirm_password(std::shared_ptr<Session> session,
                                            crypto::Secret password, std::string_view param) {
  const auto* user = accounts_.users.find(session->user_id);
  if (user == nullptr) co_return no_such_session(session->id);
  const auto hash = user->password_hash;
  // A stolen session must not become a guessing machine.
  const LoginThrottle::Who who{session->cookie_hash, {}};
  CO_TRY_OK(throttle_.begin_attempt(who));
  const auto verdict = co_await accounts_.passwords.verify(hash, std::move(password));
  if (!verdict.ok()) {
    throttle_.taken_back(who);
    co_return verdict.error();
  }
  if (!verdict.value()) {
    accounts_.audit.note({session->user_id, "password.refused", session->id});
    co_return Error(ErrorCode::invalid_request, "The password is wrong.", std::string(param));
  }
  throttle_.succeeded(who);
  co_return Status();
}

Task<Result<NewSession>> LoginService::change_password(std::shared_ptr<Session> session,
                                                       crypto::Secret current,
                                                       crypto::Secret next) {
  const auto* found = accounts_.users.find(session->user_id);
  if (found == nullptr) co_return no_such_session(session->id);
  User user = *found;
  CO_TRY_OK(co_await confirm_password(session, std::move(current), "current_password"));
  NewPassword request{
      std::move(user), std::move(next), {session->user_id, "password.changed", session->id}, ""};
  co_return co_await set_password(accounts_, std::move(request));
}

Task<Status> LoginService::end(std::string session_id, Ender ender) {
  const auto session = accounts_.sessions.find(session_id);
  const bool may = session && (ender.everybodys || session->user_id == ender.user_id);
  if (!may) co_return no_such_session(session_id);
  const AuditAct act{ender.user_id, "session.ended", session_id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await delete_session(tx, session_id));
    co_return co_await accounts_.audit.append(tx, act);
  };
  CO_TRY_OK(co_await accounts_.database.write(std::move(body)));
  accounts_.sessions.drop_session(session_id);
  co_return Status();
}

}  // namespace b3iq::agent

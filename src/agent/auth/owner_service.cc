#include "agent/auth/owner_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/auth/owner_store.h"
#include "agent/auth/setup_token.h"
#include "base/bytes.h"
#include "base/log.h"
#include "crypto/password.h"
#include "crypto/secret_token.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::string_view kSessionPrefix = "b3iq_session_";
constexpr std::size_t kMaxUserNameBytes = 64;
// last_seen in the database may be this old; a restart in between shortens the idle time by it.
constexpr std::int64_t kTouchEveryMs = 600'000;

Error no_session() {
  return Error(ErrorCode::unauthorized,
               "This needs the owner's session: log in at /setup/. Sessions end after 12 hours "
               "without use, after 7 days, and with a new password.");
}

Error bad_token() {
  return Error(ErrorCode::unauthorized,
               "This setup token does not work: it was used, replaced by a newer one, or is older "
               "than 24 hours. Make a new one on the machine: b3iq-host wizard url --with-token");
}

Error bad_login() {
  return Error(ErrorCode::unauthorized,
               "The name or the password is wrong. Whoever has the machine can set a new password "
               "with the address from: b3iq-host wizard url --with-token");
}

Status check_name(std::string_view name) {
  const bool printable = std::ranges::all_of(
      name, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
  if (name.empty() || name.size() > kMaxUserNameBytes || !printable || !base::valid_utf8(name)) {
    return Error(
        ErrorCode::invalid_request,
        fmt::format("The owner needs a name of 1 to {} printable characters.", kMaxUserNameBytes),
        "name");
  }
  return {};
}

}  // namespace

Status OwnerService::load() {
  std::vector<Session> sessions;
  std::vector<KnownBrowser> browsers;
  TRY_OK(database_.read_blocking([&](storage::Transaction& tx) -> Task<Status> {
    users_.clear();
    sessions.clear();
    browsers.clear();
    CO_TRY_OK(co_await select_users(tx, users_));
    CO_TRY_OK(co_await select_sessions(tx, sessions));
    co_return co_await select_browsers(tx, browsers);
  }));
  for (auto& session : sessions) {
    const auto hash = session.cookie_hash;
    sessions_[hash] = std::make_shared<Session>(std::move(session));
  }
  for (auto& browser : browsers) browsers_[browser.cookie_hash] = std::move(browser);
  return {};
}

bool OwnerService::alive(const Session& session) const {
  const auto now = clock_.wall_ms();
  if (session.is_setup()) return now < session.created_at_ms + kSetupSessionLifeMs;
  return now < session.created_at_ms + kSessionLifeMs &&
         now < session.last_seen_at_ms + kSessionIdleMs;
}

OwnerService::Fresh OwnerService::make_session(const std::string& user_id) {
  Fresh fresh;
  fresh.surplus = surplus_sessions();
  const auto now = clock_.wall_ms();
  fresh.given.id = "ses_" + base::make_ulid(now, random_);
  fresh.given.cookie = crypto::make_secret_token(kSessionPrefix, random_);
  fresh.given.page_token = crypto::make_secret_token(kSessionPrefix, random_);
  fresh.session = {fresh.given.id,
                   user_id,
                   crypto::hash_secret(fresh.given.cookie.reveal_text()),
                   crypto::hash_secret(fresh.given.page_token.reveal_text()),
                   now,
                   now};
  if (!user_id.empty()) {
    fresh.given.browser = crypto::make_secret_token(kSessionPrefix, random_);
    fresh.browser = {crypto::hash_secret(fresh.given.browser.reveal_text()), user_id, now};
  }
  return fresh;
}

Task<Status> OwnerService::store(storage::Transaction& tx, const Fresh& fresh) {
  for (const auto& id : fresh.surplus) CO_TRY_OK(co_await delete_session(tx, id));
  CO_TRY_OK(co_await insert_session(tx, fresh.session));
  if (!fresh.browser.user_id.empty()) CO_TRY_OK(co_await upsert_browser(tx, fresh.browser));
  co_return Status();
}

// What must go before one more session is stored: the dead ones, and of the living those unused for
// longest.
std::vector<std::string> OwnerService::surplus_sessions() const {
  std::vector<std::string> ids;
  std::vector<const Session*> living;
  for (const auto& [hash, session] : sessions_) {
    if (alive(*session)) {
      living.push_back(session.get());
    } else {
      ids.push_back(session->id);
    }
  }
  std::ranges::sort(living, {}, &Session::last_seen_at_ms);
  for (std::size_t i = 0; i + kMaxSessions < living.size() + 1; ++i) ids.push_back(living[i]->id);
  return ids;
}

void OwnerService::hold(const Fresh& fresh) {
  std::erase_if(sessions_, [&fresh](const auto& entry) {
    return std::ranges::find(fresh.surplus, entry.second->id) != fresh.surplus.end();
  });
  sessions_[fresh.session.cookie_hash] = std::make_shared<Session>(fresh.session);
  if (!fresh.browser.user_id.empty()) browsers_[fresh.browser.cookie_hash] = fresh.browser;
}

Task<Result<NewSession>> OwnerService::begin_setup(std::string token) {
  const auto state = read_setup_token(home_);
  if (!state.ok())
    co_return state.error().code == ErrorCode::unauthorized ? bad_token() : state.error();
  const auto hash = crypto::hash_secret(token);
  const auto age_ms = clock_.wall_ms() - state->issued_at_ms;
  // A clock that was set back makes a token younger than it is, never unusable.
  if (!base::equal_constant_time(hash, state->hash) || age_ms > kSetupTokenLifeMs)
    co_return bad_token();
  auto fresh = make_session("");
  const AuditAct act{"browser", "setup.opened", fresh.given.id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY(const auto first_use, co_await mark_setup_token_used(tx, hash, clock_.wall_ms()));
    if (!first_use) co_return bad_token();
    CO_TRY_OK(co_await store(tx, fresh));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  hold(fresh);
  co_return std::move(fresh.given);
}

Task<Result<NewSession>> OwnerService::claim(std::string name, crypto::Secret password) {
  const auto owned = [] {
    return Error(ErrorCode::conflict,
                 "This node has an owner. Log in; or set a new password with the address from "
                 "b3iq-host wizard url --with-token");
  };
  if (claimed()) co_return owned();
  CO_TRY_OK(check_name(name));
  CO_TRY(auto hash, co_await passwords_.hash(std::move(password)));
  User user{"user_" + base::make_ulid(clock_.wall_ms(), random_), std::move(name), std::move(hash),
            clock_.wall_ms()};
  auto fresh = make_session(user.id);
  const AuditAct act{"browser", "owner.claimed", user.id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY(const auto first, co_await insert_owner(tx, user));
    if (!first) co_return owned();
    CO_TRY_OK(co_await delete_all_sessions(tx));
    CO_TRY_OK(co_await store(tx, fresh));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  sessions_.clear();
  users_.push_back(std::move(user));
  hold(fresh);
  co_return std::move(fresh.given);
}

// Every session ends and every browser is a stranger again, but for the one that gets the new one.
Task<Result<NewSession>> OwnerService::replace_password(User user, crypto::Secret password,
                                                        AuditAct act) {
  CO_TRY(user.password_hash, co_await passwords_.hash(std::move(password)));
  auto fresh = make_session(user.id);
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await update_password(tx, user.id, user.password_hash, clock_.wall_ms()));
    CO_TRY_OK(co_await delete_all_sessions(tx));
    CO_TRY_OK(co_await delete_all_browsers(tx));
    CO_TRY_OK(co_await store(tx, fresh));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  sessions_.clear();
  browsers_.clear();
  const auto held = std::ranges::find(users_, user.id, &User::id);
  if (held != users_.end()) held->password_hash = user.password_hash;
  hold(fresh);
  co_return std::move(fresh.given);
}

Task<Result<NewSession>> OwnerService::recover(std::string setup_id, crypto::Secret password) {
  if (!claimed()) {
    co_return Error(ErrorCode::conflict, "This node has no owner yet. Claim it first.");
  }
  AuditAct act{"browser", "owner.recovered", std::move(setup_id)};
  co_return co_await replace_password(users_.front(), std::move(password), std::move(act));
}

Task<Result<NewSession>> OwnerService::change_password(std::shared_ptr<Session> session,
                                                       crypto::Secret current,
                                                       crypto::Secret next) {
  const auto found = std::ranges::find(users_, session->user_id, &User::id);
  if (found == users_.end()) co_return no_session();
  User user = *found;
  // A stolen session must not become a guessing machine.
  CO_TRY_OK(throttle_.begin_attempt(session->cookie_hash));
  CO_TRY(const bool right, co_await passwords_.verify(user.password_hash, std::move(current)));
  if (!right) {
    audit_.note({session->user_id, "password.refused", session->id});
    co_return Error(ErrorCode::invalid_request, "The current password is wrong.",
                    "current_password");
  }
  throttle_.succeeded(session->cookie_hash);
  AuditAct act{session->user_id, "password.changed", session->id};
  co_return co_await replace_password(std::move(user), std::move(next), std::move(act));
}

std::optional<SecretHash> OwnerService::known(const std::string& browser) const {
  if (browser.empty()) return std::nullopt;
  const auto found = browsers_.find(crypto::hash_secret(browser));
  if (found == browsers_.end()) return std::nullopt;
  if (clock_.wall_ms() - found->second.last_login_at_ms > kKnownBrowserLifeMs) return std::nullopt;
  return found->first;
}

Task<Result<NewSession>> OwnerService::login(std::string name, crypto::Secret password,
                                             std::string browser) {
  const auto track = known(browser);
  if (auto allowed = throttle_.begin_attempt(track); !allowed.ok()) {
    co_return std::move(allowed).error();
  }
  const auto found = std::ranges::find(users_, name, &User::name);
  const bool exists = found != users_.end();
  const User user = exists ? *found : User{"", "", std::string(kNobodysHash), 0};
  CO_TRY(const bool right, co_await passwords_.verify(user.password_hash, std::move(password)));
  if (!exists || !right) {
    audit_.note({"browser", "login.refused", track ? "known browser" : "stranger"});
    if (track && throttle_.spent(*track)) co_await forget(*track);
    co_return bad_login();
  }
  throttle_.succeeded(track);
  co_return co_await admit(user, track ? std::move(browser) : std::string());
}

// A known browser keeps its cookie; another gets one.
Task<Result<NewSession>> OwnerService::admit(const User& user, std::string browser) {
  auto fresh = make_session(user.id);
  if (!browser.empty()) {
    fresh.given.browser = crypto::Secret(browser);
    fresh.browser.cookie_hash = crypto::hash_secret(browser);
  }
  std::optional<SecretHash> oldest;
  if (browsers_.size() >= kMaxKnownBrowsers && browser.empty()) {
    const auto least = std::ranges::min_element(
        browsers_, {}, [](const auto& entry) { return entry.second.last_login_at_ms; });
    oldest = least->first;
  }
  const AuditAct act{user.id, "login.accepted", fresh.given.id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    // A password that was replaced while this one was checked opens nothing any more.
    CO_TRY(const bool current, co_await has_password(tx, user.id, user.password_hash));
    if (!current) co_return bad_login();
    if (oldest) CO_TRY_OK(co_await delete_browser(tx, *oldest));
    CO_TRY_OK(co_await store(tx, fresh));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  if (oldest) browsers_.erase(*oldest);
  hold(fresh);
  co_return std::move(fresh.given);
}

Task<void> OwnerService::forget(SecretHash browser) {
  browsers_.erase(browser);
  throttle_.succeeded(browser);  // its count is no longer kept: it is one of the strangers
  const AuditAct act{"browser", "browser.forgotten", ""};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await delete_browser(tx, browser));
    co_return co_await audit_.append(tx, act);
  };
  if (const auto written = co_await database_.write(std::move(body)); !written.ok()) {
    base::log(base::LogLevel::error, "browser.not_forgotten",
              {{"error", std::string_view(written.error().detail)}});
  }
}

Task<Status> OwnerService::end(std::string session_id) {
  const auto found = std::ranges::find_if(
      sessions_, [&](const auto& entry) { return entry.second->id == session_id; });
  if (found == sessions_.end()) {
    co_return Error(ErrorCode::not_found,
                    fmt::format("There is no session '{}'; it may have ended already.",
                                std::string_view(session_id).substr(0, kMaxUserNameBytes)));
  }
  const AuditAct act{found->second->user_id, "session.ended", session_id};
  sessions_.erase(found);
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await delete_session(tx, session_id));
    co_return co_await audit_.append(tx, act);
  };
  co_return co_await database_.write(std::move(body));
}

std::vector<Session> OwnerService::sessions() const {
  std::vector<Session> out;
  for (const auto& [hash, session] : sessions_) {
    if (alive(*session) && !session->is_setup()) out.push_back(*session);
  }
  std::ranges::sort(out, {}, &Session::id);
  return out;
}

bool OwnerService::holds(const Session& session) const {
  const auto found = sessions_.find(session.cookie_hash);
  return found != sessions_.end() && found->second->id == session.id && alive(*found->second);
}

std::string OwnerService::user_name(std::string_view id) const {
  const auto found = std::ranges::find(users_, id, &User::id);
  return found == users_.end() ? std::string() : found->name;
}

Result<std::shared_ptr<Session>> OwnerService::authenticate(std::string_view cookie,
                                                            std::string_view page_token) {
  const auto found = sessions_.find(crypto::hash_secret(cookie));
  if (found == sessions_.end() || !alive(*found->second)) return no_session();
  if (!base::equal_constant_time(crypto::hash_secret(page_token), found->second->page_hash))
    return no_session();
  touch(*found->second);
  return found->second;
}

void OwnerService::touch(Session& session) {
  const auto now = clock_.wall_ms();
  const bool store_it = now - session.last_seen_at_ms > kTouchEveryMs;
  session.last_seen_at_ms = now;
  if (!store_it) return;
  ++writes_under_way_;
  base::detach(store_last_seen(session.id, now));
}

Task<void> OwnerService::store_last_seen(std::string id, std::int64_t at_ms) {
  auto body = [&](storage::Transaction& tx) { return touch_session(tx, id, at_ms); };
  const auto written = co_await database_.write(std::move(body));
  --writes_under_way_;
  if (!written.ok()) {
    base::log(base::LogLevel::warn, "session.not_touched",
              {{"error", std::string_view(written.error().detail)}});
  }
}

}  // namespace b3iq::agent

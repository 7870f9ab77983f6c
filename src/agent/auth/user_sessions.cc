#include "agent/auth/user_sessions.h"

#include <algorithm>

#include "agent/auth/user_store.h"
#include "base/bytes.h"
#include "base/log.h"
#include "crypto/secret_token.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::string_view kSessionPrefix = "b3iq_session_";
// last_seen in the database may be this old; a restart in between shortens the idle time by it.
constexpr std::int64_t kTouchEveryMs = 600'000;

Error no_session() {
  return Error(ErrorCode::unauthorized,
               "This needs a session: log in at /setup/. Sessions end after 12 hours without use, "
               "after 7 days, with a new password, and when the owner ends them.");
}

}  // namespace

void UserSessions::replace_all(std::vector<Session> sessions, std::vector<KnownBrowser> browsers) {
  sessions_.clear();
  browsers_.clear();
  for (auto& session : sessions) {
    const auto hash = session.cookie_hash;
    sessions_[hash] = std::make_shared<Session>(std::move(session));
  }
  for (auto& browser : browsers) browsers_[browser.cookie_hash] = std::move(browser);
}

std::int64_t UserSessions::expires_at_ms(const Session& session) {
  if (session.kind != SessionKind::user) return session.created_at_ms + kSetupSessionLifeMs;
  return std::min(session.created_at_ms + kSessionLifeMs, session.last_seen_at_ms + kSessionIdleMs);
}

bool UserSessions::alive(const Session& session) const {
  return clock_.wall_ms() < expires_at_ms(session);
}

FreshSession UserSessions::make(SessionKind kind, const std::string& user_id,
                                const std::string& browser) {
  FreshSession fresh;
  fresh.surplus = surplus_for(user_id);
  const auto now = clock_.wall_ms();
  auto& given = fresh.given;
  given.id = "ses_" + base::make_ulid(now, random_);
  given.user_id = user_id;
  given.kind = kind;
  given.cookie = crypto::make_secret_token(kSessionPrefix, random_);
  given.page_token = crypto::make_secret_token(kSessionPrefix, random_);
  fresh.session = {given.id,
                   user_id,
                   crypto::hash_secret(given.cookie.reveal_text()),
                   crypto::hash_secret(given.page_token.reveal_text()),
                   now,
                   now,
                   kind};
  if (kind != SessionKind::user) return fresh;
  if (browser.empty()) {
    given.browser = crypto::make_secret_token(kSessionPrefix, random_);
    fresh.surplus_browser = surplus_browser_for(user_id);
  } else {
    given.browser = crypto::Secret(browser);
  }
  fresh.browser = {crypto::hash_secret(given.browser.reveal_text()), user_id, now};
  return fresh;
}

Task<Status> UserSessions::store(storage::Transaction& tx, const FreshSession& fresh) {
  for (const auto& id : fresh.surplus) CO_TRY_OK(co_await delete_session(tx, id));
  if (fresh.surplus_browser) CO_TRY_OK(co_await delete_browser(tx, *fresh.surplus_browser));
  CO_TRY_OK(co_await insert_session(tx, fresh.session));
  if (fresh.browser.user_id.empty()) co_return Status();
  CO_TRY_OK(co_await upsert_browser(tx, fresh.browser));
  co_return co_await touch_user(tx, fresh.session.user_id, fresh.session.created_at_ms);
}

// What must go before one more session of the user is stored: the dead ones of everybody, and of
// the user's living ones those unused for longest.
std::vector<std::string> UserSessions::surplus_for(std::string_view user_id) const {
  std::vector<std::string> ids;
  std::vector<const Session*> living;
  for (const auto& [hash, session] : sessions_) {
    if (!alive(*session)) {
      ids.push_back(session->id);
    } else if (session->user_id == user_id) {
      living.push_back(session.get());
    }
  }
  std::ranges::sort(living, {}, &Session::last_seen_at_ms);
  for (std::size_t i = 0; i + kMaxSessions < living.size() + 1; ++i) ids.push_back(living[i]->id);
  return ids;
}

std::optional<SecretHash> UserSessions::surplus_browser_for(std::string_view user_id) const {
  const KnownBrowser* oldest = nullptr;
  std::size_t count = 0;
  for (const auto& [hash, browser] : browsers_) {
    if (browser.user_id != user_id) continue;
    ++count;
    if (oldest == nullptr || browser.last_login_at_ms < oldest->last_login_at_ms) oldest = &browser;
  }
  if (count < kMaxKnownBrowsers) return std::nullopt;
  return oldest->cookie_hash;
}

void UserSessions::hold(const FreshSession& fresh) {
  drop([&fresh](const Session& session) {
    return std::ranges::find(fresh.surplus, session.id) != fresh.surplus.end();
  });
  if (fresh.surplus_browser) browsers_.erase(*fresh.surplus_browser);
  auto session = std::make_shared<Session>(fresh.session);
  if (auto* user = users_.find(session->user_id)) {
    session->role = user->role;
    if (session->kind == SessionKind::user) user->last_seen_at_ms = session->created_at_ms;
  }
  sessions_[session->cookie_hash] = std::move(session);
  if (!fresh.browser.user_id.empty()) browsers_[fresh.browser.cookie_hash] = fresh.browser;
}

template <class Test>
void UserSessions::drop(Test test) {
  std::erase_if(sessions_, [&test](const auto& entry) {
    if (!test(*entry.second)) return false;
    entry.second->ended = true;
    return true;
  });
}

void UserSessions::drop_sessions_of(std::string_view user_id) {
  drop([user_id](const Session& session) { return session.user_id == user_id; });
}

void UserSessions::drop_invitation_sessions(std::string_view user_id) {
  drop([user_id](const Session& session) {
    return session.user_id == user_id && session.kind == SessionKind::invitation;
  });
}

void UserSessions::drop_session(std::string_view id) {
  drop([id](const Session& session) { return session.id == id; });
}

void UserSessions::drop_browsers_of(std::string_view user_id) {
  std::erase_if(browsers_,
                [user_id](const auto& entry) { return entry.second.user_id == user_id; });
}

void UserSessions::set_role(std::string_view user_id, Role role) {
  for (const auto& [hash, session] : sessions_)
    if (session->user_id == user_id) session->role = role;
}

Result<std::shared_ptr<Session>> UserSessions::authenticate(std::string_view cookie,
                                                            std::string_view page_token) {
  const auto found = sessions_.find(crypto::hash_secret(cookie));
  if (found == sessions_.end() || !alive(*found->second)) return no_session();
  auto& session = *found->second;
  if (!base::equal_constant_time(crypto::hash_secret(page_token), session.page_hash))
    return no_session();
  if (session.kind != SessionKind::setup) {
    const auto* user = users_.find(session.user_id);
    if (user == nullptr) return no_session();
    session.role = user->role;
  }
  touch(session);
  return found->second;
}

std::shared_ptr<Session> UserSessions::find(std::string_view id) const {
  const auto found =
      std::ranges::find_if(sessions_, [id](const auto& entry) { return entry.second->id == id; });
  return found == sessions_.end() ? nullptr : found->second;
}

std::vector<Session> UserSessions::list() const {
  std::vector<Session> out;
  for (const auto& [hash, session] : sessions_) {
    if (alive(*session) && session->kind == SessionKind::user) out.push_back(*session);
  }
  std::ranges::sort(out, {}, &Session::id);
  return out;
}

std::optional<SecretHash> UserSessions::known(std::string_view browser,
                                              std::string_view user_id) const {
  if (browser.empty()) return std::nullopt;
  const auto found = browsers_.find(crypto::hash_secret(browser));
  if (found == browsers_.end() || found->second.user_id != user_id) return std::nullopt;
  if (clock_.wall_ms() - found->second.last_login_at_ms > kKnownBrowserLifeMs) return std::nullopt;
  return found->first;
}

void UserSessions::touch(Session& session) {
  const auto now = clock_.wall_ms();
  const bool store_it = now - session.last_seen_at_ms > kTouchEveryMs;
  session.last_seen_at_ms = now;
  if (session.kind == SessionKind::user) {
    if (auto* user = users_.find(session.user_id)) user->last_seen_at_ms = now;
  }
  if (!store_it) return;
  ++writes_under_way_;
  base::detach(store_last_seen(session));
}

Task<void> UserSessions::store_last_seen(Session session) {
  auto body = [&](storage::Transaction& tx) { return touch_session(tx, session); };
  const auto written = co_await database_.write(std::move(body));
  --writes_under_way_;
  if (!written.ok()) {
    base::log(base::LogLevel::warn, "session.not_touched",
              {{"error", std::string_view(written.error().detail)}});
  }
}

}  // namespace b3iq::agent

#include "agent/setup/session_answer.h"

#include "agent/local_api/json_answer.h"

namespace b3iq::agent {

namespace {

constexpr std::int64_t kMsPerSecond = 1000;

void write_user_or_null(json::Writer& w, const User* user) {
  if (user == nullptr) {
    w.null();
    return;
  }
  w.begin_object();
  write_user_name(w, *user);
  w.end_object();
}

}  // namespace

void write_user_name(json::Writer& w, const User& user) {
  w.member("id", user.id);
  w.member("name", user.name);
  w.member("role", role_name(user.role));
}

http::Response session_answer(const NewSession& session, const Accounts& accounts,
                              const CookieNames& cookies, const http::Request& request) {
  auto response = object_answer([&](json::Writer& w) {
    w.member("object", "session");
    w.member("id", session.id);
    w.member("kind", session_kind_name(session.kind));
    w.member("page_token", session.page_token.reveal_text());
    w.member("claimed", accounts.claimed());
    w.key("user");
    write_user_or_null(w, accounts.users.find(session.user_id));
  });
  response.headers.push_back({"Cache-Control", "no-store"});
  const bool lasts = session.kind == SessionKind::user;
  const auto life_ms = lasts ? kSessionLifeMs : kSetupSessionLifeMs;
  response.headers.push_back(
      {"Set-Cookie", set_cookie(cookies.session, session.cookie.reveal_text(),
                                life_ms / kMsPerSecond, request.tls)});
  if (lasts) {
    response.headers.push_back(
        {"Set-Cookie", set_cookie(cookies.browser, session.browser.reveal_text(),
                                  kKnownBrowserLifeMs / kMsPerSecond, request.tls)});
  }
  return response;
}

crypto::Secret take_secret(std::string& text) {
  crypto::Secret secret(text);
  crypto::wipe(text.data(), text.size());
  return secret;
}

}  // namespace b3iq::agent

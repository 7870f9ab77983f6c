#include "agent/setup/session_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/setup/body_texts.h"
#include "agent/setup/session_answer.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 8 * 1024;

Task<Result<Response>> login(const SessionRoutes& self, const http::Request& request) {
  std::string name;
  std::string password;
  CO_TRY_OK(read_body_texts(request.body, {{"name", name}, {"password", password}}));
  std::string browser(cookie_value(request, self.cookies.browser).value_or(""));
  CO_TRY(const auto session,
         co_await self.logins.login(std::move(name), take_secret(password), std::move(browser)));
  co_return session_answer(session, self.accounts, self.cookies, request);
}

// What only a browser's session can do; the command line has none.
Result<std::shared_ptr<Session>> session_of(const Principal& caller) {
  if (caller.session) return caller.session;
  return Error(ErrorCode::invalid_request, "This is for a browser's session.");
}

// Everybody's are the owner's to see and to end; the command line may do what the owner may.
bool sees_everybodys(const Principal& caller) { return caller.role() == Role::owner; }

Task<Result<Response>> end(const SessionRoutes& self, std::string id, const Principal& caller) {
  LoginService::Ender ender{std::string(caller.account()), sees_everybodys(caller)};
  CO_TRY_OK(co_await self.logins.end(std::move(id), std::move(ender)));
  co_return object_answer([](json::Writer& w) { w.member("ended", true); });
}

Task<Result<Response>> logout(const SessionRoutes& self, const http::Request& request,
                              const Principal& caller) {
  CO_TRY(const auto session, session_of(caller));
  CO_TRY(auto response, co_await end(self, session->id, caller));
  response.headers.push_back({"Set-Cookie", clear_cookie(self.cookies.session, request.tls)});
  co_return response;
}

Task<Result<Response>> change_password(const SessionRoutes& self, const http::Request& request,
                                       const Principal& caller) {
  CO_TRY(const auto session, session_of(caller));
  std::string current;
  std::string next;
  CO_TRY_OK(read_body_texts(request.body, {{"current_password", current}, {"new_password", next}}));
  CO_TRY(const auto fresh,
         co_await self.logins.change_password(session, take_secret(current), take_secret(next)));
  co_return session_answer(fresh, self.accounts, self.cookies, request);
}

void write_session(json::Writer& w, const Session& session, const User& user) {
  w.member("id", session.id);
  w.key("user");
  w.begin_object();
  write_user_name(w, user);
  w.end_object();
  w.member("created_at", base::format_rfc3339(session.created_at_ms));
  w.member("last_seen_at", base::format_rfc3339(session.last_seen_at_ms));
  w.member("expires_at", base::format_rfc3339(UserSessions::expires_at_ms(session)));
}

Result<Response> current_session(const SessionRoutes& self, const Principal& caller) {
  TRY(const auto session, session_of(caller));
  const auto* user = self.accounts.users.find(session->user_id);
  if (user == nullptr) return Error(ErrorCode::unauthorized, "This session has ended.");
  return object_answer([&](json::Writer& w) {
    w.member("object", "session");
    w.member("kind", session_kind_name(session->kind));
    write_session(w, *session, *user);
  });
}

Response session_list(const SessionRoutes& self, const Principal& caller) {
  const bool everybodys = sees_everybodys(caller);
  return list_answer(self.accounts.sessions.list(), [&](json::Writer& w, const Session& session) {
    const auto* user = self.accounts.users.find(session.user_id);
    if (user == nullptr || (!everybodys && session.user_id != caller.account())) return;
    w.begin_object();
    write_session(w, session, *user);
    w.member("current", caller.session && caller.session->id == session.id);
    w.end_object();
  });
}

}  // namespace

void SessionRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  const auto post = [&](std::string_view path, std::string_view id, auto& level, auto handler) {
    router.add(Method::post, path, id, level, native_error, kMaxBody, handler);
  };
  post("/setup/v1/login", "login", public_level,
       [self](http::Request& request, const http::Public::Principal&) {
         return login(self, request);
       });
  post("/setup/v1/logout", "logout", levels.viewer,
       [self](http::Request& request, const Principal& caller) {
         return logout(self, request, caller);
       });
  post("/setup/v1/owner/password", "changePassword", levels.viewer,
       [self](http::Request& request, const Principal& caller) {
         return change_password(self, request, caller);
       });
  router.add(Method::get, "/setup/v1/session", "getSession", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal& caller) -> Task<Result<Response>> {
               co_return current_session(self, caller);
             });
  router.add(Method::get, "/setup/v1/sessions", "listSessions", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal& caller) -> Task<Result<Response>> {
               co_return session_list(self, caller);
             });
  router.add(Method::delete_, "/setup/v1/sessions/{session}", "endSession", levels.viewer,
             native_error, 0, [self](http::Request& request, const Principal& caller) {
               return end(self, std::string(request.path_parameters.at(0)), caller);
             });
}

}  // namespace b3iq::agent

#include "agent/setup/owner_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/setup/body_texts.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 8 * 1024;
constexpr std::int64_t kMsPerSecond = 1000;

// The cookies go into Set-Cookie, the page's half into the body.
Response begun(const OwnerRoutes& self, const http::Request& request, const NewSession& session) {
  const bool setup = session.browser.empty();
  auto response = object_answer([&](json::Writer& w) {
    w.member("object", "session");
    w.member("id", session.id);
    w.member("kind", setup ? "setup" : "owner");
    w.member("page_token", session.page_token.reveal_text());
    w.member("claimed", self.owners.claimed());
  });
  response.headers.push_back({"Cache-Control", "no-store"});
  const auto life_ms = setup ? kSetupSessionLifeMs : kSessionLifeMs;
  response.headers.push_back(
      {"Set-Cookie", set_cookie(self.cookies.session, session.cookie.reveal_text(),
                                life_ms / kMsPerSecond, request.tls)});
  if (!setup) {
    response.headers.push_back(
        {"Set-Cookie", set_cookie(self.cookies.browser, session.browser.reveal_text(),
                                  kKnownBrowserLifeMs / kMsPerSecond, request.tls)});
  }
  return response;
}

Task<Result<Response>> begin_setup(const OwnerRoutes& self, const http::Request& request) {
  std::string token;
  CO_TRY_OK(read_body_texts(request.body, {{"token", token}}));
  CO_TRY(const auto session, co_await self.owners.begin_setup(std::move(token)));
  co_return begun(self, request, session);
}

Task<Result<Response>> claim(const OwnerRoutes& self, const http::Request& request) {
  std::string name;
  std::string password;
  CO_TRY_OK(read_body_texts(request.body, {{"name", name}, {"password", password}}));
  crypto::Secret secret(password);
  crypto::wipe(password.data(), password.size());
  CO_TRY(const auto session, co_await self.owners.claim(std::move(name), std::move(secret)));
  auto response = begun(self, request, session);
  response.status = 201;
  co_return response;
}

Task<Result<Response>> recover(const OwnerRoutes& self, const http::Request& request,
                               const Principal& caller) {
  std::string password;
  CO_TRY_OK(read_body_texts(request.body, {{"password", password}}));
  crypto::Secret secret(password);
  crypto::wipe(password.data(), password.size());
  CO_TRY(const auto session, co_await self.owners.recover(caller.session->id, std::move(secret)));
  co_return begun(self, request, session);
}

Task<Result<Response>> login(const OwnerRoutes& self, const http::Request& request) {
  std::string name;
  std::string password;
  CO_TRY_OK(read_body_texts(request.body, {{"name", name}, {"password", password}}));
  crypto::Secret secret(password);
  crypto::wipe(password.data(), password.size());
  std::string browser(cookie_value(request, self.cookies.browser).value_or(""));
  CO_TRY(const auto session,
         co_await self.owners.login(std::move(name), std::move(secret), std::move(browser)));
  co_return begun(self, request, session);
}

// What only a browser's session can do; the command line has none.
Result<std::shared_ptr<Session>> session_of(const Principal& caller) {
  if (caller.session) return caller.session;
  return Error(ErrorCode::invalid_request, "This is for a browser's session.");
}

Task<Result<Response>> logout(const OwnerRoutes& self, const http::Request& request,
                              const Principal& caller) {
  CO_TRY(const auto session, session_of(caller));
  CO_TRY_OK(co_await self.owners.end(session->id));
  auto response = object_answer([](json::Writer& w) { w.member("ended", true); });
  response.headers.push_back({"Set-Cookie", clear_cookie(self.cookies.session, request.tls)});
  co_return response;
}

Task<Result<Response>> change_password(const OwnerRoutes& self, const http::Request& request,
                                       const Principal& caller) {
  CO_TRY(const auto session, session_of(caller));
  std::string current;
  std::string next;
  CO_TRY_OK(read_body_texts(request.body, {{"current_password", current}, {"new_password", next}}));
  crypto::Secret current_secret(current);
  crypto::Secret next_secret(next);
  crypto::wipe(current.data(), current.size());
  crypto::wipe(next.data(), next.size());
  CO_TRY(const auto fresh, co_await self.owners.change_password(session, std::move(current_secret),
                                                                std::move(next_secret)));
  co_return begun(self, request, fresh);
}

Task<Result<Response>> end_session(const OwnerRoutes& self, const http::Request& request) {
  CO_TRY_OK(co_await self.owners.end(std::string(request.path_parameters.at(0))));
  co_return object_answer([](json::Writer& w) { w.member("ended", true); });
}

Response session_list(const OwnerRoutes& self, const Principal& caller) {
  return list_answer(self.owners.sessions(), [&](json::Writer& w, const Session& session) {
    w.begin_object();
    w.member("id", session.id);
    w.member("created_at", base::format_rfc3339(session.created_at_ms));
    w.member("last_seen_at", base::format_rfc3339(session.last_seen_at_ms));
    w.member("current", caller.session && caller.session->id == session.id);
    w.end_object();
  });
}

}  // namespace

void OwnerRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  const auto post = [&](std::string_view path, std::string_view id, auto& level, auto handler) {
    router.add(Method::post, path, id, level, native_error, kMaxBody, handler);
  };
  router.add(Method::get, "/setup/v1/ownership", "getOwnership", public_level, native_error, 0,
             [self](http::Request&, const http::Public::Principal&) -> Task<Result<Response>> {
               co_return object_answer(
                   [&](json::Writer& w) { w.member("claimed", self.owners.claimed()); });
             });
  post("/setup/v1/setup-session", "createSetupSession", public_level,
       [self](http::Request& request, const http::Public::Principal&) {
         return begin_setup(self, request);
       });
  post("/setup/v1/login", "login", public_level,
       [self](http::Request& request, const http::Public::Principal&) {
         return login(self, request);
       });
  post("/setup/v1/owner", "claimOwner", setup_level,
       [self](http::Request& request, const Principal&) { return claim(self, request); });
  post("/setup/v1/owner/recovery", "recoverOwner", setup_level,
       [self](http::Request& request, const Principal& caller) {
         return recover(self, request, caller);
       });
  post("/setup/v1/logout", "logout", levels.viewer,
       [self](http::Request& request, const Principal& caller) {
         return logout(self, request, caller);
       });
  post("/setup/v1/owner/password", "changePassword", levels.viewer,
       [self](http::Request& request, const Principal& caller) {
         return change_password(self, request, caller);
       });
  router.add(Method::get, "/setup/v1/sessions", "listSessions", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal& caller) -> Task<Result<Response>> {
               co_return session_list(self, caller);
             });
  router.add(
      Method::delete_, "/setup/v1/sessions/{session}", "endSession", levels.viewer, native_error, 0,
      [self](http::Request& request, const Principal&) { return end_session(self, request); });
}

}  // namespace b3iq::agent

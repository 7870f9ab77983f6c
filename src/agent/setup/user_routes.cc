#include "agent/setup/user_routes.h"

#include <fmt/format.h>

#include <algorithm>

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

void write_time(json::Writer& w, std::string_view name, std::optional<std::int64_t> ms) {
  w.key(name);
  if (ms) {
    w.value(base::format_rfc3339(*ms));
  } else {
    w.null();
  }
}

void write_user(json::Writer& w, const User& user, std::int64_t now_ms) {
  write_user_name(w, user);
  w.member("status", user.invited() ? "invited" : "active");
  w.member("created_at", base::format_rfc3339(user.created_at_ms));
  write_time(w, "last_seen_at", user.last_seen_at_ms);
  const bool open = user.invitation_hash && now_ms < user.invitation_expires_at_ms;
  write_time(w, "invitation_expires_at",
             open ? std::optional(user.invitation_expires_at_ms) : std::nullopt);
}

Response user_list(const UserRoutes& self) {
  auto users = self.accounts.users.all();
  std::ranges::sort(users, [](const User& a, const User& b) {
    if (a.role != b.role && (a.role == Role::owner || b.role == Role::owner))
      return a.role == Role::owner;
    return folded_name(a.name) < folded_name(b.name);
  });
  const auto now = self.accounts.clock.wall_ms();
  return list_answer(users, [now](json::Writer& w, const User& user) {
    w.begin_object();
    write_user(w, user, now);
    w.end_object();
  });
}

// A browser is sent back to the address that it uses itself; the command line knows none.
std::string page_address(const UserRoutes& self, const http::Request& request,
                         const Principal& caller) {
  const auto host = request.header("host");
  if (caller.session && host) return fmt::format("{}://{}", request.tls ? "https" : "http", *host);
  if (!self.facts.listen_url.empty()) return self.facts.listen_url;
  return fmt::format("{}://{}:{}", self.settings.tls ? "https" : "http", self.settings.listen.host,
                     self.settings.listen.port);
}

// The invitation stands behind '#': browsers send that part to nobody.
Response invited_answer(const UserRoutes& self, const UserService::Invited& invited,
                        const std::string& address) {
  const auto secret = invited.invitation.reveal_text();
  auto response = object_answer([&](json::Writer& w) {
    w.key("user");
    w.begin_object();
    write_user(w, invited.user, self.accounts.clock.wall_ms());
    w.end_object();
    w.member("invitation", secret);
    w.member("url", fmt::format("{}/setup/#invite={}", address, secret));
  });
  response.status = 201;
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

Result<Role> read_role(std::string_view text) {
  if (const auto role = role_from_name(text)) return *role;
  return Error(ErrorCode::invalid_request, "The role is operator or viewer.", "role");
}

Task<Result<Response>> invite(const UserRoutes& self, const http::Request& request,
                              const Principal& caller) {
  std::string name;
  std::string role_text;
  CO_TRY_OK(read_body_texts(request.body, {{"name", name}, {"role", role_text}}));
  CO_TRY(const auto role, read_role(role_text));
  const auto address = page_address(self, request, caller);
  CO_TRY(const auto invited,
         co_await self.users.invite(std::move(name), role, std::string(caller.account())));
  co_return invited_answer(self, invited, address);
}

Task<Result<Response>> renew(const UserRoutes& self, const http::Request& request,
                             const Principal& caller) {
  const auto address = page_address(self, request, caller);
  CO_TRY(const auto invited,
         co_await self.users.renew_invitation(std::string(request.path_parameters.at(0)),
                                              std::string(caller.account())));
  co_return invited_answer(self, invited, address);
}

Task<Result<Response>> set_role(const UserRoutes& self, const http::Request& request,
                                const Principal& caller) {
  std::string role_text;
  CO_TRY_OK(read_body_texts(request.body, {{"role", role_text}}));
  CO_TRY(const auto role, read_role(role_text));
  CO_TRY(const auto user, co_await self.users.set_role(std::string(request.path_parameters.at(0)),
                                                       role, std::string(caller.account())));
  co_return object_answer(
      [&](json::Writer& w) { write_user(w, user, self.accounts.clock.wall_ms()); });
}

Task<Result<Response>> remove(const UserRoutes& self, const http::Request& request,
                              const Principal& caller) {
  const std::string id(request.path_parameters.at(0));
  CO_TRY_OK(co_await self.users.remove(id, std::string(caller.account())));
  co_return object_answer([&](json::Writer& w) {
    w.member("id", id);
    w.member("removed", true);
  });
}

Task<Result<Response>> accept(const UserRoutes& self, const http::Request& request,
                              const Principal& caller) {
  std::string password;
  CO_TRY_OK(read_body_texts(request.body, {{"password", password}}));
  CO_TRY(const auto session, co_await self.users.accept(caller.session, take_secret(password)));
  co_return session_answer(session, self.accounts, self.cookies, request);
}

}  // namespace

void UserRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  const auto add = [&](Method method, std::string_view path, std::string_view id, auto& level,
                       auto act) {
    router.add(method, path, id, level, native_error, method == Method::post ? kMaxBody : 0,
               [self, act](http::Request& request, const Principal& caller) {
                 return act(self, request, caller);
               });
  };
  router.add(Method::get, "/setup/v1/users", "listUsers", levels.owner, native_error, 0,
             [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return user_list(self);
             });
  add(Method::post, "/setup/v1/users", "inviteUser", levels.owner, invite);
  add(Method::delete_, "/setup/v1/users/{user}", "removeUser", levels.owner, remove);
  add(Method::post, "/setup/v1/users/{user}/role", "setUserRole", levels.owner, set_role);
  add(Method::post, "/setup/v1/users/{user}/invitation", "renewInvitation", levels.owner, renew);
  add(Method::post, "/setup/v1/invitation", "acceptInvitation", invitation_level, accept);
}

}  // namespace b3iq::agent

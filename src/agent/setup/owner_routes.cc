#include "agent/setup/owner_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/setup/body_texts.h"
#include "agent/setup/session_answer.h"
#include "crypto/secret_token.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 8 * 1024;

Response begun(const OwnerRoutes& self, const http::Request& request, const NewSession& session) {
  return session_answer(session, self.accounts, self.cookies, request);
}

Task<Result<Response>> begin_setup(const OwnerRoutes& self, const http::Request& request) {
  std::string token;
  CO_TRY_OK(read_body_texts(request.body, {{"token", token}}));
  if (token.starts_with(crypto::kInvitationPrefix)) {
    CO_TRY(const auto session, co_await self.users.open_invitation(std::move(token)));
    co_return begun(self, request, session);
  }
  CO_TRY(const auto session, co_await self.owners.begin_setup(std::move(token)));
  co_return begun(self, request, session);
}

Task<Result<Response>> claim(const OwnerRoutes& self, const http::Request& request) {
  std::string name;
  std::string password;
  CO_TRY_OK(read_body_texts(request.body, {{"name", name}, {"password", password}}));
  CO_TRY(const auto session, co_await self.owners.claim(std::move(name), take_secret(password)));
  auto response = begun(self, request, session);
  response.status = 201;
  co_return response;
}

Task<Result<Response>> recover(const OwnerRoutes& self, const http::Request& request,
                               const Principal& caller) {
  std::string password;
  CO_TRY_OK(read_body_texts(request.body, {{"password", password}}));
  CO_TRY(const auto session,
         co_await self.owners.recover(caller.session->id, take_secret(password)));
  co_return begun(self, request, session);
}

}  // namespace

void OwnerRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  router.add(Method::get, "/setup/v1/ownership", "getOwnership", public_level, native_error, 0,
             [self](http::Request&, const http::Public::Principal&) -> Task<Result<Response>> {
               co_return object_answer(
                   [&](json::Writer& w) { w.member("claimed", self.accounts.claimed()); });
             });
  router.add(Method::post, "/setup/v1/setup-session", "createSetupSession", public_level,
             native_error, kMaxBody,
             [self](http::Request& request, const http::Public::Principal&) {
               return begin_setup(self, request);
             });
  router.add(Method::post, "/setup/v1/owner", "claimOwner", setup_level, native_error, kMaxBody,
             [self](http::Request& request, const Principal&) { return claim(self, request); });
  router.add(Method::post, "/setup/v1/owner/recovery", "recoverOwner", setup_level, native_error,
             kMaxBody, [self](http::Request& request, const Principal& caller) {
               return recover(self, request, caller);
             });
}

}  // namespace b3iq::agent

#include "agent/setup/restart_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

// Clients send `{}` with a POST that takes nothing.
constexpr std::size_t kMaxIgnoredBody = 1024;

Task<Result<Response>> restart(const RestartRoutes& self, std::string actor) {
  CO_TRY_OK(self.control.may_restart());
  CO_TRY_OK(co_await self.settings.check_start());
  CO_TRY_OK(self.control.restart());
  self.audit.note({std::move(actor), "node.restarted", ""});
  CO_TRY_OK(co_await self.audit.noted());
  co_return restarting_answer(self.drain_ms);
}

}  // namespace

Response restarting_answer(std::int64_t drain_ms) {
  auto response = object_answer([&](json::Writer& w) {
    w.member("restarting", true);
    w.member("drain_ms", drain_ms);
  });
  response.status = 202;
  return response;
}

void RestartRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(http::Method::post, "/setup/v1/restart", "restartNode", levels.owner, native_error,
             kMaxIgnoredBody, [self](http::Request&, const Principal& caller) {
               return restart(self, std::string(caller.account()));
             });
}

}  // namespace b3iq::agent

#include "agent/events/event_routes.h"

#include "agent/local_api/error_answers.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

Result<Response> stream(const EventRoutes& self, const http::Request& request,
                        const Principal& caller) {
  auto still = [&auth = self.auth, &clock = self.clock, caller, role = caller.role()] {
    const bool over =
        caller.session && UserSessions::expires_at_ms(*caller.session) <= clock.wall_ms();
    return !over && auth.still(caller, role);
  };
  const auto reader = caller.role() == Role::owner ? Reader::owner : Reader::user;
  TRY(auto source,
      self.hub.open(std::string(caller.account()), reader, std::move(still), request.cancel));
  Response response;
  response.content_type = "text/event-stream; charset=utf-8";
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"X-Accel-Buffering", "no"});
  response.body = std::move(source);
  return response;
}

}  // namespace

void EventRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(http::Method::get, "/setup/v1/events", "streamEvents", levels.viewer, native_error, 0,
             [self](http::Request& request, const Principal& caller) -> Task<Result<Response>> {
               co_return stream(self, request, caller);
             });
}

}  // namespace b3iq::agent

#include "agent/local_api/health_routes.h"

#include "agent/local_api/error_answers.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Result;
using base::Task;

namespace {

std::string_view state_name(inference::RuntimeState state) {
  switch (state) {
    case inference::RuntimeState::ready:
      return "ready";
    case inference::RuntimeState::loading:
      return "loading";
    case inference::RuntimeState::unreachable:
      return "unreachable";
  }
  return "unreachable";
}

// "ok" while requests are taken; "draining" with 503 while the node stops. A runtime that is away
// does not make the node unhealthy: it is listed.
http::Response health(const HealthRoutes& self) {
  http::Response response;
  response.status = self.draining ? 503 : 200;
  auto& body = response.body.emplace<std::string>();
  json::Writer w(body);
  w.begin_object();
  w.member("status", self.draining ? "draining" : "ok");
  w.member("version", self.version);
  w.member("node_id", self.node_id);
  w.key("runtimes");
  w.begin_array();
  for (const auto* runtime : self.models.runtimes()) {
    w.begin_object();
    w.member("kind", runtime->kind());
    w.member("state", state_name(runtime->health().state));
    w.end_object();
  }
  w.end_array();
  w.end_object();
  return response;
}

}  // namespace

void HealthRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(
      http::Method::get, "/health", "getHealth", public_level, native_error, 0,
      [self](http::Request&, const http::Public::Principal&) -> Task<Result<http::Response>> {
        co_return health(self);
      });
  router.add(http::Method::get, "/metrics", "getMetrics", metrics_level, native_error, 0,
             [self](http::Request&, const Principal&) -> Task<Result<http::Response>> {
               http::Response response;
               response.content_type = "text/plain; version=0.0.4; charset=utf-8";
               response.body = self.metrics.text();
               co_return response;
             });
}

}  // namespace b3iq::agent

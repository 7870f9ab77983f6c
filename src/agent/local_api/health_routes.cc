#include "agent/local_api/health_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"

namespace b3iq::agent {

using base::Result;
using base::Task;

namespace {

constexpr std::string_view kAtTheRoot =
    "This is a B3IQ node. Its setup page is /setup/, the base URL for OpenAI clients ends with "
    "/v1, and tools for Ollama take this address.\n";

// "ok" while requests are taken; "draining" with 503 while the node stops. A runtime that is away
// does not make the node unhealthy: it is listed.
http::Response health(const HealthRoutes& self) {
  auto response = object_answer([&](json::Writer& w) {
    w.member("status", self.draining ? "draining" : "ok");
    w.member("version", self.version);
    w.member("node_id", self.node_id);
    w.key("runtimes");
    w.begin_array();
    for (const auto* runtime : self.models.runtimes()) {
      w.begin_object();
      w.member("kind", runtime->kind());
      w.member("state", inference::runtime_state_name(runtime->health().state));
      w.end_object();
    }
    w.end_array();
  });
  if (self.draining) response.status = 503;
  return response;
}

}  // namespace

void HealthRoutes::add_to(http::Router& router) {
  const auto self = *this;
  // Tools made for Ollama take an answer here as its sign of life, and people type it.
  router.add(http::Method::get, "/", "getRoot", public_level, native_error, 0,
             [](http::Request&, const http::Public::Principal&) -> Task<Result<http::Response>> {
               http::Response response;
               response.content_type = "text/plain; charset=utf-8";
               response.body = std::string(kAtTheRoot);
               co_return response;
             });
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

#include "control/metrics/control_metrics_routes.h"

#include "base/log.h"

namespace b3iq::control {

using base::Result;
using base::Task;
using http::Response;

namespace {

Task<Result<Response>> tell(const MetricsParts& parts) {
  // A database that does not answer leaves the last figures: the other metrics are wanted then
  // most.
  const auto counts = co_await parts.node_counts.get();
  if (counts && parts.metrics) parts.metrics->set_nodes(*counts);
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = parts.registry.text();
  co_return response;
}

}  // namespace

void add_metrics_routes(http::Router& router, const MetricsParts& parts) {
  add_admin_route(router, parts.levels.viewer, http::Method::get, "/metrics", "getMetrics", 0,
                  [parts](http::Request&, const AdminCaller&) { return tell(parts); });
}

void log_request(const http::Finished& finished) {
  if (!base::log_enabled(base::LogLevel::debug)) return;
  base::log(
      base::LogLevel::debug, "http.request",
      {{"request_id", finished.request.request_id},
       {"operation", finished.route ? std::string_view(finished.route->operation_id) : "none"},
       {"status", std::int64_t{finished.status}},
       {"code", finished.error ? base::error_info(*finished.error).wire_name : "none"},
       {"bytes", static_cast<std::int64_t>(finished.body_bytes)},
       {"ms", static_cast<double>(finished.duration_ns) / 1e6}});
}

}  // namespace b3iq::control

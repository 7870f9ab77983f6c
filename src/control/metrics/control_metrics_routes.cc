#include "control/metrics/control_metrics_routes.h"

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
  const auto jobs = co_await parts.jobs.figures();
  if (jobs && parts.metrics) {
    parts.metrics->set_open_jobs(jobs->open);
    parts.metrics->set_kept_stream_bytes(jobs->stream_bytes);
  }
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

}  // namespace b3iq::control

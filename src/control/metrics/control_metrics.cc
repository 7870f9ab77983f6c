#include "control/metrics/control_metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/nodes/recent_node_counts.h"

namespace b3iq::control {
namespace {

const std::vector<double> kSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                      0.1,    0.25,  0.5,    1,     2.5,  10,    30};
constexpr base::ErrorCode kCodes[] = {
#define B3_ERROR(symbol, ...) base::ErrorCode::symbol,
#include "base/error_table.def"
#undef B3_ERROR
};

// Minutes, by design: they would drown the others.
constexpr std::string_view kStreamOperation = "streamPrivateJob";

// What stands elsewhere goes on from there.
void count_up_to(base::Counter& counter, std::uint64_t total) {
  counter.add(static_cast<double>(total) - counter.value());
}

base::Counter& frame_counter(base::Metrics& m, std::string outcome) {
  return m.counter("b3iq_control_stream_frames_total",
                   "Frames of sealed streams that nodes brought to this process. Not taken: there "
                   "already, behind a gap, or of a stream that is closed.",
                   {{"outcome", std::move(outcome)}});
}

base::Counter& closed_counter(base::Metrics& m, std::string why) {
  return m.counter("b3iq_control_streams_closed_total",
                   "Times that a node was told that a stream is closed: its job takes none any "
                   "more, the stream has come to its limit, or what is kept of the node has.",
                   {{"why", std::move(why)}});
}

base::Gauge& node_gauge(base::Metrics& m, std::string state) {
  return m.gauge("b3iq_control_nodes",
                 fmt::format("Nodes by how they are, of the whole control plane. Counted at most "
                             "every {} s, when asked for; while the database does not answer, the "
                             "last count stands.",
                             kNodeCountsFreshMs / 1000),
                 {{"state", std::move(state)}});
}

}  // namespace

ControlMetrics::ControlMetrics(base::Metrics& m, const http::Router& router,
                               const storage::Database& database, std::string_view version)
    : process_(m, version),
      connections_(m.gauge("b3iq_http_connections", "Open client connections.")),
      polls_waiting_(m.gauge("b3iq_control_polls_waiting",
                             "Nodes whose poll waits in this process for a command.")),
      nodes_online_(node_gauge(m, "online")),
      nodes_stale_(node_gauge(m, "stale")),
      nodes_offline_(node_gauge(m, "offline")),
      nodes_suspended_(node_gauge(m, "suspended")),
      jobs_waited_for_(m.gauge("b3iq_control_private_job_waits",
                               "Long polls that wait in this process for a private job to end.")),
      stream_readers_(m.gauge("b3iq_control_stream_readers",
                              "Connections that read a sealed stream in this process.")),
      stream_bytes_(m.gauge("b3iq_control_stream_bytes",
                            "Bytes of frames that are kept, of the whole control plane. Counted "
                            "with b3iq_control_private_jobs.")),
      frames_taken_(frame_counter(m, "taken")),
      frames_not_taken_(frame_counter(m, "not_taken")),
      streams_closed_by_job_(closed_counter(m, "job")),
      streams_closed_by_stream_limit_(closed_counter(m, "stream_limit")),
      streams_closed_by_node_limit_(closed_counter(m, "node_limit")),
      commits_(m.counter("b3iq_control_commits_total", "Durable group commits.")),
      writes_(m.counter("b3iq_control_writes_total", "Transactions in them.")),
      writes_queued_(m.gauge("b3iq_control_writes_queued", "Transactions that wait for a commit.")),
      write_failures_(m.counter("b3iq_control_write_failures_total",
                                "Commits that the disk or the server did not take.")),
      write_conflicts_(m.counter("b3iq_control_write_conflicts_total",
                                 "Commits that ran again because of another replica.")),
      reconnects_(m.counter("b3iq_control_database_reconnects_total",
                            "Connections to the database made after the first ones.")) {
  for (const auto status : kAllJobStatuses) {
    if (is_terminal(status)) continue;
    open_jobs_[static_cast<std::size_t>(status)] =
        &m.gauge("b3iq_control_private_jobs",
                 "Private jobs that have not ended, by state, of the whole control plane. Counted "
                 "when asked "
                 "for, at most every few seconds; while the database does not answer, the last "
                 "count stands.",
                 {{"state", std::string(wire_name(status))}});
  }
  for (std::size_t i = 0; i < kLedgerOrderKinds; ++i) {
    ledger_orders_[i] = &m.counter(
        "b3iq_control_ledger_orders_total",
        "Orders given to the ledger in this process, by kind; one that was refused, or whose "
        "transaction ran again, counts each time.",
        {{"kind", std::string(kLedgerOrderNames[i])}});
  }
  for (const auto& route : router.routes()) {
    if (!operations_.contains(route.operation_id))
      operations_.emplace(route.operation_id, make_operation(m, route.operation_id));
  }
  no_route_ = make_operation(m, "none");
  for (const auto code : kCodes) {
    errors_.push_back(&m.counter("b3iq_errors_total", "Errors that callers were told, by code.",
                                 {{"code", std::string(base::error_info(code).wire_name)}}));
  }
  m.before_collect([this, &database] {
    process_.sample();
    const auto stats = database.stats();
    count_up_to(commits_, stats.commits);
    count_up_to(writes_, stats.bodies);
    writes_queued_.set(static_cast<double>(stats.queued_now));
    count_up_to(write_failures_, stats.failures);
    count_up_to(write_conflicts_, stats.conflicts);
    count_up_to(reconnects_, stats.reconnects);
  });
}

ControlMetrics::Operation ControlMetrics::make_operation(base::Metrics& m,
                                                         const std::string& name) {
  Operation operation;
  for (std::size_t i = 2; i < operation.responses.size(); ++i) {
    operation.responses[i] =
        &m.counter("b3iq_http_responses_total", "Answers by operation and status class.",
                   {{"operation", name}, {"class", fmt::format("{}xx", i)}});
  }
  if (name == kStreamOperation) return operation;
  operation.seconds = &m.histogram("b3iq_http_request_seconds",
                                   "Time from a request's first byte to its answer's last, by "
                                   "operation, but for streams. Long polls wait on purpose.",
                                   kSeconds, {{"operation", name}});
  return operation;
}

void ControlMetrics::observe(const http::Finished& finished) {
  auto* operation = &no_route_;
  if (finished.route != nullptr) {
    if (const auto found = operations_.find(finished.route->operation_id);
        found != operations_.end())
      operation = &found->second;
  }
  const auto status_class = static_cast<std::size_t>(std::clamp(finished.status / 100, 2, 5));
  operation->responses[status_class]->add();
  if (operation->seconds != nullptr)
    operation->seconds->observe(static_cast<double>(finished.duration_ns) / 1e9);
  if (finished.error) errors_[static_cast<std::size_t>(*finished.error)]->add();
}

void ControlMetrics::set_nodes(const NodeCounts& counts) {
  nodes_online_.set(static_cast<double>(counts.online));
  nodes_stale_.set(static_cast<double>(counts.stale));
  nodes_offline_.set(static_cast<double>(counts.offline));
  nodes_suspended_.set(static_cast<double>(counts.suspended));
}

void ControlMetrics::set_open_jobs(const std::array<std::int64_t, kJobStatuses>& counts) {
  for (std::size_t i = 0; i < kJobStatuses; ++i)
    if (open_jobs_[i] != nullptr) open_jobs_[i]->set(static_cast<double>(counts[i]));
}

void ControlMetrics::set_streams(const FrameCounts& counts, std::size_t readers) {
  stream_readers_.set(static_cast<double>(readers));
  count_up_to(frames_taken_, counts.taken);
  count_up_to(frames_not_taken_, counts.not_taken);
  count_up_to(streams_closed_by_job_, counts.closed_by_job);
  count_up_to(streams_closed_by_stream_limit_, counts.closed_by_stream_limit);
  count_up_to(streams_closed_by_node_limit_, counts.closed_by_node_limit);
}

void ControlMetrics::set_ledger_orders(const LedgerOrderCounts& counts) {
  for (std::size_t i = 0; i < kLedgerOrderKinds; ++i) count_up_to(*ledger_orders_[i], counts[i]);
}

}  // namespace b3iq::control

// What the control plane counts, in one list. Labels have closed sets of values: operations of the
// route table, status classes, codes of the error table; never an id, a name or an address.
#pragma once

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/metrics.h"
#include "base/process_metrics.h"
#include "control/ledger/ledger_service.h"
#include "control/private_jobs/frame_service.h"
#include "control/private_jobs/job_state.h"
#include "http/router.h"
#include "http/server.h"
#include "storage/database.h"

namespace b3iq::control {

struct NodeCounts;

// Loop thread, but for what base::Metrics does itself.
class ControlMetrics {
 public:
  // `router` has all its routes; it, `database` and `metrics` outlive this.
  ControlMetrics(base::Metrics& metrics, const http::Router& router,
                 const storage::Database& database, std::string_view version);

  // For the server's observer: every finished request.
  void observe(const http::Finished& finished);
  void set_connections(std::size_t open) { connections_.set(static_cast<double>(open)); }
  void set_polls_waiting(std::size_t count) { polls_waiting_.set(static_cast<double>(count)); }
  void set_nodes(const NodeCounts& counts);
  void set_open_jobs(const std::array<std::int64_t, kJobStatuses>& counts);
  // Without those that read a stream.
  void set_jobs_waited_for(std::size_t count) { jobs_waited_for_.set(static_cast<double>(count)); }
  void set_streams(const FrameCounts& counts, std::size_t readers);
  void set_kept_stream_bytes(std::int64_t bytes) { stream_bytes_.set(static_cast<double>(bytes)); }
  void set_ledger_orders(const LedgerOrderCounts& counts);

 private:
  struct Operation {
    std::array<base::Counter*, 6> responses{};  // by status / 100
    base::Histogram* seconds = nullptr;         // null: its times say nothing
  };
  Operation make_operation(base::Metrics& metrics, const std::string& name);

  base::ProcessMetrics process_;
  base::Gauge& connections_;
  base::Gauge& polls_waiting_;
  base::Gauge& nodes_online_;
  base::Gauge& nodes_stale_;
  base::Gauge& nodes_offline_;
  base::Gauge& nodes_suspended_;
  base::Gauge& jobs_waited_for_;
  base::Gauge& stream_readers_;
  base::Gauge& stream_bytes_;
  base::Counter& frames_taken_;
  base::Counter& frames_not_taken_;
  base::Counter& streams_closed_by_job_;
  base::Counter& streams_closed_by_stream_limit_;
  base::Counter& streams_closed_by_node_limit_;
  std::array<base::Gauge*, kJobStatuses> open_jobs_{};  // null for states that have ended
  std::array<base::Counter*, kLedgerOrderKinds> ledger_orders_{};
  base::Counter& commits_;
  base::Counter& writes_;
  base::Gauge& writes_queued_;
  base::Counter& write_failures_;
  base::Counter& write_conflicts_;
  base::Counter& reconnects_;
  std::unordered_map<std::string, Operation> operations_;
  Operation no_route_;
  std::vector<base::Counter*> errors_;
};

}  // namespace b3iq::control

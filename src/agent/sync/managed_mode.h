// The managed mode as one part of the node, built and connected here: what the control plane is
// told, what it may have done, and the service between them. Loop thread only, but for load().
#pragma once

#include <optional>

#include "agent/auth/local_auth.h"
#include "agent/private_jobs/private_jobs.h"
#include "agent/receipts/receipt_submitter.h"
#include "agent/sync/managed_service.h"
#include "agent/sync/node_commands.h"
#include "agent/sync/serving_node.h"
#include "http/router.h"

namespace b3iq::agent {

class ManagedMode {
 public:
  // All of it outlives this.
  struct Needs {
    const Home& home;
    const ManagedSettings& settings;
    http::EventLoop& loop;
    storage::Database& database;
    AuditLog& audit;
    const base::Clock& clock;
    base::Random& random;
    const protocol::NodeIdentity& identity;
    std::string_view version;  // static storage
    const std::uint16_t& own_port;
    ServingNode::Needs view;
    ModelLibrary& library;
    ModelRegistry& models;
    BundleWorker& bundles;
    UpdateService& updates;
    ChatContext& chat;  // used from start() on
    ReceiptLog& receipts;
    base::Metrics& metrics;
  };
  explicit ManagedMode(const Needs& needs);

  void load() { service_.load(); }
  void start() { service_.start(); }
  void close() { service_.close(); }
  // No command is taken any more; private jobs go on until close().
  void stop_taking() { service_.stop_taking(); }
  bool finishing() const { return service_.finishing(); }
  // After close(), when the loop does not run any more: waits a little for what is under way.
  void end();
  bool idle() const {
    return service_.idle() && commands_.idle() && private_jobs_.idle() && submitter_.idle();
  }
  void add_routes(http::Router& router, UserLevels& levels);
  const ManagedService& service() const { return service_; }
  void tell_now() { service_.tell_now(); }

 private:
  std::optional<ReceiptDestination> destination() const;

  http::EventLoop& loop_;
  std::unique_ptr<WakeClock> wake_;
  EnrollmentStore store_;
  ServingNode view_;
  StreamMetrics stream_metrics_;
  FrameOutbox frames_;
  PrivateJobs private_jobs_;
  NodeCommands commands_;
  ManagedService service_;
  ReceiptSubmitter submitter_;
};

}  // namespace b3iq::agent

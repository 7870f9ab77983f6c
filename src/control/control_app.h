// The composition root of the control plane: everything is built here, in order, passed by
// constructor and destroyed in reverse.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "control/admin/admin_access.h"
#include "control/admin/admin_routes.h"
#include "control/approvals/approval_gate.h"
#include "control/approvals/approval_service.h"
#include "control/audit/audit_trail.h"
#include "control/auth/node_auth.h"
#include "control/billing/price_service.h"
#include "control/commands/command_routes.h"
#include "control/config/control_settings.h"
#include "control/customers/billing_routes.h"
#include "control/customers/customer_service.h"
#include "control/customers/customer_token_service.h"
#include "control/enrollment/node_enrollment_routes.h"
#include "control/health/health_check.h"
#include "control/ledger/ledger_reader.h"
#include "control/ledger/ledger_service.h"
#include "control/limits/address_buckets.h"
#include "control/metrics/control_metrics.h"
#include "control/nodes/node_routes.h"
#include "control/nodes/recent_node_counts.h"
#include "control/private_jobs/frame_routes.h"
#include "control/private_jobs/job_follower.h"
#include "control/private_jobs/job_receipts.h"
#include "control/private_jobs/job_upkeep.h"
#include "control/private_jobs/private_job_routes.h"
#include "control/public_api/public_receipt_routes.h"
#include "control/public_api/public_routes.h"
#include "control/receipts/receipt_intake.h"
#include "control/receipts/receipt_log_publisher.h"
#include "control/receipts/receipt_routes.h"
#include "control/upkeep/periodic_work.h"
#include "control/wake/nats_wake.h"
#include "http/event_loop.h"
#include "http/server.h"
#include "protocol/control_plane_identity.h"
#include "protocol/router_secret.h"
#include "protocol/transparency/receipt_log_entry.h"

namespace b3iq::control {

enum class ControlUse : std::uint8_t {
  serve,
  offline,  // routes without a server: commands while no process serves this home
};

// What comes from outside of the program; tests bring their own.
struct ControlSurroundings {
  const base::Clock& clock = base::system_clock();
  base::Random& random = base::system_random();  // any thread
};

class ControlApp {
 public:
  // Opens keys and database, and brings the schema up to date. Errors name the file and the fix;
  // conflict when another process serves from the same SQLite file.
  static base::Result<std::unique_ptr<ControlApp>> open(const ControlHome& home,
                                                        ControlSettings settings, ControlUse use,
                                                        ControlSurroundings surroundings = {});
  ~ControlApp();

  // Checks the rules for a non-loopback address and binds. Where the API is not plain HTTP on
  // loopback, commands on this machine get a loopback listener of their own on a free port.
  base::Status listen();
  // Of the API, and where commands on this machine reach it. After listen().
  const std::string& listen_url() const { return listen_url_; }
  const std::string& command_url() const { return command_url_; }
  // Serves until drain().
  void run();
  // Ends long polls, stops taking requests, lets running ones end for settings.drain_ms, then stops
  // the loop. Loop thread.
  base::Task<void> drain();

  http::EventLoop& loop() { return *loop_; }
  const http::Router& router() const { return router_; }
  const ControlFacts& facts() const { return facts_; }
  storage::Database& database() { return *database_; }
  // What commands on this machine show; it may do all.
  std::string_view operator_token() const { return operator_secret_.reveal_text(); }

  // For tests with a clock of their own.
  CommandClock& command_clock() { return command_clock_; }
  PollWaiters& poll_waiters() { return poll_waiters_; }
  const PollClaims& poll_claims() const { return poll_claims_; }
  const NatsWake* nats_wake() const { return nats_wake_.get(); }
  EnrollmentService& enrollments() { return enrollments_; }
  TokenService& tokens() { return tokens_; }
  NodeService& nodes() { return nodes_; }
  CommandService& commands() { return commands_; }
  ApprovalService& approvals() { return approvals_; }
  HeartbeatBatcher& heartbeats() { return heartbeats_; }
  LedgerBatcher& ledger() { return ledger_batcher_; }
  JobUpkeep& job_upkeep() { return job_upkeep_; }
  JobWaiters& job_waiters() { return job_waiters_; }
  CustomerTokenService& customer_tokens() { return customer_tokens_; }
  ReceiptIntake& receipt_intake() { return receipt_intake_; }
  ReceiptLogPublisher& receipt_log() { return receipt_log_; }

 private:
  struct Keys {
    protocol::ControlPlaneIdentity identity;
    protocol::RouterMasterSecret router_master;
    protocol::ReceiptLogKey receipt_log;
  };
  ControlApp(const ControlHome& home, ControlSettings settings, Keys keys,
             std::unique_ptr<storage::Database> database, ControlUse use,
             ControlSurroundings surroundings);
  std::unique_ptr<NatsWake> make_nats_wake(ControlUse use);
  // Through NATS where there is one, else to this replica alone.
  CommandWake& wake();
  void add_routes();
  base::Result<std::unique_ptr<http::Server>> start_server(const http::ListenAddress& address,
                                                           std::optional<http::TlsFiles> tls);
  void observe(const http::Finished& finished);

  const ControlSettings settings_;
  const base::Clock& clock_;
  base::Random& random_;
  const protocol::ControlPlaneIdentity identity_;
  const protocol::RouterMasterSecret router_master_;
  const protocol::ReceiptLogKey receipt_log_key_;
  const ControlFacts facts_;
  std::string listen_url_;
  std::string command_url_;
  std::unique_ptr<http::EventLoop> loop_;
  base::Metrics registry_;
  std::unique_ptr<storage::Database> database_;
  AuditLog audit_;
  ApprovalGate gate_;
  ApprovalService approvals_;
  CommitPace commit_pace_;
  PollClaims poll_claims_;
  PollWaiters poll_waiters_;
  std::unique_ptr<NatsWake> nats_wake_;  // null without NATS
  LedgerWriter ledger_writer_;
  JobSettlement job_settlement_;
  JobReceipts job_receipts_;
  ReceiptIntake receipt_intake_;
  JobWaiters job_waiters_;
  FrameService frames_;
  JobFollower job_follower_;
  TokenService tokens_;
  EnrollmentService enrollments_;
  CommandService commands_;
  CommandDispatch dispatch_;
  CommandClock command_clock_;
  NodeService nodes_;
  RecentNodeCounts node_counts_;
  InventoryService inventories_;
  HeartbeatBatcher heartbeats_;
  ReceiptLogPublisher receipt_log_;
  NodeBuckets node_buckets_;
  NodeBuckets frame_buckets_;
  NodeBuckets frame_byte_buckets_;
  AddressBuckets failure_buckets_;
  AddressBuckets enrollment_buckets_;
  AddressBuckets public_buckets_;
  NodeKeys node_keys_;
  NodeAuth node_auth_;
  NodeLevel<protocol::SignatureTag::enroll> enroll_level_;
  NodeLevels node_levels_;
  CommandLevels command_levels_;
  ReceiptLevel receipt_level_;
  FrameLevel frame_level_;
  http::Public public_level_;
  AdminCredentialService credentials_;
  crypto::Secret operator_secret_;
  AdminAccess admin_access_;
  AdminLevels admin_levels_;
  LedgerBatcher ledger_batcher_;
  LedgerReader ledger_reader_;
  CustomerService customers_;
  CustomerTokenService customer_tokens_;
  CustomerAccess customer_access_;
  CustomerLevel customer_level_;
  PriceService prices_;
  PrivateJobService private_jobs_;
  CandidateService candidates_;
  JobUpkeep job_upkeep_;
  PublicFacts public_facts_;
  PublicAnswers public_answers_;
  PublicReceipts public_receipts_;
  HealthCheck health_;
  PeriodicWork periodic_;
  http::Router router_;
  std::unique_ptr<ControlMetrics> metrics_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> command_server_;
};

}  // namespace b3iq::control

// The composition root of the node: everything is built here, in order, passed by constructor and
// destroyed in reverse.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/agent_metrics.h"
#include "agent/auth/local_auth.h"
#include "agent/auth/local_key_service.h"
#include "agent/auth/login_service.h"
#include "agent/auth/owner_service.h"
#include "agent/auth/request_gate.h"
#include "agent/auth/user_service.h"
#include "agent/events/event_hub.h"
#include "agent/home.h"
#include "agent/inventory/inventory_service.h"
#include "agent/local_api/chat_call.h"
#include "agent/models/model_library.h"
#include "agent/models/model_posture.h"
#include "agent/models/model_registry.h"
#include "agent/receipts/receipt_log.h"
#include "agent/request_log/request_log_service.h"
#include "agent/runtimes/runtime_service.h"
#include "agent/runtimes/runtime_trial.h"
#include "agent/settings.h"
#include "agent/setup/setup_routes.h"
#include "agent/support/bundle_worker.h"
#include "agent/sync/managed_mode.h"
#include "agent/telemetry/otlp_exporter.h"
#include "agent/telemetry/tracer.h"
#include "agent/upkeep/upkeep.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/process_metrics.h"
#include "base/random.h"
#include "crypto/secret.h"
#include "http/event_loop.h"
#include "http/router.h"
#include "http/server.h"
#include "http/static_files.h"
#include "protocol/identity.h"
#include "storage/database.h"

namespace b3iq::agent {

enum class AppUse : std::uint8_t {
  serve,    // with runtimes
  offline,  // files only: commands while no node serves
};

class App {
 public:
  // Opens the home's files. Errors name the file and the fix; conflict when another process serves
  // this home.
  static base::Result<std::unique_ptr<App>> open(const Home& home, Settings settings, AppUse use);
  ~App();

  // Checks the rules for a non-loopback address and binds. Where the API is not plain HTTP on
  // loopback, commands get a loopback listener of their own on a free port: they need no
  // certificate then.
  base::Status listen();
  // Where commands on this machine reach the node. After listen().
  const std::string& command_url() const { return command_url_; }
  // What was begun behind a caller's back has ended; for commands that serve nothing. Loop thread.
  base::Task<base::Status> settled();
  // Serves until stop is asked for by drain().
  void run();
  // Stops taking requests, lets running ones end for `drain_ms`, then stops the loop. Loop thread.
  base::Task<void> drain();

  // How routes ask for a restart. Whoever serves says how it is done.
  NodeControl& control() { return upkeep_.control(); }

  http::EventLoop& loop() { return *loop_; }
  const http::Router& router() const { return router_; }
  const NodeFacts& facts() const { return facts_; }
  std::string_view operator_token() const { return operator_secret_.reveal_text(); }

 private:
  App(const Home& home, const Installation& installation, Settings settings, Catalogue catalogue,
      std::unique_ptr<http::EventLoop> loop, protocol::NodeIdentity identity,
      std::unique_ptr<storage::Database> database, AppUse use, RuntimeService::Made runtimes);
  // `wizard` may be null.
  void add_routes(std::shared_ptr<const http::StaticFiles> wizard);
  void observe(const http::Finished& finished);
  void sample_metrics();
  void runtimes_changed();
  base::Status start_telemetry();
  StartFacts start_facts() const;
  base::Result<std::unique_ptr<http::Server>> start_server(const http::ListenAddress& address,
                                                           std::optional<http::TlsFiles> tls,
                                                           GateRules& rules);
  std::vector<inference::Runtime*> runtime_pointers() const;
  std::vector<LaneSettings> lanes() const;

  Home home_;
  Settings settings_;
  const base::Clock& clock_;
  base::BufferedRandom random_;
  std::unique_ptr<http::EventLoop> loop_;
  protocol::NodeIdentity identity_;
  NodeFacts facts_;
  std::string command_url_;
  bool draining_ = false;
  base::Metrics registry_of_metrics_;
  AgentMetrics metrics_;
  base::ProcessMetrics process_metrics_;
  std::unique_ptr<Tracer> tracer_;  // null: calls have no traces
  std::unique_ptr<storage::Database> database_;
  AuditLog audit_;
  LocalKeyService keys_;
  Accounts accounts_;
  OwnerService owners_;
  LoginService logins_;
  UserService users_;
  SupportGrantService grants_;
  BundleWorker bundles_;
  ReceiptLog receipts_;
  RuntimeService runtimes_;
  RuntimeTrials trials_;
  ModelPostures postures_;
  ModelLibrary library_;
  ModelRegistry models_;
  Dispatcher dispatcher_;
  inventory::InventoryService inventory_;
  RuntimeReferences references_;
  crypto::Secret operator_secret_;
  OperatorToken operator_token_;
  LocalAuth auth_;
  http::Public public_level_;
  LocalKeyLevel<Scope::chat> chat_level_;
  LocalKeyLevel<Scope::models> models_level_;
  LocalKeyLevel<Scope::receipts> receipts_level_;
  LocalKeyLevel<Scope::metrics> metrics_level_;
  UserLevels user_levels_;
  SetupLevel setup_level_;
  InvitationLevel invitation_level_;
  DiagnosticsLevel diagnostics_level_;
  LiveCalls live_calls_;
  RequestLog request_log_;
  RequestLogService request_log_service_;
  GateRules gate_rules_;
  GateRules command_gate_rules_;
  Upkeep upkeep_;
  ManagedMode managed_;
  EventHub events_;
  ChatContext chat_context_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> command_server_;
  std::unique_ptr<OtlpExporter> exporter_;
};

}  // namespace b3iq::agent

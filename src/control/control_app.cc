#include "control/control_app.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/log.h"
#include "cli/version.h"
#include "control/errors/outward_error.h"
#include "control/metrics/control_metrics_routes.h"
#include "control/migrations/control_schema.h"
#include "control/receipts/receipt_log_opening.h"
#include "crypto/secret_token.h"
#include "http/client.h"
#include "http/finished_log.h"
#include "storage/postgres/postgres_database.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kIdlePollMs = 2;

bool uses_postgres(const ControlSettings& settings) { return !settings.database_uri.empty(); }

Result<std::unique_ptr<storage::Database>> open_database(const ControlHome& home,
                                                         const ControlSettings& settings) {
  const bool postgres = uses_postgres(settings);
  auto opened = postgres ? storage::open_postgres(std::string(settings.database_uri.reveal_text()))
                         : storage::open_sqlite(home.database());
  TRY(auto database, std::move(opened));
  TRY_OK(
      database->migrate(control_migrations(postgres ? SqlDialect::postgres : SqlDialect::sqlite)));
  return database;
}

// A missing key says how it is made; every other fault says what it is.
Error key_error(Error error, const std::string& path) {
  if (error.code != ErrorCode::not_found) return error;
  return Error(ErrorCode::file_failed,
               fmt::format("{} is missing. A new control plane: b3iq-control-plane init. A further "
                           "replica, or one that was moved: copy the file from the first.",
                           path));
}

// As it stands in a URL: IPv6 addresses in brackets.
std::string url_of(std::string_view scheme, const std::string& host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", scheme, is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

std::vector<http::Header> security_headers() {
  return {{"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"}};
}

}  // namespace

Result<std::unique_ptr<ControlApp>> ControlApp::open(const ControlHome& home,
                                                     ControlSettings settings, ControlUse use,
                                                     ControlSurroundings surroundings) {
  auto identity = protocol::ControlPlaneIdentity::load(home.identity_key());
  if (!identity.ok()) return key_error(std::move(identity).error(), home.identity_key());
  auto master = protocol::RouterMasterSecret::load(home.router_master_key());
  if (!master.ok()) return key_error(std::move(master).error(), home.router_master_key());
  TRY(auto database, open_database(home, settings));
  TRY(auto log_key, open_receipt_log(home, *database, identity->id(), surroundings.random));
  Keys keys{std::move(identity).value(), std::move(master).value(), std::move(log_key)};
  std::unique_ptr<ControlApp> app(new ControlApp(home, std::move(settings), std::move(keys),
                                                 std::move(database), use, surroundings));
  app->add_routes();
  if (use == ControlUse::serve) {
    app->loop_->post([self = app.get()] {
      base::detach(self->node_keys_.load());
      self->periodic_.start();
    });
  }
  return app;
}

ControlApp::ControlApp(const ControlHome& home, ControlSettings settings, Keys keys,
                       std::unique_ptr<storage::Database> database, ControlUse use,
                       ControlSurroundings surroundings)
    : settings_(std::move(settings)),
      clock_(surroundings.clock),
      random_(surroundings.random),
      identity_(std::move(keys.identity)),
      router_master_(std::move(keys.router_master)),
      receipt_log_key_(std::move(keys.receipt_log)),
      facts_{std::string(cli::kVersion), identity_.id().text(),
             base::to_base64url(identity_.public_key().bytes), settings_.public_url,
             uses_postgres(settings_) ? "postgresql" : "sqlite"},
      loop_(std::make_unique<http::EventLoop>()),
      database_(std::move(database)),
      audit_(*database_, clock_),
      gate_(settings_.second_approval, clock_),
      approvals_(*database_, audit_, clock_, random_),
      commit_pace_(*loop_),
      poll_claims_(*database_, commit_pace_),
      poll_waiters_(clock_),
      nats_wake_(make_nats_wake(use)),
      ledger_writer_(clock_, random_),
      job_settlement_(ledger_writer_, clock_),
      job_receipts_(job_settlement_),
      receipt_intake_(*database_, clock_, commit_pace_, receipt_log_key_.public_key(),
                      &job_receipts_),
      job_waiters_(clock_),
      frames_({*database_, clock_, job_waiters_}),
      job_follower_(job_settlement_, receipt_intake_, clock_, job_waiters_),
      tokens_(*database_, audit_, clock_, random_, gate_),
      enrollments_(identity_, router_master_, *database_, audit_, clock_, random_,
                   settings_.heartbeat_interval_ms),
      commands_(*database_, audit_, clock_, random_, gate_, wake(), job_follower_),
      dispatch_(identity_.id(), *database_, audit_, clock_, random_, poll_claims_, poll_waiters_,
                job_follower_),
      command_clock_(*database_, audit_, clock_, poll_waiters_, wake(), job_follower_),
      nodes_(*database_, audit_, clock_, gate_, commands_),
      node_counts_(nodes_, clock_),
      inventories_(*database_, clock_),
      heartbeats_(*database_, audit_, clock_, commit_pace_, settings_.heartbeat_interval_ms),
      receipt_log_(*database_, identity_.id(), receipt_log_key_, home.receipt_log_checkpoint()),
      node_buckets_(settings_.limits.node_per_minute, clock_),
      frame_buckets_(settings_.limits.node_per_minute == 0 ? 0 : kFrameRequestsPerMinute, clock_),
      frame_byte_buckets_(settings_.limits.node_per_minute == 0 ? 0 : kFrameBytesPerMinute, clock_,
                          "bytes of frames"),
      failure_buckets_(kRefusedPerMinute, clock_),
      enrollment_buckets_(settings_.limits.enrollment_per_minute, clock_),
      public_buckets_(settings_.limits.public_per_minute, clock_),
      node_keys_(*database_),
      node_auth_(identity_.id(), node_keys_, clock_,
                 {node_buckets_, frame_buckets_, frame_byte_buckets_, failure_buckets_,
                  settings_.trusted_proxies}),
      enroll_level_{node_auth_},
      node_levels_{{node_auth_}, {node_auth_}, {node_auth_}},
      command_levels_{{node_auth_}, {node_auth_}},
      receipt_level_{node_auth_},
      frame_level_{node_auth_},
      credentials_(*database_, audit_, clock_, random_, gate_),
      operator_secret_(crypto::make_secret_token(crypto::kAdminTokenPrefix, random_)),
      admin_access_(credentials_, operator_secret_.reveal_text(), settings_.trusted_proxies,
                    settings_.limits.admin_failures_per_minute, clock_),
      admin_levels_(admin_access_),
      ledger_batcher_(*database_, ledger_writer_),
      ledger_reader_(*database_, clock_),
      customers_(*database_, audit_, clock_, random_, gate_, ledger_writer_),
      customer_tokens_(*database_, audit_, clock_, random_),
      customer_access_(customer_tokens_, settings_.trusted_proxies, clock_),
      customer_level_{customer_access_},
      prices_(*database_, audit_, clock_),
      private_jobs_(
          {*database_, clock_, random_, commands_, ledger_writer_, job_settlement_, job_waiters_}),
      candidates_(*database_, clock_),
      job_upkeep_({*database_, audit_, clock_, commands_, job_settlement_, job_waiters_}),
      public_facts_(nodes_, clock_, identity_.id()),
      public_answers_(clock_),
      public_receipts_(receipt_log_, protocol::sign_receipt_log_statement(receipt_log_.verifier(),
                                                                          identity_.key())),
      health_(*database_, clock_, nats_wake_.get()),
      periodic_(*loop_, poll_waiters_, wake(), command_clock_, enrollments_, approvals_,
                customer_tokens_, job_upkeep_,
                uses_postgres(settings_) ? Replicas::possible : Replicas::none),
      router_(outward_error) {}

// A command of this process that runs beside a server wakes nobody: polls find what it queued.
std::unique_ptr<NatsWake> ControlApp::make_nats_wake(ControlUse use) {
  if (!settings_.nats || use != ControlUse::serve) return nullptr;
  return std::make_unique<NatsWake>(
      *settings_.nats, NatsWake::Parts{*loop_, clock_, random_, registry_, poll_waiters_});
}

CommandWake& ControlApp::wake() {
  if (nats_wake_) return *nats_wake_;
  return poll_waiters_;
}

// Whoever still waits for the database is resumed before its parts go.
ControlApp::~ControlApp() {
  poll_waiters_.close();
  job_waiters_.close();
  periodic_.close();
  command_server_.reset();
  server_.reset();
  database_->close();
  loop_->settle();
}

void ControlApp::add_routes() {
  const auto max_body = settings_.limits.body_bytes;
  add_health_routes(router_, public_level_, health_);
  add_enrollment_routes(router_,
                        {public_level_, enroll_level_, enrollments_, enrollment_buckets_, clock_});
  add_node_routes(router_, {node_levels_, heartbeats_, inventories_, nodes_, clock_});
  add_command_routes(router_, command_levels_, dispatch_, protocol::kMaxResultBytes);
  add_admin_routes(router_, {admin_levels_, credentials_, tokens_, nodes_, commands_, customers_,
                             customer_tokens_, ledger_reader_, prices_, private_jobs_, job_upkeep_,
                             approvals_, audit_, clock_, facts_, max_body});
  add_billing_routes(router_, {customer_level_, ledger_reader_, clock_});
  add_private_job_routes(router_, {customer_level_, private_jobs_, candidates_, kMaxJobBodyBytes});
  add_frame_routes(router_, {frame_level_, customer_level_, frames_, private_jobs_});
  add_receipt_routes(router_, receipt_level_, receipt_intake_);
  add_public_routes(router_, {public_level_, public_facts_, public_answers_, public_buckets_,
                              settings_.trusted_proxies});
  add_public_receipt_routes(
      router_, {public_level_, public_receipts_, public_buckets_, settings_.trusted_proxies});
  add_metrics_routes(router_, {admin_levels_, registry_, metrics_, node_counts_, job_upkeep_});
  metrics_ = std::make_unique<ControlMetrics>(registry_, router_, *database_, facts_.version);
  registry_.before_collect([this] {
    std::size_t open = server_ ? server_->open_connections() : 0;
    if (command_server_) open += command_server_->open_connections();
    metrics_->set_connections(open);
    metrics_->set_polls_waiting(poll_waiters_.size());
    metrics_->set_jobs_waited_for(job_waiters_.size() - job_waiters_.readers());
    metrics_->set_streams(frames_.counts(), job_waiters_.readers());
    metrics_->set_ledger_orders(ledger_writer_.counts());
  });
}

void ControlApp::observe(const http::Finished& finished) {
  metrics_->observe(finished);
  http::log_finished(finished);
}

Result<std::unique_ptr<http::Server>> ControlApp::start_server(const http::ListenAddress& address,
                                                               std::optional<http::TlsFiles> tls) {
  http::ServerOptions options;
  options.listen = address;
  options.tls = std::move(tls);
  options.limits.max_connections = settings_.limits.connections;
  options.default_headers = security_headers();
  options.observer = [this](const http::Finished& finished) { observe(finished); };
  return http::Server::start(*loop_, router_, std::move(options));
}

Status ControlApp::listen() {
  TRY_OK(check_listen_rules(settings_));
  TRY(server_, start_server(settings_.listen, settings_.tls));
  listen_url_ = url_of(settings_.tls ? "https" : "http", settings_.listen.host, server_->port());
  command_url_ = listen_url_;
  const bool loopback =
      http::classify_address(settings_.listen.host) == http::AddressClass::loopback;
  if (settings_.tls || !loopback) {
    TRY(command_server_, start_server({"127.0.0.1", 0}, std::nullopt));
    command_url_ = url_of("http", "127.0.0.1", command_server_->port());
  }
  return {};
}

void ControlApp::run() { loop_->run(); }

Task<void> ControlApp::drain() {
  if (health_.draining()) co_return;
  health_.start_draining();
  base::log(base::LogLevel::info, "control_plane.draining", {{"deadline_ms", settings_.drain_ms}});
  poll_waiters_.close();
  job_waiters_.close();
  periodic_.close();
  if (server_) co_await server_->drain(settings_.drain_ms);
  if (command_server_) co_await command_server_->drain(0);
  while (!periodic_.idle()) co_await loop_->sleep(kIdlePollMs);
  loop_->stop();
}

}  // namespace b3iq::control

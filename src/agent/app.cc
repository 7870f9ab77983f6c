#include "agent/app.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/inventory/inventory_probe.h"
#include "agent/local_api/error_answers.h"
#include "agent/migrations/schema.h"
#include "agent/request_log/early_refusal.h"
#include "agent/runtime_factory.h"
#include "agent/setup/setup_types.h"
#include "agent/setup/wizard_page.h"
#include "base/log.h"
#include "cli/version.h"
#include "crypto/secret_file.h"
#include "crypto/secret_token.h"
#include "http/client.h"
#include "http/finished_log.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kIdlePollMs = 2;
constexpr std::int64_t kNsPerMs = 1'000'000;

// On every answer. The node's own pages load nothing from elsewhere and are framed by nobody.
std::vector<http::Header> security_headers() {
  return {{"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"}};
}

Result<protocol::NodeIdentity> load_identity(const Home& home) {
  auto identity = protocol::NodeIdentity::load(home.identity_key());
  if (!identity.ok() && identity.error().code == ErrorCode::not_found) {
    return Error(ErrorCode::file_failed,
                 fmt::format("This home has no identity ({} is missing). Run: b3iq-host init",
                             home.identity_key()));
  }
  return identity;
}

// As it stands in a URL: IPv6 addresses in brackets.
std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string url_of(const Settings& settings, std::uint16_t port) {
  return fmt::format("{}://{}:{}", settings.tls ? "https" : "http", bracketed(settings.listen.host),
                     port);
}

inventory::InventoryOptions inventory_options(const Home& home, const Installation& installation) {
  inventory::InventoryOptions options;
  options.probe_command = {installation.host, std::string(inventory::kProbeCommand)};
  options.disks = {{"home", home.root}, {"models", home.models()}};
  return options;
}

}  // namespace

Result<std::unique_ptr<App>> App::open(const Home& home, Settings settings, AppUse use) {
  TRY(auto identity, load_identity(home));
  TRY_OK(check_node_id(settings, home, identity.node_id().text()));
  TRY(auto database, storage::open_sqlite(home.database(), {}));
  TRY_OK(database->migrate(state_migrations()));
  auto loop = std::make_unique<http::EventLoop>();
  RuntimeService::Made runtimes;
  TRY(const auto installation, find_installation());
  if (use == AppUse::serve) {
    TRY(runtimes, make_runtimes(*loop, settings, installation));
  }
  TRY(auto catalogue, load_catalogue(installation.catalogue));
  std::unique_ptr<App> app(new App(home, installation, std::move(settings), std::move(catalogue),
                                   std::move(loop), std::move(identity), std::move(database), use,
                                   std::move(runtimes)));
  TRY_OK(app->keys_.load());
  TRY_OK(app->accounts_.load());
  TRY_OK(app->grants_.load());
  TRY_OK(app->receipts_.load());
  TRY_OK(app->library_.load());
  app->upkeep_.load();
  app->managed_.load();
  TRY_OK(app->postures_.load());
  app->add_routes(use == AppUse::serve ? load_wizard(installation.wizard) : nullptr);
  if (use == AppUse::serve) TRY_OK(app->start_telemetry());
  return app;
}

App::App(const Home& home, const Installation& installation, Settings settings, Catalogue catalogue,
         std::unique_ptr<http::EventLoop> loop, protocol::NodeIdentity identity,
         std::unique_ptr<storage::Database> database, AppUse use, RuntimeService::Made runtimes)
    : home_(home),
      settings_(std::move(settings)),
      clock_(base::system_clock()),
      random_(base::system_random()),
      loop_(std::move(loop)),
      identity_(std::move(identity)),
      facts_{std::string(cli::kVersion),
             identity_.node_id().text(),
             base::to_base64url(identity_.public_key().bytes),
             home_.root,
             "",
             0},
      metrics_(registry_of_metrics_),
      process_metrics_(registry_of_metrics_, facts_.version),
      database_(std::move(database)),
      audit_(*database_, clock_),
      keys_(*database_, audit_, clock_, random_),
      accounts_(*database_, audit_, clock_, random_),
      owners_(home_, accounts_),
      logins_(accounts_),
      users_(accounts_),
      grants_(*database_, audit_, clock_, random_),
      bundles_(home_),
      receipts_(*database_, identity_),
      runtimes_({home_, settings_, *loop_, models_, dispatcher_, audit_, gate_rules_.port,
                 use == AppUse::serve},
                std::move(runtimes)),
      trials_(*loop_),
      postures_(*database_, audit_),
      library_({home_, installation, settings_, *database_, clock_, random_, *loop_, models_,
                gate_rules_.port},
               std::move(catalogue)),
      models_(runtime_pointers(), settings_.model_names, clock_),
      dispatcher_(lanes(), clock_, *loop_, registry_of_metrics_),
      inventory_(inventory_options(home, installation), clock_, *loop_),
      references_(identity_),
      operator_secret_(crypto::make_secret_token(crypto::kAdminTokenPrefix, random_)),
      operator_token_(operator_secret_.reveal_text()),
      auth_(keys_, operator_token_, accounts_.sessions, grants_, cookie_names(facts_.node_id)),
      chat_level_{auth_},
      models_level_{auth_},
      receipts_level_{auth_},
      metrics_level_{auth_},
      user_levels_{{auth_}, {auth_}, {auth_}},
      setup_level_{auth_},
      invitation_level_{auth_},
      diagnostics_level_{auth_},
      request_log_(static_cast<std::size_t>(settings_.request_log_entries), random_),
      request_log_service_(request_log_, *database_, audit_, clock_, *loop_, registry_of_metrics_),
      upkeep_({home_, settings_, facts_.version, facts_.node_id, [this] { return start_facts(); },
               gate_rules_.port, audit_, clock_, random_, *loop_}),
      managed_(
          {home_,
           settings_.managed,
           *loop_,
           *database_,
           audit_,
           clock_,
           random_,
           identity_,
           cli::kVersion,
           gate_rules_.port,
           {models_, dispatcher_, postures_, live_calls_, inventory_, draining_, cli::kVersion},
           library_,
           models_,
           bundles_,
           upkeep_.updates(),
           chat_context_,
           receipts_,
           registry_of_metrics_}),
      events_({library_.jobs(), upkeep_.backups(), models_, live_calls_,
               managed_.service().revision(), clock_, *loop_},
              registry_of_metrics_),
      chat_context_{models_,   keys_,       receipts_,   identity_,
                    metrics_,  clock_,      random_,     settings_.assumed_completion_tokens,
                    draining_, references_, dispatcher_, live_calls_},
      router_(error_for_path) {
  if (settings_.request_log_entries > 0) chat_context_.requests = &request_log_;
  registry_of_metrics_.before_collect([this] { sample_metrics(); });
  runtimes_.on_change([this] { runtimes_changed(); });
}

// Runtimes may have work of their own left on the loop; it ends before the loop does.
App::~App() {
  command_server_.reset();
  server_.reset();
  events_.close();
  request_log_service_.stop();
  managed_.close();
  library_.close();
  upkeep_.close();
  managed_.end();
  library_.end();
  if (exporter_) exporter_->stop();
  runtimes_.clear();
  loop_->settle();
}

std::vector<inference::Runtime*> App::runtime_pointers() const {
  auto pointers = runtimes_.pointers();
  pointers.push_back(&library_.host());
  return pointers;
}

std::vector<LaneSettings> App::lanes() const {
  auto lanes = runtimes_.lanes();
  // The installed models share the processors, and so one queue that is fair between keys.
  auto limits = settings_.queue;
  limits.running = settings_.installed.slots;
  lanes.push_back({&library_.host(), limits});
  return lanes;
}

Status App::start_telemetry() {
  const auto& telemetry = settings_.telemetry;
  if (!telemetry.traces()) return {};
  const TracerSettings tracer{telemetry.exports(), telemetry.trusts_traceparent,
                              telemetry.sampling_percent};
  tracer_ = std::make_unique<Tracer>(tracer, random_, registry_of_metrics_);
  chat_context_.tracer = tracer_.get();
  if (!telemetry.exports()) return {};
  OtlpResource resource{facts_.version, facts_.node_id, {}};
  for (const auto* runtime : runtime_pointers())
    resource.runtime_kinds.emplace(runtime->id(), runtime->kind());
  OtlpExporter::Parts parts{
      *loop_, clock_, *tracer_, registry_of_metrics_, std::move(resource), settings_.listen.port};
  TRY(exporter_, OtlpExporter::create(telemetry, std::move(parts)));
  loop_->post([this] { exporter_->start(); });
  return {};
}

void App::runtimes_changed() {
  if (exporter_) {
    for (const auto* runtime : runtime_pointers())
      exporter_->know_runtime(std::string(runtime->id()), std::string(runtime->kind()));
  }
  base::detach(upkeep_.settings().works_now("runtimes"));
}

void App::sample_metrics() {
  dispatcher_.sample_metrics();
  process_metrics_.sample();
  std::size_t connections = server_ ? server_->open_connections() : 0;
  if (command_server_) connections += command_server_->open_connections();
  metrics_.connections.set(static_cast<double>(connections));
}

StartFacts App::start_facts() const {
  const auto now = clock_.wall_ms();
  const auto keys = keys_.list();
  const bool has_active_key = std::ranges::any_of(
      keys, [now](const LocalKey& key) { return key_status(key, now) == "active"; });
  return {home_, facts_.node_id, {settings_.listen.host, gate_rules_.port}, has_active_key};
}

Result<std::unique_ptr<http::Server>> App::start_server(const http::ListenAddress& address,
                                                        std::optional<http::TlsFiles> tls,
                                                        GateRules& rules) {
  http::ServerOptions options;
  options.listen = address;
  options.tls = std::move(tls);
  options.default_headers = security_headers();
  options.gate = [&rules](const http::Request& request) { return check_request(rules, request); };
  options.decorate = [&rules](const http::Request& request, http::Response& response) {
    allow_listed_origin(rules, request, response);
  };
  options.observer = [this](const http::Finished& finished) { observe(finished); };
  TRY(auto server, http::Server::start(*loop_, router_, std::move(options)));
  rules = {server->port(), settings_.allowed_hosts, settings_.allowed_origins};
  rules.host_names.push_back(bracketed(address.host));
  return server;
}

void App::observe(const http::Finished& finished) {
  metrics_.http_responses(finished.status).add();
  if (finished.error) {
    metrics_.errors(*finished.error).add();
    if (chat_context_.requests != nullptr)
      note_early_refusal(request_log_, auth_, clock_, finished);
  }
  http::log_finished(finished);
}

Status App::listen() {
  TRY_OK(check_listen_rules(settings_, start_facts().has_active_key));
  TRY(server_, start_server(settings_.listen, settings_.tls, gate_rules_));
  facts_.listen_url = url_of(settings_, server_->port());
  facts_.started_at_ms = clock_.wall_ms();
  command_url_ = facts_.listen_url;
  const bool loopback =
      http::classify_address(settings_.listen.host) == http::AddressClass::loopback;
  if (settings_.tls || !loopback) {
    TRY(command_server_, start_server({"127.0.0.1", 0}, std::nullopt, command_gate_rules_));
    command_url_ = fmt::format("http://127.0.0.1:{}", command_server_->port());
  }
  return {};
}

Task<Status> App::settled() {
  while (!audit_.idle()) co_await loop_->sleep(kIdlePollMs);
  co_return Status();
}

void App::run() {
  loop_->post([this] {
    base::detach(models_.refresh());
    library_.start();
    upkeep_.start();
    managed_.start();
  });
  loop_->run();
}

Task<void> App::drain() {
  if (draining_) co_return;
  draining_ = true;
  dispatcher_.close();
  managed_.stop_taking();
  library_.close();
  upkeep_.close();
  events_.close();
  base::log(base::LogLevel::info, "node.draining", {{"deadline_ms", settings_.drain_ms}});
  const auto until_ns = clock_.steady_ns() + settings_.drain_ms * kNsPerMs;
  if (server_) co_await server_->drain(settings_.drain_ms);
  while (managed_.finishing() && clock_.steady_ns() < until_ns) co_await loop_->sleep(kIdlePollMs);
  managed_.close();
  if (command_server_) co_await command_server_->drain(0);
  request_log_service_.close();
  // Calls that were cut are booked behind their callers' backs; the loop must live until that is on
  // disk.
  while (!receipts_.idle() || !audit_.idle() || !accounts_.sessions.idle() || !bundles_.idle() ||
         !dispatcher_.idle() || !library_.idle() || !upkeep_.idle() || !managed_.idle() ||
         !runtimes_.idle())
    co_await loop_->sleep(kIdlePollMs);
  if (exporter_) exporter_->finish();
  while (exporter_ && !exporter_->idle()) co_await loop_->sleep(kIdlePollMs);
  loop_->stop();
}

}  // namespace b3iq::agent

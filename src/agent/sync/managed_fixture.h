// A node's managed mode against a scripted control plane: real files, database and sockets, a clock
// that the test moves.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "agent/private_jobs/private_jobs.h"
#include "agent/sync/fake_wake_clock.h"
#include "agent/sync/managed_service.h"
#include "agent/sync/scripted_control_plane.h"
#include "crypto/secret_token.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {

class FakeNodeView final : public NodeView {
 public:
  protocol::NodeStatus status() const override { return protocol::NodeStatus::ready; }
  std::int64_t queue_depth() const override { return 3; }
  protocol::NodeInventory inventory() const override { return inventory_; }
  protocol::NodeReadiness readiness() const override { return readiness_; }
  std::string_view version() const override { return "1.2.3"; }

  protocol::NodeInventory inventory_;
  protocol::NodeReadiness readiness_;
};

// Runs until the test lets it end.
class FakeWork final : public CommandWork {
 public:
  explicit FakeWork(http::EventLoop& loop) : loop_(loop) {}
  base::Task<base::Result<protocol::CommandOutcome>> run(
      const protocol::CommandArguments& arguments, CommandTimes times, CommandProgress& progress,
      base::CancelToken cancel) override {
    const auto kind = protocol::kind_of(arguments);
    ++begun;
    begun_at_ms = times.now_ms;
    kinds.push_back(kind);
    if (private_jobs != nullptr && kind == protocol::CommandKind::private_inference) {
      const auto& job = std::get<protocol::PrivateInferenceArguments>(arguments);
      co_return co_await private_jobs->run(job, times, progress, cancel);
    }
    progress.phase = protocol::CommandPhase::running;
    while (hold && !cancel.cancelled()) co_await loop_.sleep(1);
    while (lingers) co_await loop_.sleep(1);
    if (cancel.cancelled()) {
      ++cancelled;
      co_return base::Error(base::ErrorCode::cancelled, "stopped");
    }
    if (error) co_return *error;
    ++done;
    if (kind == protocol::CommandKind::model_install)
      co_return protocol::CommandOutcome(protocol::ModelInstallOutcome{"tiny", 5, {}, false});
    if (kind == protocol::CommandKind::benchmark_smoke) {
      protocol::BenchmarkSmokeOutcome outcome;
      outcome.model_id = "tiny";
      outcome.completion_tokens = 8;
      co_return protocol::CommandOutcome(outcome);
    }
    co_return protocol::CommandOutcome(protocol::RouteHealthCheckOutcome());
  }

  base::Task<void> before_bringing(const CommandProgress& progress) override {
    if (private_jobs != nullptr) co_await private_jobs->brought(progress);
    while (holds_result) co_await loop_.sleep(1);
  }

  bool hold = false;
  bool holds_result = false;  // what was done is not brought
  bool lingers = false;       // does not end, also when it was stopped
  std::int64_t begun_at_ms = 0;
  std::optional<base::Error> error;
  int begun = 0, done = 0, cancelled = 0;
  std::vector<protocol::CommandKind> kinds;
  PrivateJobs* private_jobs = nullptr;  // does those itself

 private:
  http::EventLoop& loop_;
};

class ManagedFixture : public ::testing::Test {
 protected:
  ManagedFixture() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-managed-XXXXXX").string();
    home_.root = ::mkdtemp(pattern.data());
    settings_.allowed_commands = {"benchmark_smoke", "route_health_check", "refresh_inventory"};
    control_ = std::make_unique<ScriptedControlPlane>(loop_, clock_);
    open();
  }
  ~ManagedFixture() override {
    close();
    control_.reset();
    loop_.settle();
    std::filesystem::remove_all(home_.root);
  }

  void open() {
    database_ = storage::open_sqlite(home_.database()).value();
    ASSERT_TRUE(database_->migrate(state_migrations()).ok());
    audit_ = std::make_unique<AuditLog>(*database_, clock_);
    store_ = std::make_unique<EnrollmentStore>(home_);
    const ManagedService::Needs needs{
        settings_, loop_,   wake_, *database_, *audit_, clock_,    base::system_random(),
        identity_, *store_, view_, work_,      "1.2.3", own_port_, frames_};
    service_ = std::make_unique<ManagedService>(needs);
    service_->load();
  }
  // As a process that ends: nothing that was not on disk is left.
  void close() {
    if (!service_) return;
    service_->close();
    EXPECT_TRUE(reach([this] { return service_->idle() && audit_->idle(); })) << "does not end";
    service_.reset();
    store_.reset();
    audit_.reset();
    database_.reset();
  }
  void restart() {
    close();
    clock_.advance_ms(10);
    open();
    start();
  }
  // On the loop, as a node does.
  void start() {
    auto starting = [](ManagedService& service) -> base::Task<bool> {
      service.start();
      co_return true;
    };
    run_task(loop_, starting(*service_));
  }

  // Runs the loop until `condition` holds, for at most half a minute; the clocks move by
  // `step_ms` each turn.
  bool reach(std::function<bool()> condition, std::int64_t step_ms = 0) {
    auto waiting = [](http::EventLoop& loop, FakeWakeClock& wake, std::function<bool()>& holds,
                      std::int64_t step) -> base::Task<bool> {
      constexpr int kTurns = 15'000;
      for (int turn = 0; turn < kTurns; ++turn) {
        if (holds()) co_return true;
        if (step > 0) wake.advance_ms(step);
        co_await loop.sleep(2);
      }
      co_return holds();
    };
    return run_task(loop_, waiting(loop_, wake_, condition, step_ms));
  }

  static std::string token() {
    return std::string(
        crypto::make_secret_token(crypto::kEnrollTokenPrefix, base::system_random()).reveal_text());
  }
  base::Status enroll(std::string url = "", std::vector<std::string> allow = {},
                      const std::string& secret = token()) {
    EnrollOrder order{url.empty() ? control_->url() : std::move(url), crypto::Secret(secret),
                      std::move(allow)};
    return run_task(loop_, service_->enroll(std::move(order), "owner"));
  }
  base::Result<Departure> unenroll() { return run_task(loop_, service_->unenroll("owner")); }
  LinkReport link() const { return service_->report().link; }
  // Enrolled, serving, and the first heartbeat was taken.
  void join(std::vector<std::string> allow = {}) {
    start();
    const auto enrolled = enroll("", std::move(allow));
    ASSERT_TRUE(enrolled.ok()) << enrolled.error().detail;
    ASSERT_TRUE(reach([this] { return link().state == LinkState::connected; }));
  }
  bool has_managed_folder() const { return std::filesystem::exists(home_.managed()); }

  Home home_;
  ManagedSettings settings_;
  http::EventLoop loop_;
  base::FakeClock clock_{1'790'000'000'000};
  FakeWakeClock wake_{loop_, &clock_};
  base::Metrics registry_;
  StreamMetrics stream_metrics_{registry_};
  FrameOutbox frames_{wake_, stream_metrics_};
  protocol::NodeIdentity identity_ = protocol::NodeIdentity::generate(base::system_random());
  FakeNodeView view_;
  FakeWork work_{loop_};
  std::uint16_t own_port_ = 0;
  std::unique_ptr<ScriptedControlPlane> control_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<EnrollmentStore> store_;
  std::unique_ptr<ManagedService> service_;
};

}  // namespace b3iq::agent

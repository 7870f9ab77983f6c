// The producer and its streams, on a real loop with a real database of jobs.
#include "agent/events/event_hub.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using Source = std::unique_ptr<http::BodySource>;

class EventHubTest : public ::testing::Test {
 protected:
  EventHubTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-events-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    auto opened = storage::open_sqlite(folder_ + "/state.db");
    EXPECT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    EXPECT_TRUE(database_->migrate(state_migrations()).ok());
    jobs_ = std::make_unique<ModelJobs>(*database_, clock_, base::system_random());
    EXPECT_TRUE(jobs_->load().ok());
    audit_ = std::make_unique<AuditLog>(*database_, clock_);
    backups_ = std::make_unique<BackupService>(Home{folder_}, "b3n_node", *audit_, clock_,
                                               base::system_random());
    models_ =
        std::make_unique<ModelRegistry>(std::vector<inference::Runtime*>(), ModelNames(), clock_);
    hub_ = std::make_unique<EventHub>(
        EventHub::Sources{*jobs_, *backups_, *models_, live_, managed_revision_, clock_, loop_},
        metrics_);
  }
  ~EventHubTest() override {
    run([&]() -> Task<Status> {
      hub_->close();
      while (!hub_->idle()) co_await loop_.sleep(1);
      co_return Status();
    });
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  template <class Body>
  void run(Body body) {
    EXPECT_TRUE(run_task(loop_, body()).ok());
  }
  Source open(bool& allowed, std::string user = "user_1") {
    auto opened =
        hub_->open(std::move(user), Reader::user, [&allowed] { return allowed; }, cancel_.token());
    EXPECT_TRUE(opened.ok());
    return std::move(opened).value();
  }
  static Task<std::string> piece(http::BodySource& source) {
    auto next = co_await source.next();
    EXPECT_TRUE(next.ok());
    co_return std::string(*next);
  }
  Task<std::string> add_job(const std::string& model) {
    auto job = co_await jobs_->add(JobKind::install, model, "{}");
    EXPECT_TRUE(job.ok());
    co_return job->id;
  }

  std::string folder_;
  http::EventLoop loop_;
  base::FakeClock clock_;
  base::Metrics metrics_;
  base::CancelSource cancel_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<ModelJobs> jobs_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<BackupService> backups_;
  std::unique_ptr<ModelRegistry> models_;
  LiveCalls live_;
  std::uint64_t managed_revision_ = 0;
  std::unique_ptr<EventHub> hub_;
  bool allowed_ = true;
};

constexpr std::string_view kNothingRuns = "event: live\ndata: {\"data\":[]}\n\n";

TEST_F(EventHubTest, TellsTheStateAtOnceThenWhatChanges) {
  run([&]() -> Task<Status> {
    auto source = open(allowed_);
    const auto first = co_await piece(*source);
    EXPECT_TRUE(first.starts_with(kNothingRuns)) << first;
    const auto id = co_await add_job("m");
    const auto second = co_await piece(*source);
    EXPECT_NE(second.find("event: job\n"), std::string::npos) << second;
    EXPECT_NE(second.find(id), std::string::npos) << second;
    EXPECT_EQ(second.find("event: live"), std::string::npos) << second;
    const auto cancelled = co_await jobs_->cancel(id);
    EXPECT_TRUE(cancelled.ok());
    EXPECT_NE((co_await piece(*source)).find("\"cancelled\""), std::string::npos);
    const auto removed = co_await jobs_->remove(id);
    EXPECT_TRUE(removed.ok());
    EXPECT_TRUE((co_await piece(*source)).starts_with("event: job_removed\n"));
    co_return Status();
  });
}

TEST_F(EventHubTest, ASlowReaderGetsTheLatestOnly) {
  run([&]() -> Task<Status> {
    auto slow = open(allowed_);
    auto quick = open(allowed_);
    co_await piece(*slow);
    co_await piece(*quick);
    const auto id = co_await add_job("m");
    for (const std::int64_t bytes : {10, 20, 30}) {
      jobs_->progress(id, {"receiving", bytes, 100, ""});
      co_await piece(*quick);
    }
    const auto told = co_await piece(*slow);
    EXPECT_EQ(told.find("event: job\n"), told.rfind("event: job\n")) << told;
    EXPECT_NE(told.find("\"done_bytes\":30"), std::string::npos) << told;
    co_return Status();
  });
}

TEST_F(EventHubTest, SilenceIsBrokenByAComment) {
  run([&]() -> Task<Status> {
    auto source = open(allowed_);
    co_await piece(*source);
    clock_.advance_ms(kEventCommentMs);
    EXPECT_EQ(co_await piece(*source), ": \n\n");
    co_return Status();
  });
}

TEST_F(EventHubTest, AStreamEndsWhenItsReaderMayNoLongerRead) {
  run([&]() -> Task<Status> {
    auto source = open(allowed_);
    bool other_allowed = true;
    auto other = open(other_allowed);
    co_await piece(*source);
    co_await piece(*other);
    allowed_ = false;
    EXPECT_EQ(co_await piece(*source), "");
    co_await add_job("m");
    EXPECT_NE(co_await piece(*other), "");
    co_return Status();
  });
}

TEST_F(EventHubTest, AStreamEndsWithItsCallerAndWithTheNode) {
  run([&]() -> Task<Status> {
    auto source = open(allowed_);
    co_await piece(*source);
    cancel_.cancel();
    EXPECT_EQ(co_await piece(*source), "");
    co_return Status();
  });
  base::CancelSource another;
  run([&]() -> Task<Status> {
    auto opened = hub_->open("user_1", Reader::user, [] { return true; }, another.token());
    EXPECT_TRUE(opened.ok());
    const auto source = std::move(opened).value();
    co_await piece(*source);
    hub_->close();
    EXPECT_EQ(co_await piece(*source), "");
    EXPECT_EQ(hub_->open(
                      "user_1", Reader::user, [] { return true; }, another.token())
                  .error()
                  .code,
              ErrorCode::shutting_down);
    co_return Status();
  });
}

TEST_F(EventHubTest, ThereAreOnlySoManyStreamsAndNothingRunsWithoutOne) {
  run([&]() -> Task<Status> {
    EXPECT_TRUE(hub_->idle());
    std::vector<Source> sources;
    const auto user_of = [](std::size_t i) {
      return "user_" + std::to_string(i / kMaxEventStreamsOfUser);
    };
    for (std::size_t i = 0; i < kMaxEventStreams; ++i) {
      sources.push_back(open(allowed_, user_of(i)));
      if (i + 1 != kMaxEventStreamsOfUser) continue;
      const auto one_more =
          hub_->open(user_of(0), Reader::user, [] { return true; }, cancel_.token());
      EXPECT_EQ(one_more.error().code, ErrorCode::rate_limited) << "of one user";
    }
    EXPECT_FALSE(hub_->idle());
    const auto refused = hub_->open("user_x", Reader::user, [] { return true; }, cancel_.token());
    EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
    EXPECT_GT(refused.error().retry_after_ms, 0);
    EXPECT_NE(metrics_.text().find("b3iq_event_streams 32"), std::string::npos);
    sources.pop_back();
    sources.push_back(open(allowed_, user_of(kMaxEventStreams - 1)));
    sources.clear();
    for (int i = 0; i < 1'000 && !hub_->idle(); ++i) co_await loop_.sleep(5);
    EXPECT_TRUE(hub_->idle());
    co_return Status();
  });
}

}  // namespace
}  // namespace b3iq::agent

// Content of requests: who turned it on and off is in the audit log, and its time ends by itself.
#include "agent/request_log/request_log_service.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Status;
using base::Task;

class RequestLogServiceTest : public ::testing::Test {
 protected:
  RequestLogServiceTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-requests-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    auto opened = storage::open_sqlite(folder_ + "/state.db");
    EXPECT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    EXPECT_TRUE(database_->migrate(state_migrations()).ok());
    audit_ = std::make_unique<AuditLog>(*database_, clock_);
    make(100);
  }
  ~RequestLogServiceTest() override {
    service_->stop();
    wait([this] { return audit_->idle(); });
    loop_.settle();
    service_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  void make(std::size_t entries) {
    service_.reset();
    log_ = std::make_unique<RequestLog>(entries, base::system_random());
    service_ =
        std::make_unique<RequestLogService>(*log_, *database_, *audit_, clock_, loop_, metrics_);
  }
  Status keep(std::int64_t ms) { return run_task(loop_, service_->keep_content(ms, "user_1")); }
  void add(std::string_view id) {
    CallFacts facts;
    facts.id = id;
    log_->add_call(facts, log_->content().begin("question"));
  }
  // The acts, oldest first.
  std::vector<std::string> acts() {
    auto entries = run_task(loop_, audit_->list(0, 100));
    std::vector<std::string> out;
    for (const auto& entry : *entries) out.insert(out.begin(), entry.actor + " " + entry.act);
    return out;
  }
  void wait(const std::function<bool()>& done) {
    auto until = [&]() -> Task<Status> {
      for (int i = 0; i < 2'000 && !done(); ++i) co_await loop_.sleep(5);
      co_return Status();
    };
    EXPECT_TRUE(run_task(loop_, until()).ok());
    EXPECT_TRUE(done());
  }

  std::string folder_;
  base::FakeClock clock_;
  http::EventLoop loop_;
  base::Metrics metrics_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<RequestLog> log_;
  std::unique_ptr<RequestLogService> service_;
};

TEST_F(RequestLogServiceTest, OnReadAndOffAreInTheAuditLog) {
  ASSERT_TRUE(keep(60'000).ok());
  EXPECT_EQ(service_->content_until_ms(), clock_.wall_ms() + 60'000);
  EXPECT_NE(metrics_.text().find("b3iq_request_content_kept 1"), std::string::npos);
  add("call-1");
  auto read = run_task(loop_, service_->read_content("call-1", "user_1"));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ((*read)->request(), "question");
  EXPECT_EQ(run_task(loop_, service_->read_content("call-2", "user_1")).error().code,
            ErrorCode::not_found);
  ASSERT_TRUE(run_task(loop_, service_->drop_content("user_1")).ok());
  EXPECT_FALSE(service_->content_until_ms());
  EXPECT_NE(metrics_.text().find("b3iq_request_content_kept 0"), std::string::npos);
  EXPECT_EQ(run_task(loop_, service_->read_content("call-1", "user_1")).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(acts(), (std::vector<std::string>{"user_1 content.kept", "user_1 content.read",
                                              "user_1 content.dropped"}));
}

TEST_F(RequestLogServiceTest, TheTimeEndsByItself) {
  ASSERT_TRUE(keep(60'000).ok());
  add("call-1");
  EXPECT_EQ(log_->content().count(), 1u);
  // Setting the wall clock back prolongs nothing.
  clock_.advance_ms(60'000);
  clock_.set_wall_ms(1'000);
  wait([this] { return log_->content().count() == 0 && audit_->idle(); });
  EXPECT_FALSE(log_->content().on());
  EXPECT_EQ(acts().back(), "node content.dropped");
}

TEST_F(RequestLogServiceTest, ItCanBeTurnedOnAgainAtOnce) {
  ASSERT_TRUE(keep(60'000).ok());
  ASSERT_TRUE(run_task(loop_, service_->drop_content("user_1")).ok());
  ASSERT_TRUE(keep(120'000).ok());
  clock_.advance_ms(60'000);
  ASSERT_TRUE(keep(60'000).ok());
  clock_.advance_ms(60'000);
  wait([this] { return !log_->content().on(); });
}

TEST_F(RequestLogServiceTest, RefusesTooLongATimeAndALogThatKeepsNothing) {
  EXPECT_EQ(keep(kMaxContentMs + 1).error().code, ErrorCode::invalid_request);
  EXPECT_EQ(keep(0).error().code, ErrorCode::invalid_request);
  make(0);
  EXPECT_EQ(keep(1'000).error().code, ErrorCode::conflict);
  EXPECT_TRUE(acts().empty());
}

TEST_F(RequestLogServiceTest, TheNodesEndWipes) {
  ASSERT_TRUE(keep(60'000).ok());
  add("call-1");
  auto close = [&]() -> Task<Status> {
    service_->close();
    co_return Status();
  };
  ASSERT_TRUE(run_task(loop_, close()).ok());
  EXPECT_EQ(log_->content().count(), 0u);
  wait([this] { return audit_->idle(); });
  EXPECT_EQ(acts().back(), "node content.dropped");
  EXPECT_EQ(keep(60'000).error().code, ErrorCode::shutting_down);
}

}  // namespace
}  // namespace b3iq::agent

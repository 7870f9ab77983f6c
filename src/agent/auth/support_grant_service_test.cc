#include "agent/auth/support_grant_service.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Task;

Task<base::Status> settled(const AuditLog& audit, http::EventLoop& loop) {
  while (!audit.idle()) co_await loop.sleep(1);
  co_return base::Status();
}

class SupportGrantTest : public ::testing::Test {
 protected:
  SupportGrantTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-grant-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    open();
  }
  ~SupportGrantTest() override {
    EXPECT_TRUE(run_task(loop_, settled(*audit_, loop_)).ok());
    grants_.reset();
    audit_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    if (audit_) EXPECT_TRUE(run_task(loop_, settled(*audit_, loop_)).ok());
    grants_.reset();
    audit_.reset();
    database_.reset();
    auto opened = storage::open_sqlite(folder_ + "/state.db");
    ASSERT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    ASSERT_TRUE(database_->migrate(state_migrations()).ok());
    audit_ = std::make_unique<AuditLog>(*database_, clock_);
    grants_ =
        std::make_unique<SupportGrantService>(*database_, *audit_, clock_, base::system_random());
    ASSERT_TRUE(grants_->load().ok());
  }
  CreatedGrant create(std::int64_t life_ms = kDefaultGrantLifeMs) {
    return run_task(loop_, grants_->create("helper", life_ms, "operator")).value();
  }
  std::vector<std::string> recorded() {
    EXPECT_TRUE(run_task(loop_, settled(*audit_, loop_)).ok());
    std::vector<std::string> out;
    const auto entries = run_task(loop_, audit_->list(0, 100));
    for (const auto& entry : *entries) out.push_back(entry.act + " " + entry.subject);
    return out;
  }

  std::string folder_;
  base::FakeClock clock_;
  http::EventLoop loop_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<SupportGrantService> grants_;
};

Task<base::Status> use(SupportGrantService& grants, std::string_view secret,
                       std::string_view operation) {
  co_return grants.authenticate(secret, operation);
}
Task<base::Status> misuse(SupportGrantService& grants, std::string_view secret,
                          std::string_view operation) {
  co_return grants.refuse(secret, operation);
}

TEST_F(SupportGrantTest, G3_39_OpensDiagnosticsAndItsUseIsRecorded) {
  const auto made = create();
  const auto secret = made.secret.reveal_text();
  EXPECT_TRUE(run_task(loop_, use(*grants_, secret, "GET /setup/v1/diagnostics")).ok());
  EXPECT_EQ(recorded().front(), "support.used GET /setup/v1/diagnostics");
}

TEST_F(SupportGrantTest, G3_39_IsRefusedElsewhereAndThatIsRecorded) {
  const auto made = create();
  const auto refused =
      run_task(loop_, misuse(*grants_, made.secret.reveal_text(), "GET /v1/models"));
  EXPECT_EQ(refused.error().code, ErrorCode::scope_denied);
  EXPECT_EQ(recorded().front(), "support.refused GET /v1/models");
}

TEST_F(SupportGrantTest, G3_39_IsRefusedAfterItsTimeAlsoAfterARestart) {
  const auto made = create(60'000);
  const std::string secret(made.secret.reveal_text());
  clock_.advance_ms(59'999);
  EXPECT_TRUE(run_task(loop_, use(*grants_, secret, "d")).ok());
  clock_.advance_ms(1);
  EXPECT_EQ(run_task(loop_, use(*grants_, secret, "d")).error().code, ErrorCode::key_expired);
  EXPECT_EQ(run_task(loop_, misuse(*grants_, secret, "d")).error().code, ErrorCode::key_expired);
  EXPECT_EQ(recorded().front(), "support.refused d");
  open();
  EXPECT_EQ(run_task(loop_, use(*grants_, secret, "d")).error().code, ErrorCode::key_expired);
}

TEST_F(SupportGrantTest, G3_39_IsRefusedOnceRevoked) {
  const auto made = create();
  ASSERT_TRUE(run_task(loop_, grants_->revoke(made.grant.id, "operator")).ok());
  const auto refused = run_task(loop_, use(*grants_, made.secret.reveal_text(), "d"));
  EXPECT_EQ(refused.error().code, ErrorCode::key_revoked);
  EXPECT_EQ(grants_->status(grants_->list().front()), "revoked");
}

TEST_F(SupportGrantTest, TheSameUseWithinAMinuteIsToldOnce) {
  const auto made = create();
  for (int i = 0; i < 50; ++i)
    EXPECT_TRUE(run_task(loop_, use(*grants_, made.secret.reveal_text(), "d")).ok());
  EXPECT_EQ(recorded().size(), 2U) << "granted, used";
  clock_.advance_ms(60'000);
  EXPECT_TRUE(run_task(loop_, use(*grants_, made.secret.reveal_text(), "d")).ok());
  EXPECT_EQ(recorded().size(), 3U);
}

TEST_F(SupportGrantTest, AnUnknownGrantIsNotRecordedAndALifeHasBounds) {
  EXPECT_EQ(run_task(loop_, use(*grants_, "b3iq_support_junk", "d")).error().code,
            ErrorCode::unauthorized);
  EXPECT_TRUE(recorded().empty());
  for (const std::int64_t life : {std::int64_t{0}, std::int64_t{59'999}, kLongestGrantLifeMs + 1}) {
    EXPECT_EQ(run_task(loop_, grants_->create("", life, "operator")).error().param, "expires");
  }
}

}  // namespace
}  // namespace b3iq::agent

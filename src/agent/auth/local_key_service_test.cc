#include "agent/auth/local_key_service.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;

class LocalKeyServiceTest : public ::testing::Test {
 protected:
  LocalKeyServiceTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-keys-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    open();
  }
  ~LocalKeyServiceTest() override {
    service_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    service_.reset();
    database_.reset();
    auto opened = storage::open_sqlite(folder_ + "/state.db");
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    database_ = std::move(opened).value();
    ASSERT_TRUE(database_->migrate(state_migrations()).ok());
    audit_ = std::make_unique<AuditLog>(*database_, clock_);
    service_ =
        std::make_unique<LocalKeyService>(*database_, *audit_, clock_, base::system_random());
    ASSERT_TRUE(service_->load().ok());
  }

  CreatedKey create(KeySpec spec) {
    auto created = run_task(loop_, service_->create(std::move(spec), "operator"));
    EXPECT_TRUE(created.ok()) << created.error().detail;
    return std::move(created).value();
  }
  static KeySpec named(std::string name) {
    KeySpec spec;
    spec.name = std::move(name);
    return spec;
  }

  std::string folder_;
  base::FakeClock clock_;
  http::EventLoop loop_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<LocalKeyService> service_;
};

TEST_F(LocalKeyServiceTest, ACreatedKeyAuthenticatesAndSurvivesARestart) {
  const auto created = create(named("app"));
  const auto secret = created.secret.reveal_text();
  EXPECT_TRUE(secret.starts_with("b3iq_local_"));
  EXPECT_EQ(service_->authenticate(secret).value()->key.id, created.key.id);
  open();
  auto state = service_->authenticate(secret);
  ASSERT_TRUE(state.ok());
  EXPECT_EQ((*state)->key.spec.name, "app");
  EXPECT_EQ((*state)->key.spec.scopes, (std::vector{Scope::chat, Scope::models}));
}

TEST_F(LocalKeyServiceTest, EverythingOfASpecIsKept) {
  auto spec = named("all");
  spec.user = "ann";
  spec.scopes = {Scope::receipts, Scope::metrics};
  spec.models = {"a", "llama3.1:8b"};
  spec.expires_at_ms = clock_.wall_ms() + 1000;
  spec.limits = {1, 2, 3, 4, BudgetPeriod::month};
  const auto created = create(spec);
  open();
  ASSERT_EQ(service_->list().size(), 1u);
  const auto kept = service_->list().front().spec;
  EXPECT_EQ(kept.user, "ann");
  EXPECT_EQ(kept.scopes, spec.scopes);
  EXPECT_EQ(kept.models, spec.models);
  EXPECT_EQ(kept.expires_at_ms, spec.expires_at_ms);
  EXPECT_EQ(kept.limits.requests_per_minute, 1);
  EXPECT_EQ(kept.limits.tokens_per_minute, 2);
  EXPECT_EQ(kept.limits.budget_tokens, 3);
  EXPECT_EQ(kept.limits.budget_requests, 4);
  EXPECT_EQ(kept.limits.budget_period, BudgetPeriod::month);
}

TEST_F(LocalKeyServiceTest, G3_32_RevokedAndExpiredKeysAreRefused) {
  auto spec = named("short");
  spec.expires_at_ms = clock_.wall_ms() + 1000;
  const auto expiring = create(spec);
  const auto revoked = create(named("gone"));
  ASSERT_TRUE(run_task(loop_, service_->revoke("gone", "operator")).ok());
  EXPECT_EQ(service_->authenticate(revoked.secret.reveal_text()).error().code,
            ErrorCode::key_revoked);
  clock_.advance_ms(1000);
  EXPECT_EQ(service_->authenticate(expiring.secret.reveal_text()).error().code,
            ErrorCode::key_expired);
  open();
  EXPECT_EQ(service_->authenticate(revoked.secret.reveal_text()).error().code,
            ErrorCode::key_revoked);
}

TEST_F(LocalKeyServiceTest, G3_30_JunkIsUnknownAndNothingElse) {
  create(named("app"));
  for (const std::string& junk :
       {std::string(), std::string("'; DROP TABLE local_keys; --"), std::string("\0", 1),
        std::string(1024 * 1024, 'a'), std::string("b3iq_local_%"), std::string("b3iq_local_*")}) {
    const auto result = service_->authenticate(junk);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::unauthorized);
  }
  open();
  EXPECT_EQ(service_->list().size(), 1u);
}

TEST_F(LocalKeyServiceTest, G3_42_TheDatabaseHoldsNoSecret) {
  const auto created = create(named("app"));
  const std::string secret(created.secret.reveal_text());
  service_.reset();
  database_.reset();
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    std::string bytes(std::filesystem::file_size(file.path()), '\0');
    FILE* in = std::fopen(file.path().c_str(), "rb");
    ASSERT_NE(in, nullptr);
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), in));
    std::fclose(in);
    EXPECT_EQ(bytes.find(secret.substr(11)), std::string::npos) << file.path();
  }
  open();
}

TEST_F(LocalKeyServiceTest, TwoActiveKeysNeverShareAName) {
  create(named("app"));
  auto again = run_task(loop_, service_->create(named("app"), "operator"));
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
  ASSERT_TRUE(run_task(loop_, service_->revoke("app", "operator")).ok());
  EXPECT_TRUE(run_task(loop_, service_->create(named("app"), "operator")).ok());
}

TEST_F(LocalKeyServiceTest, RevokingAnUnknownKeySaysSo) {
  EXPECT_EQ(run_task(loop_, service_->revoke("nobody", "operator")).error().code,
            ErrorCode::not_found);
}

}  // namespace
}  // namespace b3iq::agent

#include "agent/audit/audit_log.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::Status;
using base::Task;

class AuditLogTest : public ::testing::Test {
 protected:
  AuditLogTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-audit-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    auto opened = storage::open_sqlite(folder_ + "/state.db");
    EXPECT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    EXPECT_TRUE(database_->migrate(state_migrations()).ok());
    log_.emplace(*database_, clock_);
  }
  ~AuditLogTest() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  void append(const AuditAct& act) {
    ASSERT_TRUE(database_
                    ->write_blocking([&](storage::Transaction& tx) -> Task<Status> {
                      co_return co_await log_->append(tx, act);
                    })
                    .ok());
    clock_.advance_ms(1000);
  }
  void change(std::string_view sql) {
    ASSERT_TRUE(database_
                    ->write_blocking([&](storage::Transaction& tx) -> Task<Status> {
                      co_return co_await tx.exec_script(sql);
                    })
                    .ok());
  }
  AuditState verify() {
    auto state = run_task(loop_, log_->verify());
    EXPECT_TRUE(state.ok());
    return std::move(state).value();
  }

  std::string folder_;
  base::FakeClock clock_;
  http::EventLoop loop_;
  std::unique_ptr<storage::Database> database_;
  std::optional<AuditLog> log_;
};

TEST_F(AuditLogTest, KeepsWhoDidWhatNewestFirst) {
  append({"operator", "key.created", "key_1"});
  append({"user_1", "key.revoked", "key_1"});
  const auto entries = run_task(loop_, log_->list(0, 10));
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].act, "key.revoked");
  EXPECT_EQ((*entries)[0].actor, "user_1");
  EXPECT_EQ((*entries)[0].subject, "key_1");
  EXPECT_EQ((*entries)[0].previous_hash, (*entries)[1].hash);
  const auto older = run_task(loop_, log_->list(2, 10));
  ASSERT_EQ(older->size(), 1U);
  EXPECT_EQ((*older)[0].seq, 1);
}

TEST_F(AuditLogTest, AnUntouchedChainHoldsAndTellsItsHead) {
  EXPECT_EQ(verify().entries, 0);
  for (int i = 0; i < 20; ++i) append({"operator", "key.created", std::to_string(i)});
  const auto state = verify();
  EXPECT_EQ(state.first_broken_seq, 0);
  EXPECT_EQ(state.entries, 20);
  const auto newest = run_task(loop_, log_->list(0, 1));
  EXPECT_EQ(state.head, newest->front().hash);
}

TEST_F(AuditLogTest, AChangedARemovedAndAnInsertedEntryBreakTheChain) {
  for (int i = 0; i < 5; ++i) append({"operator", "key.created", std::to_string(i)});
  change("UPDATE audit_log SET actor = 'somebody' WHERE seq = 3");
  EXPECT_EQ(verify().first_broken_seq, 3);
  change("UPDATE audit_log SET actor = 'operator' WHERE seq = 3");
  EXPECT_EQ(verify().first_broken_seq, 0);
  change("DELETE FROM audit_log WHERE seq = 2");
  EXPECT_EQ(verify().first_broken_seq, 3);
}

TEST_F(AuditLogTest, AnActWhoseTransactionFailsLeavesNoEntry) {
  const AuditAct act{"operator", "key.created", "key_1"};
  const auto failed = database_->write_blocking([&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await log_->append(tx, act));
    co_return base::Error(base::ErrorCode::conflict, "no");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(verify().entries, 0);
}

}  // namespace
}  // namespace b3iq::agent

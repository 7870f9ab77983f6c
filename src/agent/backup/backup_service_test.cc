// Backups as jobs: told how far they are, cancelled, taken up by the next start.
#include "agent/backup/backup_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "base/random.h"
#include "http/event_loop.h"
#include "protocol/identity.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Status;
using base::Task;
using ::testing::HasSubstr;

// Large enough that SQLite asks its watch many times while it copies.
const storage::Statement kFill{
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
    "INSERT INTO receipts SELECT i, randomblob(32), 'key_a', i, hex(randomblob(100)) FROM n"};

class BackupServiceTest : public ::testing::Test {
 protected:
  BackupServiceTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-backups-XXXXXX").string();
    home_.root = ::mkdtemp(pattern.data());
    EXPECT_TRUE(make_folders(home_).ok());
    auto identity = protocol::NodeIdentity::create(home_.identity_key(), base::system_random());
    node_id_ = identity->node_id().text();
    std::ofstream(home_.config()) << "{}";
    ::chmod(home_.config().c_str(), 0600);
    open_database();
    EXPECT_TRUE(database_->migrate(state_migrations()).ok());
    fill();
    begin_process();
  }
  ~BackupServiceTest() override {
    end_process();
    audit_.reset();
    database_.reset();
    std::filesystem::remove_all(home_.root);
  }
  void open_database() {
    database_ = storage::open_sqlite(home_.database()).value();
    audit_ = std::make_unique<AuditLog>(*database_, clock_);
  }
  // Empties the database's log.
  void reopen() {
    end_process();
    audit_.reset();
    database_.reset();
    open_database();
    begin_process();
  }
  void fill() {
    auto body = [](storage::Transaction& tx) -> Task<Status> {
      CO_TRY([[maybe_unused]] const auto rows, co_await tx.exec(kFill, {}));
      co_return Status();
    };
    EXPECT_TRUE(database_->write_blocking(std::move(body)).ok());
  }
  void begin_process() {
    service_ =
        std::make_unique<BackupService>(home_, node_id_, *audit_, clock_, base::system_random());
    service_->load();
    run([&]() -> Task<Status> {
      service_->start();
      co_return Status();
    });
  }
  void end_process() {
    service_->close();
    settle();
    service_.reset();
  }
  void settle() {
    run([&]() -> Task<Status> {
      while (!service_->idle() || !audit_->idle()) co_await loop_.sleep(1);
      co_return Status();
    });
  }
  template <class Body>
  void run(Body body) {
    EXPECT_TRUE(run_task(loop_, body()).ok());
  }
  BackupJob create(WithIdentity identity = WithIdentity::no) {
    clock_.advance_ms(1);  // ids of one millisecond have no order
    auto made = run_task(loop_, service_->create(identity, "user_owner"));
    EXPECT_TRUE(made.ok());
    return std::move(made).value();
  }
  BackupJob find(const std::string& id) {
    auto found = run_task(loop_, service_->find(id));
    EXPECT_TRUE(found.ok()) << found.error().detail;
    return std::move(found).value();
  }
  std::vector<BackupJob> list() { return run_task(loop_, service_->list()).value(); }
  std::vector<std::string> acts() {
    std::vector<std::string> out;
    const auto entries = run_task(loop_, audit_->list(0, 100));
    for (const auto& entry : entries.value()) out.push_back(entry.act);
    return out;
  }
  bool order_waits() const { return std::filesystem::exists(home_.backup_order()); }

  Home home_;
  std::string node_id_;
  http::EventLoop loop_;
  base::FakeClock clock_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<BackupService> service_;
};

TEST_F(BackupServiceTest, IsAnsweredBeforeItIsMadeAndTellsHowFarItIs) {
  const auto job = create();
  EXPECT_EQ(job.state, BackupState::making);
  EXPECT_TRUE(order_waits());
  EXPECT_EQ(run_task(loop_, service_->create(WithIdentity::no, "user_owner")).error().code,
            ErrorCode::conflict);
  const auto first = service_->revision();
  std::uint64_t revisions = 0;
  std::int64_t seen_bytes = 0;
  run([&]() -> Task<Status> {
    for (auto last = first; !service_->idle();) {
      co_await loop_.sleep(1);
      if (service_->revision() == last) continue;
      last = service_->revision();
      ++revisions;
      service_->each([&](const BackupJob& at) {
        EXPECT_GE(at.done_bytes, seen_bytes) << "never backwards";
        seen_bytes = at.done_bytes;
      });
    }
    co_return Status();
  });
  EXPECT_GT(revisions, 1U);
  const auto done = find(job.order.id);
  EXPECT_EQ(done.state, BackupState::done);
  EXPECT_GT(done.made.bytes, 10'000'000);
  EXPECT_FALSE(order_waits());
  ASSERT_EQ(list().size(), 1U);
  EXPECT_EQ(list()[0].made.facts.node_id, node_id_);
  settle();
  EXPECT_THAT(acts(), ::testing::ElementsAre("backup.created", "backup.asked"));
}

TEST_F(BackupServiceTest, ACancelledOneLeavesNothingOnTheDisk) {
  const auto job = create();
  EXPECT_TRUE(run_task(loop_, service_->cancel(job.order.id)).ok());
  settle();
  EXPECT_EQ(find(job.order.id).state, BackupState::cancelled);
  EXPECT_TRUE(std::filesystem::is_empty(home_.backups()));
  EXPECT_FALSE(order_waits());
  EXPECT_EQ(run_task(loop_, service_->cancel(job.order.id)).error().code, ErrorCode::conflict);
  EXPECT_EQ(run_task(loop_, service_->archive(job.order.id, "user_owner")).error().code,
            ErrorCode::conflict);
  EXPECT_TRUE(run_task(loop_, service_->remove(job.order.id, "user_owner")).ok());
  EXPECT_TRUE(list().empty());
}

TEST_F(BackupServiceTest, AnOpenOneIsNotRemovedButCancelled) {
  const auto job = create();
  const auto refused = run_task(loop_, service_->remove(job.order.id, "user_owner"));
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().detail, HasSubstr("Cancel it first"));
}

TEST_F(BackupServiceTest, ANodeThatStopsMakesItAtItsNextStart) {
  const auto job = create(WithIdentity::yes);
  end_process();
  EXPECT_TRUE(order_waits());
  begin_process();
  settle();
  const auto done = find(job.order.id);
  EXPECT_EQ(done.state, BackupState::done);
  EXPECT_TRUE(done.made.facts.has_identity);
  EXPECT_FALSE(order_waits());
}

TEST_F(BackupServiceTest, AnOrderThatIsDoneOrDamagedIsDropped) {
  const auto job = create();
  settle();
  EXPECT_TRUE(write_backup_order(home_, job.order).ok());
  end_process();
  begin_process();
  settle();
  EXPECT_FALSE(order_waits());
  EXPECT_EQ(list().size(), 1U);
  end_process();
  std::ofstream(home_.backup_order()) << R"({"type": "b3iq-backup-order-v1", "backup": "../x"})";
  ::chmod(home_.backup_order().c_str(), 0600);
  begin_process();
  settle();
  EXPECT_FALSE(order_waits());
  EXPECT_EQ(list().size(), 1U);
}

// A file may be no longer than that: what a full disk answers in the middle of a write.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileLimit(const FileLimit&) = delete;
  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(BackupServiceTest, G10_122_ADiskThatFillsUpMeanwhileIsToldAndNothingIsLeft) {
  reopen();
  BackupJob job;
  {
    const FileLimit limit(4 * 1024 * 1024);
    job = create();
    settle();
  }
  const auto failed = find(job.order.id);
  EXPECT_EQ(failed.state, BackupState::failed);
  EXPECT_EQ(failed.error_code, "storage_failed");
  EXPECT_TRUE(std::filesystem::is_empty(home_.backups()));
  EXPECT_FALSE(order_waits());
  const auto again = create();
  settle();
  EXPECT_EQ(find(again.order.id).state, BackupState::done);
}

TEST_F(BackupServiceTest, AFailureSaysWhyAndStaysUntilItIsRemoved) {
  std::filesystem::remove(home_.config());
  const auto job = create();
  settle();
  const auto failed = find(job.order.id);
  EXPECT_EQ(failed.state, BackupState::failed);
  EXPECT_THAT(failed.error_detail, HasSubstr("config.json"));
  ASSERT_EQ(list().size(), 1U);
  EXPECT_FALSE(order_waits()) << "it would fail again at each start";
  EXPECT_TRUE(run_task(loop_, service_->remove(job.order.id, "user_owner")).ok());
  EXPECT_TRUE(list().empty());
}

TEST_F(BackupServiceTest, AnOldFailureIsForgottenAndABackupIsNot) {
  const auto kept = create();
  settle();
  std::filesystem::remove(home_.config());
  const auto failed = create();
  settle();
  for (std::size_t i = 0; i < kMaxEndedBackupJobs; ++i) {
    create();
    settle();
  }
  std::vector<std::string> told;
  service_->each([&](const BackupJob& job) { told.push_back(job.order.id); });
  EXPECT_EQ(told.size(), 1 + kMaxEndedBackupJobs);
  EXPECT_THAT(told, ::testing::Contains(kept.order.id)) << "pages would take it from their lists";
  EXPECT_THAT(told, ::testing::Not(::testing::Contains(failed.order.id)));
}

}  // namespace
}  // namespace b3iq::agent

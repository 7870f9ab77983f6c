// Disks that are full, slow or broken.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <thread>

#include "base/log.h"
#include "base/single_thread_executor.h"
#include "storage/conformance/items_table.h"
#include "storage/sqlite/fault_vfs.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::storage {
namespace {

using base::ErrorCode;
using base::Status;
using conformance::insert_body;
using conformance::totals;

const Migration kSchema[] = {
    {1, "items",
     "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL, amount BIGINT NOT NULL)"}};

class SqliteFault : public ::testing::Test {
 protected:
  void SetUp() override {
    base::configure_log(base::LogLevel::off, base::LogFormat::text);
    open({});
    ASSERT_TRUE(db_->migrate(kSchema).ok());
  }
  void TearDown() override { base::configure_log(base::LogLevel::info, base::LogFormat::text); }
  void open(SqliteOptions options) {
    db_.reset();
    options.vfs = vfs_.name();
    auto opened = open_sqlite(path_, options);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    db_ = std::move(opened).value();
  }

  const TemporaryFolder folder_{TemporaryFolder::Where::memory};
  const std::string path_ = folder_.file("state.db");
  FaultVfs vfs_;
  std::unique_ptr<Database> db_;
};

TEST_F(SqliteFault, G10_122_AFullDiskFailsWritesKeepsReadsAndRecovers) {
  ASSERT_TRUE(db_->write_blocking(insert_body(1)).ok());
  vfs_.fail_writes("state.db", SQLITE_FULL);
  for (int i = 0; i < 3; ++i) {
    const Status status = db_->write_blocking(insert_body(2));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::storage_failed);
    EXPECT_NE(status.error().detail.find("free some space"), std::string::npos)
        << status.error().detail;
    EXPECT_GT(status.error().retry_after_ms, 0);
    EXPECT_EQ(totals(*db_).count, 1);
  }
  vfs_.fail_writes("", SQLITE_OK);
  EXPECT_TRUE(db_->write_blocking(insert_body(2)).ok());
  EXPECT_EQ(totals(*db_).count, 2);
  open({});
  EXPECT_EQ(totals(*db_).count, 2);
}

TEST_F(SqliteFault, G10_123_AReadOnlyDiskFailsWritesAndKeepsReads) {
  ASSERT_TRUE(db_->write_blocking(insert_body(1)).ok());
  for (const int code : {SQLITE_READONLY, SQLITE_IOERR_WRITE}) {
    vfs_.fail_writes("state.db", code);
    const Status status = db_->write_blocking(insert_body(2));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::storage_failed);
    EXPECT_NE(status.error().detail.find("permissions"), std::string::npos)
        << status.error().detail;
    EXPECT_EQ(totals(*db_).count, 1);
  }
  vfs_.fail_writes("", SQLITE_OK);
  EXPECT_TRUE(db_->write_blocking(insert_body(2)).ok());
}

TEST_F(SqliteFault, G10_122_AFullDiskFailsEveryBodyOfTheGroup) {
  vfs_.fail_writes("state.db", SQLITE_FULL);
  std::atomic<int> failed = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(16);
    for (std::int64_t i = 0; i < 16; ++i) {
      threads.emplace_back([&, i] {
        const Status status = db_->write_blocking(insert_body(i));
        if (!status.ok() && status.error().code == ErrorCode::storage_failed) ++failed;
      });
    }
  }
  EXPECT_EQ(failed, 16);
  vfs_.fail_writes("", SQLITE_OK);
  EXPECT_EQ(totals(*db_).count, 0);
  for (std::int64_t i = 0; i < 16; ++i) EXPECT_TRUE(db_->write_blocking(insert_body(i)).ok());
  EXPECT_EQ(totals(*db_).count, 16);
}

TEST_F(SqliteFault, G10_122_AFullDiskDuringCheckpointsLosesNothing) {
  SqliteOptions options;
  options.checkpoint = {
      .idle_pages = 2, .idle_ms = 1, .busy_pages = 4, .shrink_pages = 1000, .reserve_pages = 0};
  open(options);
  // The log still has room, the database file has not.
  vfs_.fail_writes(path_ + "$", SQLITE_FULL);
  for (std::int64_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(db_->write_blocking(insert_body(i, std::string(3000, 'x'))).ok());
  }
  EXPECT_EQ(totals(*db_).count, 50);
  const auto before = std::filesystem::file_size(path_);
  vfs_.fail_writes("", SQLITE_OK);
  for (std::int64_t i = 50; i < 100; ++i) {
    ASSERT_TRUE(db_->write_blocking(insert_body(i, std::string(3000, 'x'))).ok());
  }
  EXPECT_GT(std::filesystem::file_size(path_), before);  // checkpoints work again
  open({});
  EXPECT_EQ(totals(*db_).count, 100);
}

TEST_F(SqliteFault, G10_122_AFullDiskDuringABackupLeavesNothingBehind) {
  ASSERT_TRUE(db_->write_blocking(insert_body(1)).ok());
  vfs_.fail_writes("copy.db", SQLITE_FULL);
  const Status status = db_->backup_to(folder_.file("copy.db"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::storage_failed);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("copy.db")));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("copy.db.partial")));
  vfs_.fail_writes("", SQLITE_OK);
  EXPECT_TRUE(db_->write_blocking(insert_body(2)).ok());
  EXPECT_TRUE(db_->backup_to(folder_.file("copy.db")).ok());
  struct stat info;
  ASSERT_EQ(::stat(folder_.file("copy.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(SqliteFault, AFailedSyncIsNeverAcknowledged) {
  ASSERT_TRUE(db_->write_blocking(insert_body(1)).ok());
  vfs_.fail_syncs("-wal", SQLITE_IOERR_FSYNC);
  const Status status = db_->write_blocking(insert_body(2));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::storage_failed);
  EXPECT_EQ(totals(*db_).count, 1);
  vfs_.fail_syncs("", SQLITE_OK);
  EXPECT_TRUE(db_->write_blocking(insert_body(3)).ok());
  open({});
  EXPECT_EQ(totals(*db_).count, 2);
}

TEST_F(SqliteFault, AReadErrorFailsTheReadAlone) {
  for (std::int64_t i = 0; i < 200; ++i)
    ASSERT_TRUE(db_->write_blocking(insert_body(i, std::string(2000, 'x'))).ok());
  open({});
  vfs_.fail_reads("state.db", SQLITE_IOERR_READ);
  conformance::Totals out;
  const Status status =
      db_->read_blocking([&out](Transaction& t) { return conformance::read_totals(t, out); });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::storage_failed);
  vfs_.fail_reads("", SQLITE_OK);
  EXPECT_EQ(totals(*db_).count, 200);
}

// Holds every sync of the log until it is opened, as a disk that takes a second for each does.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_until_reached() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reached_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false;
  bool open_ = false;
};

base::Task<> write_and_count(Database& db, std::int64_t id, std::atomic<int>& ok,
                             std::atomic<int>& refused, std::atomic<int>& left) {
  const Status status = co_await db.write(insert_body(id));
  if (status.ok()) {
    ++ok;
  } else {
    EXPECT_EQ(status.error().code, ErrorCode::overloaded);
    EXPECT_GT(status.error().retry_after_ms, 0);
    ++refused;
  }
  --left;
  left.notify_all();
}

TEST_F(SqliteFault, G10_123_ASlowDiskFillsABoundedQueueAndRefusesTheRest) {
  constexpr int kQueued = 100, kExtra = 20;
  SqliteOptions options;
  options.max_queued_writes = kQueued;
  open(options);
  ASSERT_EQ(totals(*db_).count, 0);  // a read connection is open before the disk becomes slow
  Gate gate;
  vfs_.on_sync([&gate](const std::string& path) {
    if (path.ends_with("-wal")) gate.wait();
  });
  std::atomic<int> ok = 0, refused = 0, left = 1 + kQueued + kExtra;
  base::SingleThreadExecutor executor;
  executor.post([&] { base::detach(write_and_count(*db_, 0, ok, refused, left)); });
  gate.wait_until_reached();
  executor.post([&] {
    for (int i = 1; i <= kQueued + kExtra; ++i)
      base::detach(write_and_count(*db_, i, ok, refused, left));
  });
  for (int now = left; now > 1 + kQueued; now = left) left.wait(now);
  EXPECT_EQ(refused, kExtra);
  EXPECT_EQ(ok, 0);
  EXPECT_EQ(db_->stats().queued_now, std::uint64_t{kQueued});
  EXPECT_EQ(totals(*db_).count, 0);  // readers neither wait nor see what is not durable
  gate.open();
  for (int now = left; now > 0; now = left) left.wait(now);
  EXPECT_EQ(ok, 1 + kQueued);
  EXPECT_EQ(totals(*db_).count, 1 + kQueued);
  db_.reset();  // before the gate
}

TEST_F(SqliteFault, ALongReadDoesNotStopWritesAndTheLogShrinksAfterIt) {
  SqliteOptions options;
  options.checkpoint = {
      .idle_pages = 10, .idle_ms = 1, .busy_pages = 20, .shrink_pages = 100, .reserve_pages = 0};
  open(options);
  ASSERT_TRUE(db_->write_blocking(insert_body(-1)).ok());
  conformance::Totals before, after;
  std::uintmax_t grown = 0;
  Body long_read = [&](Transaction& t) -> base::Task<Status> {
    CO_TRY_OK(co_await conformance::read_totals(t, before));
    for (std::int64_t i = 0; i < 300; ++i) {
      EXPECT_TRUE(db_->write_blocking(insert_body(i, std::string(3000, 'x'))).ok());
    }
    grown = std::filesystem::file_size(path_ + "-wal");
    co_return co_await conformance::read_totals(t, after);
  };
  ASSERT_TRUE(db_->read_blocking(std::move(long_read)).ok());
  EXPECT_EQ(before, after);
  EXPECT_GT(grown, 300u * 3000u);
  for (std::int64_t i = 1000; i < 1100; ++i) {
    ASSERT_TRUE(db_->write_blocking(insert_body(i, std::string(3000, 'x'))).ok());
  }
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), grown);
  EXPECT_EQ(totals(*db_).count, 401);
}

}  // namespace
}  // namespace b3iq::storage

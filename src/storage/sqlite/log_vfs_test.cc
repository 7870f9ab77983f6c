// What reaches the log's file, and when.
#include "storage/sqlite/log_vfs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/log.h"
#include "storage/conformance/items_table.h"
#include "storage/sqlite/fault_vfs.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::storage {
namespace {

using base::Status;
using base::Task;
using conformance::insert_body;
using conformance::totals;

const Migration kSchema[] = {
    {1, "items",
     "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL, amount BIGINT NOT NULL)"}};

class LogVfsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    base::configure_log(base::LogLevel::off, base::LogFormat::text);
    open();
    ASSERT_TRUE(db_->migrate(kSchema).ok());
  }
  void TearDown() override { base::configure_log(base::LogLevel::info, base::LogFormat::text); }
  void open() {
    db_.reset();
    SqliteOptions options;
    options.vfs = disk_.name();
    // Nothing but commits writes.
    options.checkpoint = {.idle_pages = 1'000'000,
                          .quiet_pages = 1'000'000,
                          .busy_pages = 1'000'000,
                          .shrink_pages = 1'000'000,
                          .reserve_pages = 0};
    auto opened = open_sqlite(path_, options);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    db_ = std::move(opened).value();
  }
  // One transaction.
  Status insert_many(std::int64_t first, std::int64_t count, std::int64_t& seen) {
    return db_->write_blocking([=, &seen](Transaction& tx) -> Task<Status> {
      const std::string name(3'000, 'x');
      static constexpr Statement kInsert{"INSERT INTO items (id, name, amount) VALUES ($1, $2, 1)"};
      static constexpr Statement kCount{
          "SELECT COUNT(*) FROM items WHERE LENGTH(name) = 3000 AND amount = 1"};
      for (std::int64_t id = first; id < first + count; ++id) {
        const Value values[] = {id, std::string_view(name)};
        CO_TRY_OK(co_await tx.exec(kInsert, values));
      }
      auto take = [&seen](const Row& row) {
        seen = row.integer(0);
        return true;
      };
      co_return co_await tx.query(kCount, {}, take);
    });
  }

  const TemporaryFolder folder_{TemporaryFolder::Where::memory};
  const std::string path_ = folder_.file("state.db");
  FaultVfs disk_;
  std::unique_ptr<Database> db_;
};

TEST_F(LogVfsTest, TheFramesOfACommitAreWrittenTogetherAndBeforeItsSync) {
  disk_.start_recording();
  std::int64_t seen = 0;
  ASSERT_TRUE(insert_many(0, 60, seen).ok());
  disk_.mark(1);
  std::int64_t bytes = 0;
  std::int64_t writes = 0;
  bool synced = false;
  for (const auto& event : disk_.recorded()) {
    if (event.kind == DiskEvent::Kind::mark) break;
    if (!event.file.ends_with("-wal")) continue;
    if (event.kind == DiskEvent::Kind::sync) synced = true;
    if (event.kind != DiskEvent::Kind::write) continue;
    synced = false;
    ++writes;
    bytes += std::ssize(event.data);
  }
  EXPECT_TRUE(synced) << "nothing was written behind the last sync";
  EXPECT_GE(bytes, 60 * 4096);
  EXPECT_LE(writes, bytes / 60'000 + 3);
}

TEST_F(LogVfsTest, ATransactionReadsWhatItWroteBeyondTheCache) {
  constexpr std::int64_t kRows = 2'500;  // 10 MB of pages; the cache has 4
  std::int64_t seen = 0;
  ASSERT_TRUE(insert_many(0, kRows, seen).ok());
  EXPECT_EQ(seen, kRows);
  EXPECT_EQ(totals(*db_).count, kRows) << "what readers see";
  open();
  EXPECT_EQ(totals(*db_).count, kRows);
}

TEST_F(LogVfsTest, AWriteThatFailsAtTheSyncFailsTheCommitAndLeavesNoTrace) {
  ASSERT_TRUE(db_->write_blocking(insert_body(1)).ok());
  for (int i = 0; i < 3; ++i) {
    disk_.fail_writes("-wal", SQLITE_IOERR_WRITE);
    const Status status = db_->write_blocking(insert_body(2));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, base::ErrorCode::storage_failed);
    EXPECT_EQ(totals(*db_).count, 1);
    disk_.fail_writes("", SQLITE_OK);
  }
  EXPECT_TRUE(db_->write_blocking(insert_body(3)).ok());
  open();
  EXPECT_EQ(totals(*db_).count, 2);
}

}  // namespace
}  // namespace b3iq::storage

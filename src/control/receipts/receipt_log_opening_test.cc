// Which key signs for the log, and that no log goes back under one key.
#include "control/receipts/receipt_log_opening.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "control/backup/control_backup.h"
#include "control/receipts/testing/node_receipts.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;

class ReceiptLogOpeningTest : public ControlTest {
 protected:
  void bring(TestNode& node, int count) {
    std::vector<protocol::OutgoingReceipt> receipts;
    for (int i = 0; i < count; ++i)
      receipts.push_back(signed_by(node, example_receipt(node, clock_.wall_ms())));
    EXPECT_EQ(send(receipts_request(node, audience(), receipts)).status, 200);
  }
  protocol::Checkpoint checkpoint_of(ControlApp& of) {
    const auto published = http::run_task(of.loop(), of.receipt_log().checkpoint());
    EXPECT_TRUE(published.ok()) << published.error().detail;
    if (!published.ok()) return {};
    return protocol::open_checkpoint((*published)->note, of.receipt_log().verifier()).value();
  }
  base::Result<std::unique_ptr<ControlApp>> open_home(const ControlHome& home) {
    return ControlApp::open(home, settings(), ControlUse::offline, {clock_});
  }
  storage::TemporaryFolder elsewhere_{storage::TemporaryFolder::Where::memory};
};

TEST_P(ReceiptLogOpeningTest, TheKeyIsMadeOnceAndKept) {
  const auto first = app().receipt_log().verifier();
  struct stat info{};
  ASSERT_EQ(::stat(home().receipt_log_key().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  restart();
  EXPECT_EQ(app().receipt_log().verifier(), first);
  EXPECT_TRUE(first.name.starts_with(audience().text() + "/receipts/b3l_")) << first.name;
}

TEST_P(ReceiptLogOpeningTest, AnotherKeyThanTheLogsIsRefused) {
  if (GetParam() != TestDatabase::postgres) GTEST_SKIP() << "one process has the file";
  const auto open = [this] {
    auto opened = open_home(home());
    return opened.ok() ? std::string() : opened.error().detail;
  };
  EXPECT_EQ(open(), "");
  const auto path = home().receipt_log_key();
  std::filesystem::rename(path, path + ".away");
  EXPECT_NE(open().find("copy the file"), std::string::npos) << open();
  ASSERT_TRUE(protocol::ReceiptLogKey::create(path, base::system_random()).ok());
  EXPECT_NE(open().find("another key"), std::string::npos) << open();
  std::filesystem::rename(path + ".away", path);
  EXPECT_EQ(open(), "");
}

TEST_P(ReceiptLogOpeningTest, G10_125_ADatabasePutBackIsNotSignedFor) {
  if (GetParam() != TestDatabase::sqlite) GTEST_SKIP() << "files are copied";
  auto node = enrolled_node();
  bring(node, 3);
  const auto copy = elsewhere_.file("copy");
  ASSERT_TRUE(back_up(home(), copy).ok());
  EXPECT_FALSE(std::filesystem::exists(copy + "/receipt-log.key"));
  bring(node, 2);
  const auto given_out = checkpoint_of(app());
  EXPECT_EQ(given_out.head.size, 5u);
  const auto old_log = app().receipt_log().verifier();

  // Its file is put back by hand, as an operator might.
  const ControlHome same{elsewhere_.file("same")};
  std::filesystem::copy(home().root, same.root, std::filesystem::copy_options::recursive);
  std::filesystem::remove(same.database() + "-wal");
  std::filesystem::remove(same.database() + "-shm");
  std::filesystem::copy_file(copy + "/control.db", same.database(),
                             std::filesystem::copy_options::overwrite_existing);
  const auto refused = open_home(same);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().detail.find("older state"), std::string::npos)
      << refused.error().detail;

  // The old log is ended, and a new one begun.
  {
    auto database = storage::open_sqlite(same.database());
    ASSERT_TRUE(database.ok());
    const auto ended = end_receipt_log(same, **database);
    ASSERT_TRUE(ended.ok()) << ended.error().detail;
    EXPECT_TRUE(*ended);
  }
  EXPECT_TRUE(std::filesystem::exists(same.receipt_log_key() + ".ended-1"));
  // Its key begins no other log: a replica that still has it, for instance.
  std::filesystem::copy_file(same.receipt_log_key() + ".ended-1", same.receipt_log_key());
  std::filesystem::remove(same.receipt_log_checkpoint());
  EXPECT_NE(open_home(same).error().detail.find("does not go on"), std::string::npos);
  std::filesystem::remove(same.receipt_log_key());
  auto renewed = open_home(same);
  ASSERT_TRUE(renewed.ok()) << renewed.error().detail;
  const auto fresh = checkpoint_of(**renewed);
  EXPECT_EQ(fresh.head.size, 3u);
  EXPECT_NE(fresh.origin, given_out.origin);
  EXPECT_NE((*renewed)->receipt_log().verifier().key, old_log.key);
}

TEST_P(ReceiptLogOpeningTest, G10_125_ARestoredBackupBeginsANewLog) {
  if (GetParam() != TestDatabase::sqlite) GTEST_SKIP() << "a server has its own";
  auto node = enrolled_node();
  bring(node, 3);
  const auto copy = elsewhere_.file("copy");
  ASSERT_TRUE(back_up(home(), copy).ok());
  const ControlHome other{elsewhere_.file("home")};
  const auto restored = restore(other, copy);
  ASSERT_TRUE(restored.ok()) << restored.error().detail;
  auto opened = open_home(other);
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  const auto fresh = checkpoint_of(**opened);
  EXPECT_EQ(fresh.head, checkpoint_of(app()).head);
  EXPECT_NE(fresh.origin, checkpoint_of(app()).origin);
}

// While it runs: what a replica has signed stays true, whatever the database says.
constexpr storage::Statement kForget{"DELETE FROM receipts WHERE log_index = 1"};

TEST_P(ReceiptLogOpeningTest, ATreeThatLostALeafIsNotSignedFor) {
  auto node = enrolled_node();
  bring(node, 3);
  EXPECT_EQ(checkpoint_of(app()).head.size, 3u);
  const auto forget = [](storage::Transaction& tx) -> base::Task<base::Status> {
    CO_TRY_OK(co_await tx.exec(kForget, {}));
    co_return base::Status();
  };
  ASSERT_TRUE(app().database().write_blocking(forget).ok());
  bring(node, 1);
  EXPECT_EQ(run(app().receipt_log().checkpoint()).error().code, ErrorCode::corrupt);
}

B3_ON_EVERY_DATABASE(ReceiptLogOpeningTest);

}  // namespace
}  // namespace b3iq::control

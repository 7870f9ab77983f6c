// What open_sqlite makes, repairs and refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/log.h"
#include "storage/conformance/items_table.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/temporary_folder.h"
#include "storage/sqlite/wal_check.h"

namespace b3iq::storage {
namespace {

using base::ErrorCode;
using conformance::insert_body;
using conformance::totals;
using ::testing::HasSubstr;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kFrame = 24 + kPage;
const Migration kSchema[] = {
    {1, "items",
     "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL, amount BIGINT NOT NULL)"}};

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void spit(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}
unsigned mode_of(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
}

class SqliteOpen : public ::testing::Test {
 protected:
  void SetUp() override { base::configure_log(base::LogLevel::error, base::LogFormat::text); }

  std::unique_ptr<Database> open(const SqliteOptions& options = {}) {
    auto opened = open_sqlite(path_, options);
    EXPECT_TRUE(opened.ok()) << opened.error().detail;
    return opened.ok() ? std::move(opened).value() : nullptr;
  }
  // A database of `rows` rows that was closed in order.
  void make_clean(int rows) {
    const auto db = open();
    ASSERT_TRUE(db->migrate(kSchema).ok());
    for (int i = 0; i < rows; ++i)
      ASSERT_TRUE(db->write_blocking(insert_body(i, std::string(1000, 'x'))).ok());
  }
  // The files as a crash leaves them: `rows` rows, one commit each, all of them in the log.
  void make_crashed(int rows) {
    make_clean(0);
    SqliteOptions options;
    options.checkpoint = {.idle_pages = 1'000'000,
                          .quiet_pages = 1'000'000,
                          .busy_pages = 1'000'000,
                          .reserve_pages = 0};
    auto db = open(options);
    for (int i = 0; i < rows; ++i)
      ASSERT_TRUE(db->write_blocking(insert_body(i, std::string(1000, 'x'))).ok());
    const std::string file = slurp(path_), wal = slurp(wal_);
    db.reset();
    spit(path_, file);
    spit(wal_, wal);
  }
  void expect_refused(ErrorCode code, const std::string& text) {
    const std::string file = slurp(path_), wal = slurp(wal_);
    const auto opened = open_sqlite(path_);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, code) << opened.error().detail;
    EXPECT_THAT(opened.error().detail, HasSubstr(text));
    EXPECT_THAT(opened.error().detail, HasSubstr(path_));
    EXPECT_EQ(slurp(path_), file);  // never touched
    EXPECT_EQ(slurp(wal_), wal);
  }

  const TemporaryFolder folder_{TemporaryFolder::Where::memory};
  const std::string path_ = folder_.file("state.db");
  const std::string wal_ = path_ + "-wal";
};

TEST_F(SqliteOpen, EveryFileIsPrivate) {
  const auto db = open();
  ASSERT_TRUE(db->migrate(kSchema).ok());
  for (const char* suffix : {"", "-wal", "-shm", ".lock"})
    EXPECT_EQ(mode_of(path_ + suffix), 0600u) << suffix;
}

TEST_F(SqliteOpen, AReadableFileIsMadePrivate) {
  make_clean(1);
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  const auto db = open();
  EXPECT_EQ(mode_of(path_), 0600u);
}

TEST_F(SqliteOpen, ACleanShutdownLeavesNoLog) {
  make_clean(10);
  EXPECT_FALSE(std::filesystem::exists(wal_));
  EXPECT_EQ(totals(*open()).count, 10);
}

TEST_F(SqliteOpen, TheSameProcessCannotOpenItTwice) {
  const auto db = open();
  EXPECT_EQ(open_sqlite(path_).error().code, ErrorCode::conflict);
}

TEST_F(SqliteOpen, G10_120_AMissingFileIsRefusedWhereOneIsExpected) {
  SqliteOptions options;
  options.missing = SqliteOptions::Missing::refuse;
  EXPECT_EQ(open_sqlite(path_, options).error().code, ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqliteOpen, G10_120_AMissingFileWithItsLogIsNotReplaced) {
  make_crashed(3);
  std::filesystem::remove(path_);
  expect_refused(ErrorCode::corrupt, "is missing, but its log");
}

TEST_F(SqliteOpen, G10_120_AnEmptyFileIsNotReplaced) {
  spit(path_, "");
  expect_refused(ErrorCode::corrupt, "it is empty");
}

TEST_F(SqliteOpen, G10_120_ATruncatedFileIsRefusedWithItsOffset) {
  make_clean(100);
  const auto whole = std::filesystem::file_size(path_);
  std::filesystem::resize_file(path_, whole / 2);
  expect_refused(ErrorCode::corrupt, "cut off at offset " + std::to_string(whole / 2));
  std::filesystem::resize_file(path_, 50);
  expect_refused(ErrorCode::corrupt, "cut off after 50 bytes");
}

TEST_F(SqliteOpen, G10_120_AForeignFileIsRefused) {
  spit(path_, std::string(8192, 'A'));
  expect_refused(ErrorCode::corrupt, "does not begin with a database header (offset 0)");
}

TEST_F(SqliteOpen, G10_120_AnotherProgramsDatabaseIsRefused) {
  make_clean(1);
  std::string file = slurp(path_);
  file.replace(68, 4, std::string(4, '\0'));
  spit(path_, file);
  expect_refused(ErrorCode::conflict, "database of another program");
}

TEST_F(SqliteOpen, G10_120_AZeroedPageIsRefused) {
  make_clean(100);
  std::string file = slurp(path_);
  file.replace(3 * kPage, kPage, std::string(kPage, '\0'));
  spit(path_, file);
  expect_refused(ErrorCode::corrupt, "Restore it from a backup");
}

TEST_F(SqliteOpen, G10_120_AZeroFilledTailIsRefused) {
  make_clean(100);
  std::string file = slurp(path_);
  file.replace(file.size() - 4 * kPage, 4 * kPage, std::string(4 * kPage, '\0'));
  spit(path_, file);
  expect_refused(ErrorCode::corrupt, "Restore it from a backup");
}

TEST_F(SqliteOpen, G10_120_EverythingInTheLogComesBack) {
  make_crashed(20);
  EXPECT_EQ(totals(*open()).count, 20);
}

TEST_F(SqliteOpen, G10_120_ATornLastRecordIsDropped) {
  make_crashed(20);
  const auto size = std::filesystem::file_size(wal_);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{100}, kFrame - 1}) {
    const TemporaryFolder other(TemporaryFolder::Where::memory);
    const std::string copy = other.file("state.db");
    std::filesystem::copy(path_, copy);
    std::filesystem::copy(wal_, copy + "-wal");
    std::filesystem::resize_file(copy + "-wal", size - cut);
    auto opened = open_sqlite(copy);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    EXPECT_EQ(totals(**opened).count, 19);
  }
}

TEST_F(SqliteOpen, G10_120_ABrokenLastRecordIsDropped) {
  make_crashed(20);
  std::string wal = slurp(wal_);
  wal[wal.size() - 10] = static_cast<char>(wal[wal.size() - 10] ^ 1);
  spit(wal_, wal);
  EXPECT_EQ(totals(*open()).count, 19);
}

TEST_F(SqliteOpen, G10_120_AZeroFilledLogTailIsDropped) {
  make_crashed(20);
  spit(wal_, slurp(wal_) + std::string(10 * kFrame, '\0'));
  EXPECT_EQ(totals(*open()).count, 20);
}

TEST_F(SqliteOpen, G10_120_AFlippedBitInTheMiddleOfTheLogIsRefusedWithItsOffset) {
  make_crashed(20);
  const std::string wal = slurp(wal_);
  const std::size_t frames = (wal.size() - 32) / kFrame;
  ASSERT_GE(frames, 20u);
  // In the page, in the frame's number, in its salts, in its sums.
  for (const std::size_t within : {kFrame - 7, std::size_t{1}, std::size_t{9}, std::size_t{18}}) {
    const std::size_t frame = frames / 2;
    std::string bad = wal;
    bad[32 + frame * kFrame + within] = static_cast<char>(bad[32 + frame * kFrame + within] ^ 4);
    spit(wal_, bad);
    expect_refused(ErrorCode::corrupt, "broken at offset " + std::to_string(32 + frame * kFrame));
  }
}

TEST_F(SqliteOpen, G10_120_ABrokenLogHeaderIsRefused) {
  make_crashed(20);
  const std::string wal = slurp(wal_);
  for (const std::size_t at : {0, 5, 9, 14, 17, 25}) {
    std::string bad = wal;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    spit(wal_, bad);
    expect_refused(ErrorCode::corrupt, "broken at offset 0");
  }
}

TEST(WalCheck, NeverReadsPastTheEnd) {
  base::Bytes bytes;
  for (int i = 0; i < 200; ++i) {
    EXPECT_NE(check_wal(bytes).kind, WalState::Kind::whole);
    bytes.push_back(static_cast<std::uint8_t>(i * 37));
  }
  base::Bytes header{0x37, 0x7f, 0x06, 0x82, 0, 0x2d, 0xe2, 0x18, 0, 0, 2, 0};
  header.resize(32 + 3 * (24 + 512) - 1, 0x55);
  EXPECT_EQ(check_wal(header).kind, WalState::Kind::torn_tail);
}

}  // namespace
}  // namespace b3iq::storage

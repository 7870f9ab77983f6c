// Looking at a database file: what is found, and that nothing is changed or held by it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "storage/conformance/items_table.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/sqlite_look.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::storage {
namespace {

using base::ErrorCode;
using conformance::insert_body;

constexpr std::int64_t kLongMs = 60'000;
const Migration kSchema[] = {
    {1, "items",
     "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL, amount BIGINT NOT NULL)"}};

// Every file beside the database with its mode and bytes. The -shm file is SQLite's scratch memory.
std::map<std::string, std::string> picture(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path();
    if (path.ends_with("-shm")) continue;
    struct stat info{};
    ::stat(path.c_str(), &info);
    std::ifstream in(path, std::ios::binary);
    files[path] =
        std::to_string(info.st_mode) + std::string(std::istreambuf_iterator<char>(in), {});
  }
  return files;
}

class SqliteLooks : public ::testing::Test {
 protected:
  std::unique_ptr<Database> make(int rows) {
    auto db = open_sqlite(path_).value();
    EXPECT_TRUE(db->migrate(kSchema).ok());
    for (int i = 0; i < rows; ++i)
      EXPECT_TRUE(db->write_blocking(insert_body(i, std::string(1000, 'x'))).ok());
    return db;
  }
  static std::int64_t rows(SqliteLook& look) {
    std::int64_t count = -1;
    static const Statement kCount{"SELECT count(*) FROM items"};
    const auto status = look.read([&count](Transaction& t) -> base::Task<base::Status> {
      auto keep = [&count](const Row& row) {
        count = row.integer(0);
        return true;
      };
      co_return co_await t.query(kCount, {}, keep);
    });
    EXPECT_TRUE(status.ok()) << status.error().detail;
    return count;
  }
  void expect_whole(int expected_rows) {
    const auto look = SqliteLook::open(path_);
    ASSERT_TRUE(look.ok()) << look.error().detail;
    EXPECT_TRUE((*look)->check_structure(kLongMs).value());
    EXPECT_TRUE((*look)->check_schema(kSchema).ok());
    EXPECT_EQ(rows(**look), expected_rows);
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("it's 100% #1?.db");
};

TEST_F(SqliteLooks, AtAClosedFileAndLeaveNothingBehind) {
  make(20).reset();
  ::chmod(path_.c_str(), 0644);
  const auto before = picture(folder_.file(""));
  expect_whole(20);
  EXPECT_EQ(picture(folder_.file("")), before);
}

TEST_F(SqliteLooks, WhileAnotherWritesAndSeeTheLastCommit) {
  const auto db = make(20);
  expect_whole(20);
  const auto look = SqliteLook::open(path_);
  ASSERT_TRUE(look.ok()) << look.error().detail;
  ASSERT_TRUE(db->write_blocking(insert_body(20, "x")).ok());
  EXPECT_EQ(rows(**look), 21);
}

TEST_F(SqliteLooks, AtWhatACrashLeftAndLeaveItThere) {
  const auto db = make(20);
  const std::string crashed = folder_.file("crashed.db");
  for (const char* suffix : {"", "-wal"})
    std::filesystem::copy_file(path_ + suffix, crashed + suffix);
  path_ = crashed;
  const auto before = picture(folder_.file(""));
  expect_whole(20);
  EXPECT_EQ(picture(folder_.file("")), before);
}

TEST_F(SqliteLooks, ForNoLongerThanTheyMay) {
  make(3000).reset();
  const auto look = SqliteLook::open(path_);
  ASSERT_TRUE(look.ok()) << look.error().detail;
  EXPECT_FALSE((*look)->check_structure(-1).value());
  EXPECT_TRUE((*look)->check_structure(kLongMs).value()) << "the limit is of that call";
}

TEST_F(SqliteLooks, AndFindWhatIsWrong) {
  EXPECT_EQ(SqliteLook::open(path_).error().code, ErrorCode::not_found);
  make(200).reset();
  EXPECT_EQ(SqliteLook::open(path_).value()->check_schema({}).error().code, ErrorCode::conflict);
  {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(4096 * 4);
    file << std::string(4096 * 3, '\x7f');
  }
  const auto look = SqliteLook::open(path_);
  ASSERT_TRUE(look.ok());
  EXPECT_EQ((*look)->check_structure(kLongMs).error().code, ErrorCode::corrupt);
  std::filesystem::resize_file(path_, 5000);
  EXPECT_EQ(SqliteLook::open(path_).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace b3iq::storage

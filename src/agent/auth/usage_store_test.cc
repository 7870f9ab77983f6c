// Use over time, summed up by the database.
#include "agent/auth/usage_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/auth/local_key_store.h"
#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::Status;
using base::Task;

class UsageStoreTest : public ::testing::Test {
 protected:
  UsageStoreTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-usage-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    auto opened = storage::open_sqlite(folder_ + "/state.db");
    EXPECT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    EXPECT_TRUE(database_->migrate(state_migrations()).ok());
  }
  ~UsageStoreTest() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  void make_key(std::string id, std::string user) {
    LocalKey key;
    key.spec.name = id;
    key.id = std::move(id);
    key.spec.user = std::move(user);
    key.secret_hash[0] = ++keys_;
    auto body = [&](storage::Transaction& tx) { return insert_key(tx, key); };
    ASSERT_TRUE(database_->write_blocking(std::move(body)).ok());
  }
  void use(const std::string& account, std::int64_t day, const std::string& model) {
    const KeyUsageRow row{account, day, model, 1, 10, 5};
    auto body = [&](storage::Transaction& tx) { return add_usage(tx, row); };
    ASSERT_TRUE(database_->write_blocking(std::move(body)).ok());
  }
  // "day group requests", in order.
  std::vector<std::string> grouped(UsageGrouping by, UsagePeriod period) {
    auto report = run_task(loop_, read_grouped_usage(*database_, period, by));
    EXPECT_TRUE(report.ok());
    EXPECT_FALSE(report->truncated);
    std::vector<std::string> out;
    for (const auto& row : report->rows) {
      EXPECT_EQ(row.counts.prompt_tokens, 10 * row.counts.requests);
      EXPECT_EQ(row.counts.completion_tokens, 5 * row.counts.requests);
      out.push_back(std::to_string(row.day) + " " + row.group + " " +
                    std::to_string(row.counts.requests));
    }
    return out;
  }

  std::string folder_;
  std::uint8_t keys_ = 0;
  http::EventLoop loop_;
  std::unique_ptr<storage::Database> database_;
};

using Rows = std::vector<std::string>;

TEST_F(UsageStoreTest, ByAccountUserAndModel) {
  make_key("key_a", "alice");
  make_key("key_b", "alice");
  make_key("key_c", "");
  for (const std::string account : {"key_a", "key_b", "key_c", "operator", "user_1"})
    for (const std::int64_t day : {9, 10, 11, 12}) use(account, day, "m1");
  use("key_a", 10, "m2");
  EXPECT_EQ(grouped(UsageGrouping::account, {10, 10}),
            (Rows{"10 key_a 2", "10 key_b 1", "10 key_c 1", "10 operator 1", "10 user_1 1"}));
  EXPECT_EQ(grouped(UsageGrouping::user, {10, 10}),
            (Rows{"10  1", "10 alice 3", "10 operator 1", "10 user_1 1"}));
  EXPECT_EQ(grouped(UsageGrouping::model, {10, 11}), (Rows{"10 m1 5", "10 m2 1", "11 m1 5"}));
  EXPECT_TRUE(grouped(UsageGrouping::model, {100, 200}).empty());
}

TEST_F(UsageStoreTest, WithoutGroupingEveryAccountAndModelOfTheDays) {
  use("key_a", 10, "m1");
  use("key_a", 11, "m2");
  use("key_b", 11, "m1");
  auto report = run_task(loop_, read_usage(*database_, {11, 11}));
  ASSERT_TRUE(report.ok());
  ASSERT_EQ(report->rows.size(), 2u);
  EXPECT_EQ(report->rows[0].account, "key_a");
  EXPECT_EQ(report->rows[0].model, "m2");
  EXPECT_EQ(report->rows[1].account, "key_b");
}

TEST_F(UsageStoreTest, NothingWasUsed) {
  EXPECT_TRUE(grouped(UsageGrouping::user, {0, 100'000}).empty());
}

TEST_F(UsageStoreTest, TooManyRowsLeaveOutTheOldestDays) {
  auto body = [](storage::Transaction& tx) {
    return tx.exec_script(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 11999) "
        "INSERT INTO key_usage SELECT 'key_' || (i % 40), i / 40, 'm', 1, 10, 5 FROM n");
  };
  ASSERT_TRUE(database_->write_blocking(std::move(body)).ok());
  auto report = run_task(loop_, read_usage(*database_, {0, 365}));
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->truncated);
  EXPECT_EQ(report->rows.size(), kMaxUsageRows);
  EXPECT_EQ(report->rows.front().day, 50);
  EXPECT_EQ(report->rows.back().day, 299);
}

}  // namespace
}  // namespace b3iq::agent

#include "agent/receipts/receipt_log.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/auth/usage_store.h"
#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::Result;
using base::Task;

class ReceiptLogTest : public ::testing::Test {
 protected:
  ReceiptLogTest() : identity_(protocol::NodeIdentity::generate(base::system_random())) {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-receipts-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    open();
  }
  ~ReceiptLogTest() override {
    log_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    log_.reset();
    database_.reset();
    auto opened = storage::open_sqlite(folder_ + "/state.db");
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    database_ = std::move(opened).value();
    ASSERT_TRUE(database_->migrate(state_migrations()).ok());
    log_ = std::make_unique<ReceiptLog>(*database_, identity_);
    ASSERT_TRUE(log_->load().ok());
  }

  CompletedCall call(std::string account, std::int64_t at_ms) {
    CompletedCall completed;
    completed.account = std::move(account);
    completed.completed_at_ms = at_ms;
    auto& receipt = completed.receipt;
    receipt.node_id = identity_.node_id();
    receipt.job_id = protocol::JobId::make(at_ms, base::system_random());
    receipt.model_id = receipt.model_profile_id = "m";
    receipt.runtime_kind = "embedded";
    receipt.usage = {7, 5};
    receipt.started_at_ms = at_ms - 10;
    receipt.completed_at_ms = at_ms;
    receipt.finish = protocol::ReceiptFinish::stop;
    return completed;
  }

  static Task<void> append_into(ReceiptLog& log, CompletedCall completed,
                                std::vector<Result<std::string>>& out) {
    auto result = co_await log.append(std::move(completed));
    out.push_back(std::move(result));
  }
  // Starts `count` appends at once and waits for all.
  Task<int> append_many(int count, std::vector<Result<std::string>>& out) {
    for (int i = 0; i < count; ++i)
      base::detach(append_into(*log_, call("key_a", 1'700'000'000'000 + i), out));
    while (static_cast<int>(out.size()) < count) co_await loop_.sleep(1);
    co_return count;
  }

  std::string folder_;
  protocol::NodeIdentity identity_;
  http::EventLoop loop_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<ReceiptLog> log_;
};

TEST_F(ReceiptLogTest, AnAppendedReceiptIsFoundSignedAfterARestart) {
  auto hash = run_task(loop_, log_->append(call("key_a", 1'700'000'000'000)));
  ASSERT_TRUE(hash.ok()) << hash.error().detail;
  open();
  auto found = run_task(loop_, log_->find(*hash, std::nullopt));
  ASSERT_TRUE(found.ok()) << found.error().detail;
  EXPECT_EQ(found->receipt_hash, *hash);
  const auto document = json::Document::parse(found->json);
  ASSERT_TRUE(document.ok());
  auto decoded = protocol::decode_receipt(document->root());
  ASSERT_TRUE(decoded.ok()) << decoded.error().detail;
  EXPECT_TRUE(protocol::verify_receipt(*decoded, identity_.public_key()).ok());
}

TEST_F(ReceiptLogTest, ManyAtOnceShareCommits) {
  std::vector<Result<std::string>> results;
  run_task(loop_, append_many(500, results));
  for (const auto& result : results) ASSERT_TRUE(result.ok());
  EXPECT_EQ(log_->appended(), 500);
  EXPECT_LT(log_->batches(), 10);
  auto page = run_task(loop_, log_->list({std::nullopt, std::nullopt, 100}));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->size(), 100u);
  EXPECT_EQ(page->front().seq, 500);
}

TEST_F(ReceiptLogTest, UseIsBookedInTheSameTransaction) {
  std::vector<Result<std::string>> results;
  run_task(loop_, append_many(10, results));
  open();
  auto report = run_task(loop_, read_usage(*database_, {0, 100'000}));
  ASSERT_TRUE(report.ok());
  ASSERT_EQ(report->rows.size(), 1u);
  const auto& counts = report->rows.front().counts;
  EXPECT_EQ(counts.requests, 10);
  EXPECT_EQ(counts.prompt_tokens, 70);
  EXPECT_EQ(counts.completion_tokens, 50);
}

TEST_F(ReceiptLogTest, AnAccountSeesItsOwnOnly) {
  auto mine = run_task(loop_, log_->append(call("key_a", 1'700'000'000'000)));
  ASSERT_TRUE(run_task(loop_, log_->append(call("key_b", 1'700'000'000'001))).ok());
  auto page = run_task(loop_, log_->list({"key_b", std::nullopt, 10}));
  ASSERT_EQ(page->size(), 1u);
  EXPECT_EQ(page->front().account, "key_b");
  EXPECT_EQ(run_task(loop_, log_->find(*mine, "key_b")).error().code, base::ErrorCode::not_found);
  EXPECT_TRUE(run_task(loop_, log_->find(*mine, "key_a")).ok());
  EXPECT_EQ(run_task(loop_, log_->find("0x12", "key_a")).error().code,
            base::ErrorCode::invalid_request);
}

}  // namespace
}  // namespace b3iq::agent

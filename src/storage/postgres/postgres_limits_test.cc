// Queues, time limits and answers that do not come.
#include <signal.h>

#include <future>

#include "base/log.h"
#include "base/single_thread_executor.h"
#include "storage/postgres/postgres_load.h"

namespace b3iq::storage {
namespace {

using base::ErrorCode;

const Statement kSleep{"SELECT pg_sleep(3600)"};

class PostgresLimits : public ::testing::Test {
 protected:
  void SetUp() override {
    B3_NEEDS_POSTGRES();
    base::configure_log(base::LogLevel::off, base::LogFormat::text);
    ASSERT_NE(TestPostgres::shared(), nullptr);
    uri_ = TestPostgres::shared()->create_database();
  }
  void open(const PostgresOptions& options) {
    db_ = open_or_fail(uri_, options);
    ASSERT_NE(db_, nullptr);
    ASSERT_TRUE(db_->migrate(kNumbers).ok());
  }
  std::string uri_;
  std::unique_ptr<Database> db_;
};

base::Task<base::Status> run(Transaction& t, const Statement& statement) {
  CO_TRY_OK(co_await t.exec(statement, {}));
  co_return base::Status();
}

TEST_F(PostgresLimits, ReadsBeyondTheQueueAreRefused) {
  PostgresOptions options;
  options.reader_connections = 2;
  options.max_queued_reads = 3;
  open(options);
  std::promise<void> go;
  const std::shared_future<void> gate = go.get_future().share();
  std::atomic<int> inside = 0, refused = 0, good = 0;
  const auto read = [&] {
    const auto status = db_->read_blocking([&](Transaction& t) -> base::Task<base::Status> {
      std::int64_t value = 0;
      CO_TRY_OK(co_await read_counter(t, "a", value));
      ++inside;
      inside.notify_all();
      gate.wait();
      co_return base::Status();
    });
    if (status.ok()) {
      ++good;
    } else {
      EXPECT_EQ(status.error().code, ErrorCode::overloaded);
      ++refused;
      refused.notify_all();
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back(read);
  for (int now = inside; now < 2; now = inside) inside.wait(now);
  // Both connections are taken: three may wait, three are refused.
  for (int i = 0; i < 6; ++i) threads.emplace_back(read);
  for (int now = refused; now < 3; now = refused) refused.wait(now);
  go.set_value();
  threads.clear();
  EXPECT_EQ(good, 5);
  EXPECT_EQ(refused, 3);
}

TEST_F(PostgresLimits, AStatementThatTakesTooLongIsEndedAndTheNextOneRuns) {
  PostgresOptions options;
  options.statement_timeout_ms = 200;
  open(options);
  const auto written = db_->write_blocking([](Transaction& t) { return run(t, kSleep); });
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::storage_failed);
  EXPECT_NE(written.error().detail.find("statement timeout"), std::string::npos)
      << written.error().detail;
  const auto read = db_->read_blocking([](Transaction& t) { return run(t, kSleep); });
  EXPECT_EQ(read.error().code, ErrorCode::storage_failed);
  EXPECT_TRUE(db_->write_blocking([](Transaction& t) { return insert_number(t, 1); }).ok());
}

TEST_F(PostgresLimits, ASlowBodyDoesNotTakeItsGroupWithIt) {
  PostgresOptions options;
  options.statement_timeout_ms = 200;
  open(options);
  std::atomic<int> left = 21, good = 0;
  std::promise<void> all;
  auto one = [&](std::int64_t number) -> base::Task<> {
    Body body = [number](Transaction& t) {
      return number == 10 ? run(t, kSleep) : insert_number(t, number);
    };
    const auto status = co_await db_->write(std::move(body));
    if (status.ok()) ++good;
    EXPECT_EQ(status.ok(), number != 10);
    if (--left == 0) all.set_value();
  };
  base::SingleThreadExecutor executor;  // joined before what its coroutines use goes
  executor.post([&] {
    for (std::int64_t number = 0; number <= 20; ++number) base::detach(one(number));
  });
  all.get_future().get();
  EXPECT_EQ(good, 20);
  EXPECT_EQ(numbers(*db_).size(), 20u);
}

TEST_F(PostgresLimits, ALockThatIsHeldIsTriedAgainUntilItIsFree) {
  PostgresOptions options;
  options.lock_timeout_ms = 50;
  options.conflict_patience_ms = 120'000;
  open(options);
  const auto other = open_or_fail(uri_);
  ASSERT_NE(other, nullptr);
  std::jthread waiter;
  base::Status waited;
  const auto held = other->write_blocking([&](Transaction& t) -> base::Task<base::Status> {
    CO_TRY_OK(co_await increment(t, "a"));
    if (!waiter.joinable()) {
      waiter = std::jthread(
          [&] { waited = db_->write_blocking([](Transaction& u) { return increment(u, "a"); }); });
    }
    while (db_->stats().conflicts < 3) std::this_thread::yield();
    co_return base::Status();
  });
  EXPECT_TRUE(held.ok()) << held.error().detail;
  waiter.join();
  EXPECT_TRUE(waited.ok()) << waited.error().detail;
  EXPECT_EQ(counter(*db_, "a"), 2);
}

// The server's process is stopped: it neither answers nor closes the connection.
TEST_F(PostgresLimits, AServerThatDoesNotAnswerIsGivenUp) {
  static const Statement own_process{"SELECT pg_backend_pid()"};
  PostgresOptions options;
  options.statement_timeout_ms = 300;
  options.answer_margin_ms = 200;
  open(options);
  pid_t backend = -1;
  const auto asked = db_->write_blocking([&](Transaction& t) -> base::Task<base::Status> {
    auto keep = [&](const Row& row) {
      backend = static_cast<pid_t>(row.integer(0));
      return true;
    };
    co_return co_await t.query(own_process, {}, keep);
  });
  ASSERT_TRUE(asked.ok() && backend > 1);
  ASSERT_EQ(::kill(backend, SIGSTOP), 0);
  const auto written = db_->write_blocking([](Transaction& t) { return insert_number(t, 1); });
  EXPECT_TRUE(written.ok()) << written.error().detail;  // on another connection
  ::kill(backend, SIGCONT);
  EXPECT_EQ(numbers(*db_), std::set<std::int64_t>{1});
  EXPECT_EQ(db_->stats().reconnects, 1u);
}

// The answer to COMMIT does not come: the process is stopped between the last statement and it.
TEST_F(PostgresLimits, ACommitWithoutAnAnswerIsNeitherClaimedNorRunAgain) {
  static const Statement own_process{"SELECT pg_backend_pid()"};
  PostgresOptions options;
  options.statement_timeout_ms = 300;
  options.answer_margin_ms = 200;
  open(options);
  pid_t backend = -1;
  int runs = 0;
  const auto status = db_->write_blocking([&](Transaction& t) -> base::Task<base::Status> {
    ++runs;
    auto keep = [&](const Row& row) {
      backend = static_cast<pid_t>(row.integer(0));
      return true;
    };
    CO_TRY_OK(co_await t.query(own_process, {}, keep));
    CO_TRY_OK(co_await insert_number(t, 1));
    ::kill(backend, SIGSTOP);
    co_return base::Status();
  });
  ::kill(backend, SIGCONT);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::storage_failed);
  EXPECT_NE(status.error().detail.find("may or may not have been written"), std::string::npos)
      << status.error().detail;
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace b3iq::storage

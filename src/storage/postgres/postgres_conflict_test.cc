// Several programs (here: several Database objects) write the same rows at once.
#include <array>
#include <future>

#include "base/log.h"
#include "base/single_thread_executor.h"
#include "storage/postgres/postgres_load.h"

namespace b3iq::storage {
namespace {

class PostgresConflict : public ::testing::Test {
 protected:
  void SetUp() override {
    B3_NEEDS_POSTGRES();
    base::configure_log(base::LogLevel::off, base::LogFormat::text);
    ASSERT_NE(TestPostgres::shared(), nullptr);
    uri_ = TestPostgres::shared()->create_database();
    PostgresOptions options;
    options.conflict_patience_ms = 120'000;
    first_ = open_or_fail(uri_, options);
    second_ = open_or_fail(uri_, options);
    ASSERT_TRUE(first_ != nullptr && second_ != nullptr);
    ASSERT_TRUE(first_->migrate(kNumbers).ok());
  }
  std::string uri_;
  std::unique_ptr<Database> first_, second_;
};

// Starts `count` increments of a counter at once.
base::Task<> add_one(Database& db, std::string_view name, std::atomic<int>& left,
                     std::atomic<int>& failed, std::promise<void>& all) {
  Body body = [name](Transaction& t) { return increment(t, name); };
  const auto status = co_await db.write(std::move(body));
  if (!status.ok()) ++failed;
  if (--left == 0) all.set_value();
}

TEST_F(PostgresConflict, IncrementsOfTwoProgramsAreAllCounted) {
  constexpr int kEach = 300;
  std::atomic<int> left = 4 * kEach, failed = 0;
  std::promise<void> all;
  base::SingleThreadExecutor one, two;  // joined before the promise goes
  const auto start = [&](base::SingleThreadExecutor& executor, Database& db) {
    executor.post([&] {
      for (int i = 0; i < kEach; ++i) {
        base::detach(add_one(db, i % 2 == 0 ? "a" : "b", left, failed, all));
        base::detach(add_one(db, i % 2 == 0 ? "b" : "a", left, failed, all));
      }
    });
  };
  start(one, *first_);
  start(two, *second_);
  all.get_future().get();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(counter(*first_, "a"), 2 * kEach);
  EXPECT_EQ(counter(*second_, "b"), 2 * kEach);
}

// Each body reads what the other one writes: both at once would be no order at all.
TEST_F(PostgresConflict, WriteSkewIsRefusedAndRunsAgain) {
  std::promise<void> has_read, may_write;
  std::atomic<int> runs = 0;
  base::Status slow;
  std::jthread thread([&] {
    slow = first_->write_blocking([&](Transaction& t) -> base::Task<base::Status> {
      std::int64_t a = 0;
      CO_TRY_OK(co_await read_counter(t, "a", a));
      if (runs++ == 0) {
        has_read.set_value();
        may_write.get_future().wait();
      }
      const Value next[] = {std::string_view("b"), a + 10};
      CO_TRY_OK(co_await t.exec(kSetCounter, next));
      co_return base::Status();
    });
  });
  has_read.get_future().wait();
  const auto fast = second_->write_blocking([](Transaction& t) -> base::Task<base::Status> {
    std::int64_t b = 0;
    CO_TRY_OK(co_await read_counter(t, "b", b));
    const Value next[] = {std::string_view("a"), b + 1};
    CO_TRY_OK(co_await t.exec(kSetCounter, next));
    co_return base::Status();
  });
  EXPECT_TRUE(fast.ok());
  may_write.set_value();
  thread.join();
  EXPECT_TRUE(slow.ok()) << slow.error().detail;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(counter(*first_, "a"), 1);
  EXPECT_EQ(counter(*first_, "b"), 11);  // as if the slow one had come second
  EXPECT_EQ(first_->stats().conflicts, 1u);
}

TEST_F(PostgresConflict, ABodyThatAlwaysConflictsIsGivenUp) {
  PostgresOptions options;
  options.conflict_patience_ms = 0;
  const auto impatient = open_or_fail(uri_, options);
  ASSERT_NE(impatient, nullptr);
  const auto status = impatient->write_blocking([&](Transaction& t) -> base::Task<base::Status> {
    std::int64_t a = 0;
    CO_TRY_OK(co_await read_counter(t, "a", a));
    EXPECT_TRUE(first_->write_blocking([](Transaction& u) { return increment(u, "a"); }).ok());
    const Value next[] = {std::string_view("a"), a + 100};
    CO_TRY_OK(co_await t.exec(kSetCounter, next));
    co_return base::Status();
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::storage_failed);
  EXPECT_NE(status.error().detail.find("nothing was written"), std::string::npos);
  EXPECT_EQ(counter(*first_, "a"), 1);
}

TEST_F(PostgresConflict, AOneOffTokenIsUsedOnce) {
  static const Statement use{"DELETE FROM counters WHERE name = $1"};
  std::atomic<int> winners = 0, losers = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      Database& db = i % 2 == 0 ? *first_ : *second_;
      threads.emplace_back([&] {
        const auto status = db.write_blocking([](Transaction& t) -> base::Task<base::Status> {
          const Value key[] = {std::string_view("a")};
          CO_TRY(const auto rows, co_await t.exec(use, key));
          if (rows == 0) co_return base::Error(base::ErrorCode::not_found, "used");
          co_return base::Status();
        });
        ++(status.ok() ? winners : losers);
      });
    }
  }
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(losers, 7);
}

// Raises numbers of its own in one database, again and again, all in each body.
base::Task<> raise_own(Database& db, std::span<const Value> rows, int times,
                       std::promise<void>& done) {
  static const Statement raise{"UPDATE numbers SET body = $2 WHERE number = $1 RETURNING number"};
  for (int i = 0; i < times; ++i) {
    Body body = [rows](Transaction& t) {
      auto take = [](const Row&) {};
      return t.query_many(raise, rows, 2, take);
    };
    const auto status = co_await db.write(std::move(body), Isolation::by_statement);
    EXPECT_TRUE(status.ok()) << status.error().detail;
  }
  done.set_value();
}

TEST_F(PostgresConflict, NeighbouringRowsOfTwoProgramsNeedNoSecondTry) {
  constexpr std::int64_t kEach = 400;
  constexpr int kTimes = 40;
  const auto fill = [](Transaction& t) -> base::Task<base::Status> {
    for (std::int64_t i = 0; i < 2 * kEach; ++i) CO_TRY_OK(co_await insert_number(t, i));
    co_return base::Status();
  };
  ASSERT_TRUE(first_->write_blocking(fill).ok());
  // One has the even numbers, the other the odd ones: they share every page.
  std::vector<Value> even, odd;
  for (std::int64_t i = 0; i < kEach; ++i) {
    even.insert(even.end(), {2 * i, std::string_view("even")});
    odd.insert(odd.end(), {2 * i + 1, std::string_view("odd")});
  }
  std::promise<void> evens, odds;
  base::SingleThreadExecutor one, two;  // joined before the promises go
  one.post([&] { base::detach(raise_own(*first_, even, kTimes, evens)); });
  two.post([&] { base::detach(raise_own(*second_, odd, kTimes, odds)); });
  evens.get_future().get();
  odds.get_future().get();
  EXPECT_EQ(first_->stats().conflicts + second_->stats().conflicts, 0U);
}

TEST_F(PostgresConflict, AClaimByStatementIsWonOnce) {
  static const Statement claim{
      "UPDATE counters SET value = $2 WHERE name = $1 AND value = $2 - 1 RETURNING value"};
  constexpr std::int64_t kClaims = 200;
  std::array<std::atomic<int>, kClaims + 1> won = {};
  const auto run = [&won](Database& db, std::promise<void>& done) -> base::Task<> {
    for (std::int64_t next = 1; next <= kClaims;) {
      bool mine = false;
      std::int64_t now = 0;
      Body body = [&](Transaction& t) -> base::Task<base::Status> {
        mine = false;
        auto take = [&mine](const Row&) { return mine = true; };
        const Value values[] = {std::string_view("a"), next};
        CO_TRY_OK(co_await t.query(claim, values, take));
        co_return co_await read_counter(t, "a", now);
      };
      const auto status = co_await db.write(std::move(body), Isolation::by_statement);
      EXPECT_TRUE(status.ok()) << status.error().detail;
      if (mine) ++won[static_cast<std::size_t>(next)];
      next = now + 1;
    }
    done.set_value();
  };
  std::promise<void> first_done, second_done;
  base::SingleThreadExecutor one, two;
  one.post([&] { base::detach(run(*first_, first_done)); });
  two.post([&] { base::detach(run(*second_, second_done)); });
  first_done.get_future().get();
  second_done.get_future().get();
  for (std::size_t i = 1; i < won.size(); ++i) EXPECT_EQ(won[i], 1) << i;
  EXPECT_EQ(counter(*first_, "a"), kClaims);
}

// Bodies of both kinds that wait together: each is in a transaction of its own kind.
TEST_F(PostgresConflict, BodiesOfBothIsolationsWaitTogether) {
  static const Statement look{"SELECT current_setting('transaction_isolation')"};
  constexpr int kBodies = 60;
  std::atomic<int> left = kBodies, wrong = 0;
  std::promise<void> all;
  const auto ask = [&](Isolation isolation) -> base::Task<> {
    std::string seen;
    Body body = [&seen](Transaction& t) {
      auto take = [&seen](const Row& row) {
        seen = row.text(0);
        return false;
      };
      return t.query(look, {}, take);
    };
    const auto status = co_await first_->write(std::move(body), isolation);
    const bool serial = isolation == Isolation::serializable;
    if (!status.ok() || seen != (serial ? "serializable" : "read committed")) ++wrong;
    if (--left == 0) all.set_value();
  };
  base::SingleThreadExecutor executor;
  executor.post([&] {
    for (int i = 0; i < kBodies; ++i)
      base::detach(ask(i % 3 == 0 ? Isolation::serializable : Isolation::by_statement));
  });
  all.get_future().get();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace b3iq::storage

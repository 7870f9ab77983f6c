// What transactions of every driver do when there are many at once.
#pragma once

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "base/single_thread_executor.h"
#include "storage/conformance/database_conformance.h"

namespace b3iq::storage::conformance {

// One of many writes at once on one executor; those with `Fate::fail` must fail alone.
inline Task<> write_one(Database& db, std::int64_t id, Fate fate, std::atomic<int>& ok,
                        std::atomic<int>& left, std::promise<void>& all, base::Executor* home) {
  Body body = [id, fate](Transaction& t) { return insert_pair(t, id, fate); };
  const Status status = co_await db.write(std::move(body));
  EXPECT_EQ(base::Executor::current(), home);
  if (status.ok()) ++ok;
  EXPECT_EQ(status.ok(), fate == Fate::keep) << (status.ok() ? "" : status.error().detail);
  if (--left == 0) all.set_value();
}

TYPED_TEST_P(DatabaseConformance, GroupsCommitTogetherAndFailAlone) {
  constexpr int kWrites = 500;
  constexpr int kBadEvery = 7;
  std::atomic<int> ok = 0, left = 2 * kWrites;
  std::promise<void> all;
  base::SingleThreadExecutor first, second;  // joined before the promise goes
  for (auto* executor : {&first, &second}) {
    const std::int64_t start = executor == &first ? 0 : 1'000'000;
    executor->post([&, executor, start] {
      for (int i = 0; i < kWrites; ++i) {
        const Fate fate = i % kBadEvery == 0 ? Fate::fail : Fate::keep;
        base::detach(
            write_one(*this->db_, start + std::int64_t{2} * i, fate, ok, left, all, executor));
      }
    });
  }
  all.get_future().get();
  EXPECT_EQ(totals(*this->db_).count, 2 * ok);
  EXPECT_EQ(ok, 2 * (kWrites - (kWrites + kBadEvery - 1) / kBadEvery));
  const WriterStats stats = this->db_->stats();
  EXPECT_GE(stats.bodies, std::uint64_t{2} * kWrites);
  EXPECT_LT(stats.commits, std::uint64_t{kWrites});  // they did share commits
  EXPECT_EQ(stats.queued_now, 0u);
  this->reopen();
  EXPECT_EQ(totals(*this->db_).count, 2 * ok);
}

TYPED_TEST_P(DatabaseConformance, ReadModifyWriteLosesNothing) {
  constexpr int kThreads = 8, kEach = 50;
  static const Statement get{"SELECT amount FROM items WHERE id = 1"};
  static const Statement set{"UPDATE items SET amount = $1 WHERE id = 1"};
  ASSERT_TRUE(this->db_->write_blocking(insert_body(1, "n", 0)).ok());
  auto increment = [](Transaction& t) -> Task<Status> {
    std::int64_t now = 0;
    auto keep = [&now](const Row& row) {
      now = row.integer(0);
      return true;
    };
    CO_TRY_OK(co_await t.query(get, {}, keep));
    const Value next[] = {now + 1};
    CO_TRY_OK(co_await t.exec(set, next));
    co_return Status();
  };
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < kEach; ++j) EXPECT_TRUE(this->db_->write_blocking(increment).ok());
      });
    }
  }
  EXPECT_EQ(totals(*this->db_).amount, kThreads * kEach);
}

TYPED_TEST_P(DatabaseConformance, CloseFinishesWhatWasAcceptedAndRefusesTheRest) {
  std::vector<std::jthread> threads;
  threads.reserve(4);
  std::atomic<int> ok = 0, refused = 0, started = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (std::int64_t j = 0;; ++j) {
        const auto status = this->db_->write_blocking(insert_body(std::int64_t{i} * 1'000'000 + j));
        ++started;
        started.notify_all();
        if (status.ok()) {
          ++ok;
          continue;
        }
        EXPECT_EQ(status.error().code, ErrorCode::shutting_down);
        ++refused;
        return;
      }
    });
  }
  for (int now = started; now < 20; now = started) started.wait(now);
  this->db_->close();
  threads.clear();
  EXPECT_EQ(refused, 4);
  EXPECT_EQ(this->db_->read_blocking(insert_body(1)).error().code, ErrorCode::shutting_down);
  this->reopen();
  EXPECT_EQ(totals(*this->db_).count, ok);
}

// Bodies that end after different numbers of statements, so that no guess about them holds.
TYPED_TEST_P(DatabaseConformance, BodiesOfManyShapesRunOneAfterAnother) {
  constexpr int kBodies = 600;
  static const Statement get{"SELECT amount FROM items WHERE id = 1"};
  static const Statement set{"UPDATE items SET amount = $1 WHERE id = 1"};
  ASSERT_TRUE(this->db_->write_blocking(insert_body(1, "n", 0)).ok());
  std::atomic<int> left = kBodies, failed = 0;
  std::promise<void> all;
  // Adds one, `times` times, each time by reading first; looks only when `times` is 0.
  auto add = [](Transaction& t, int times) -> Task<Status> {
    std::int64_t now = 0;
    auto keep = [&now](const Row& row) {
      now = row.integer(0);
      return true;
    };
    CO_TRY_OK(co_await t.query(get, {}, keep));
    for (int i = 0; i < times; ++i) {
      const Value next[] = {++now};
      CO_TRY_OK(co_await t.exec(set, next));
      CO_TRY_OK(co_await t.query(get, {}, keep));
    }
    co_return Status();
  };
  auto one = [&](int times) -> Task<> {
    Body body = [add, times](Transaction& t) { return add(t, times); };
    const Status status = co_await this->db_->write(std::move(body));
    if (!status.ok()) ++failed;
    if (--left == 0) all.set_value();
  };
  base::SingleThreadExecutor executor;  // joined before what its coroutines use goes
  executor.post([&] {
    for (int i = 0; i < kBodies; ++i) base::detach(one(i % 3));
  });
  all.get_future().get();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(totals(*this->db_).amount, kBodies);  // 0 + 1 + 2 for each three
}

// Bodies with more rows than go to a server at once, and bodies that look in between.
TYPED_TEST_P(DatabaseConformance, ManyRowsOfOneBodyAreNotMixedWithTheNextBody) {
  constexpr int kBodies = 12;
  constexpr std::int64_t kRows = 700;
  static const Statement get{"SELECT amount FROM items WHERE id = 1"};
  ASSERT_TRUE(this->db_->write_blocking(insert_body(1, "n", 0)).ok());
  const std::vector<Value> rows = [] {
    std::vector<Value> all;
    for (std::int64_t i = 0; i < kRows; ++i) all.insert(all.end(), {std::int64_t{1}, i % 2 * 2});
    return all;
  }();
  std::atomic<int> left = 2 * kBodies, failed = 0, between = 0;
  std::promise<void> all;
  auto add = [&rows](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await t.exec_many(kAdd, rows, 2));
    co_return Status();
  };
  auto look = [&between](Transaction& t) -> Task<Status> {
    auto check = [&between](const Row& row) {
      if (row.integer(0) % kRows != 0) ++between;
      return true;
    };
    co_return co_await t.query(get, {}, check);
  };
  auto one = [&](bool adds) -> Task<> {
    Body body = [&add, &look, adds](Transaction& t) { return adds ? add(t) : look(t); };
    const Status status = co_await this->db_->write(std::move(body));
    if (!status.ok()) ++failed;
    if (--left == 0) all.set_value();
  };
  base::SingleThreadExecutor executor;  // joined before what its coroutines use goes
  executor.post([&] {
    for (int i = 0; i < kBodies; ++i) {
      base::detach(one(true));
      base::detach(one(false));
    }
  });
  all.get_future().get();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(between, 0);
  EXPECT_EQ(totals(*this->db_).amount, kBodies * kRows);
}

}  // namespace b3iq::storage::conformance

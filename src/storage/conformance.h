// The suite that every driver passes. A driver's test file gives a type with
//   static std::string missing();            why it cannot run here; empty when it can
//   std::unique_ptr<Database> open();        the same database at each call, empty at the first
//   std::unique_ptr<Database> open_again();  the same while it is open; null where that cannot be
//   base::Result<std::unique_ptr<Database>> open_copy(const std::string& path);    a backup, opened
//   std::string backup_path();               where a backup may be made; empty: it makes none
//   static base::Result<std::string> schema(Database& db);           as storage/schema_text.h has
//   it
// and writes: INSTANTIATE_TYPED_TEST_SUITE_P(Name, DatabaseConformance, Driver);
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/single_thread_executor.h"
#include "storage/database.h"
#include "storage/schema_text.h"

namespace b3iq::storage::conformance {

using base::ErrorCode;
using base::Status;
using base::Task;

inline const Statement kInsert{"INSERT INTO items (id, name, amount) VALUES ($1, $2, $3)"};
inline const Statement kCount{"SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM items"};
inline const Statement kAdd{"UPDATE items SET amount = amount + $2 WHERE id = $1"};

// `name` outlives the task.
inline Task<Status> insert_item(Transaction& t, std::int64_t id, std::string_view name,
                                std::int64_t amount) {
  const Value values[] = {id, name, amount};
  CO_TRY_OK(co_await t.exec(kInsert, values));
  co_return Status();
}

inline Body insert_body(std::int64_t id, std::string name = "n", std::int64_t amount = 1) {
  return [id, name, amount](Transaction& t) { return insert_item(t, id, name, amount); };
}

struct Totals {
  std::int64_t count = -1;
  std::int64_t amount = -1;
  bool operator==(const Totals&) const = default;
};

inline Task<Status> read_totals(Transaction& t, Totals& out) {
  auto keep = [&out](const Row& row) {
    out = {row.integer(0), row.integer(1)};
    return true;
  };
  co_return co_await t.query(kCount, {}, keep);
}

inline Totals totals(Database& db) {
  Totals out;
  const auto status = db.read_blocking([&out](Transaction& t) { return read_totals(t, out); });
  EXPECT_TRUE(status.ok()) << status.error().detail;
  return out;
}

// Two rows, or none: the second breaks a constraint when `fail` is set.
enum class Fate : std::uint8_t { keep, fail };
inline Task<Status> insert_pair(Transaction& t, std::int64_t id, Fate fate) {
  CO_TRY_OK(co_await insert_item(t, id, "first", 1));
  CO_TRY_OK(co_await insert_item(t, fate == Fate::fail ? id : id + 1, "second", 1));
  co_return Status();
}

template <class Driver>
class DatabaseConformance : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = Driver::missing(); !why.empty()) GTEST_SKIP() << why;
    db_ = driver_.open();
    ASSERT_NE(db_, nullptr);
    const auto status = db_->migrate(migrations());
    ASSERT_TRUE(status.ok()) << status.error().detail;
  }
  std::span<const Migration> migrations() const { return list_; }
  void reopen() {
    db_.reset();
    db_ = driver_.open();
    ASSERT_NE(db_, nullptr);
  }

  const std::vector<Migration> list_ = {
      {1, "items",
       "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL, amount BIGINT NOT NULL);"
       "CREATE TABLE parts (id BIGINT PRIMARY KEY, item BIGINT NOT NULL REFERENCES items (id))"},
      // BYTEA is the name of byte strings that both drivers take.
      {2, "kinds",
       "CREATE TABLE kinds (id BIGINT PRIMARY KEY, t TEXT, r DOUBLE PRECISION, b BYTEA)"},
  };
  const std::string more_[6] = {
      "CREATE TABLE m3 (id BIGINT PRIMARY KEY)", "CREATE TABLE m4 (id BIGINT PRIMARY KEY)",
      "CREATE TABLE m5 (id BIGINT PRIMARY KEY)", "CREATE TABLE m6 (id BIGINT PRIMARY KEY)",
      "CREATE TABLE m7 (id BIGINT PRIMARY KEY)", "CREATE TABLE m8 (id BIGINT PRIMARY KEY)"};
  Driver driver_;
  std::unique_ptr<Database> db_;
};

TYPED_TEST_SUITE_P(DatabaseConformance);

TYPED_TEST_P(DatabaseConformance, KeepsEveryKindOfValue) {
  static const Statement insert{"INSERT INTO kinds (id, t, r, b) VALUES ($1, $2, $3, $4)"};
  static const Statement select{"SELECT id, t, r, b FROM kinds ORDER BY id"};
  const base::Bytes blob{0, 1, 255, 0};
  const std::string text = "caf\xc3\xa9 '; DROP TABLE kinds; --";
  const auto low = std::numeric_limits<std::int64_t>::min();
  const auto high = std::numeric_limits<std::int64_t>::max();
  Body body = [&](Transaction& t) -> Task<Status> {
    const Value first[] = {low, std::string_view(text), 0.1, base::ByteView(blob)};
    CO_TRY_OK(co_await t.exec(insert, first));
    const Value second[] = {std::int64_t{0}, nullptr, nullptr, nullptr};
    CO_TRY_OK(co_await t.exec(insert, second));
    const Value third[] = {high, std::string_view(), -1e300, base::ByteView()};
    CO_TRY_OK(co_await t.exec(insert, third));
    co_return Status();
  };
  ASSERT_TRUE(this->db_->write_blocking(std::move(body)).ok());
  this->reopen();
  int rows = 0;
  auto look = [&](const Row& row) {
    switch (rows++) {
      case 0:
        EXPECT_EQ(row.integer(0), low);
        EXPECT_EQ(row.text(1), text);
        EXPECT_EQ(row.real(2), 0.1);
        EXPECT_TRUE(base::equal_constant_time(row.blob(3), blob));
        break;
      case 1:
        EXPECT_TRUE(row.is_null(1) && row.is_null(2) && row.is_null(3));
        EXPECT_FALSE(row.is_null(0));
        break;
      default:
        EXPECT_EQ(row.integer(0), high);
        EXPECT_FALSE(row.is_null(1));
        EXPECT_EQ(row.text(1), "");
        EXPECT_EQ(row.real(2), -1e300);
        EXPECT_FALSE(row.is_null(3));
        EXPECT_TRUE(row.blob(3).empty());
    }
    return true;
  };
  Body read = [&](Transaction& t) -> Task<Status> { co_return co_await t.query(select, {}, look); };
  ASSERT_TRUE(this->db_->read_blocking(std::move(read)).ok());
  EXPECT_EQ(rows, 3);
}

TYPED_TEST_P(DatabaseConformance, ParametersAreBoundByNumber) {
  static const Statement insert{"INSERT INTO items (name, amount, id) VALUES ($2, $3, $1)"};
  static const Statement twice{
      "SELECT name FROM items WHERE amount = $2 AND id = $1 AND amount = $2"};
  std::string seen;
  auto keep = [&](const Row& row) {
    seen = row.text(0);
    return true;
  };
  Body body = [&](Transaction& t) -> Task<Status> {
    const Value row[] = {std::int64_t{1}, std::string_view("two"), std::int64_t{3}};
    CO_TRY_OK(co_await t.exec(insert, row));
    const Value key[] = {std::int64_t{1}, std::int64_t{3}};
    co_return co_await t.query(twice, key, keep);
  };
  ASSERT_TRUE(this->db_->write_blocking(std::move(body)).ok());
  EXPECT_EQ(seen, "two");
}

TYPED_TEST_P(DatabaseConformance, AWrongNumberOfValuesIsRefused) {
  Body body = [](Transaction& t) -> Task<Status> {
    const Value one[] = {std::int64_t{1}};
    CO_TRY_OK(co_await t.exec(kInsert, one));
    co_return Status();
  };
  const auto status = this->db_->write_blocking(std::move(body));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::internal);
}

TYPED_TEST_P(DatabaseConformance, ExecCountsTheRowsItChanged) {
  static const Statement update{"UPDATE items SET amount = 5 WHERE id <= $1"};
  static const Statement make{"CREATE TABLE other (id BIGINT PRIMARY KEY)"};
  std::vector<std::int64_t> counts;
  Body body = [&](Transaction& t) -> Task<Status> {
    for (std::int64_t id = 1; id <= 3; ++id) CO_TRY_OK(co_await insert_item(t, id, "n", 1));
    for (const std::int64_t up_to : {0, 2, 9}) {
      const Value key[] = {up_to};
      CO_TRY(const auto changed, co_await t.exec(update, key));
      counts.push_back(changed);
    }
    CO_TRY(const auto changed, co_await t.exec(make, {}));
    counts.push_back(changed);
    co_return Status();
  };
  ASSERT_TRUE(this->db_->write_blocking(std::move(body)).ok());
  EXPECT_EQ(counts, (std::vector<std::int64_t>{0, 2, 3, 0}));
}

TYPED_TEST_P(DatabaseConformance, AQueryStopsWhenTold) {
  static const Statement select{"SELECT id FROM items ORDER BY id"};
  int rows = 0;
  auto two = [&](const Row&) { return ++rows < 2; };
  Body body = [&](Transaction& t) -> Task<Status> {
    for (std::int64_t id = 1; id <= 5; ++id) CO_TRY_OK(co_await insert_item(t, id, "n", 1));
    co_return co_await t.query(select, {}, two);
  };
  ASSERT_TRUE(this->db_->write_blocking(std::move(body)).ok());
  EXPECT_EQ(rows, 2);
}

TYPED_TEST_P(DatabaseConformance, AFailingBodyLeavesNothing) {
  Body body = [](Transaction& t) { return insert_pair(t, 1, Fate::fail); };
  const auto status = this->db_->write_blocking(std::move(body));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::conflict);
  EXPECT_EQ(totals(*this->db_).count, 0);
  EXPECT_TRUE(this->db_->write_blocking(insert_body(1)).ok());
}

TYPED_TEST_P(DatabaseConformance, ABodyThatGivesUpAfterWritingLeavesNothing) {
  Body body = [](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await insert_item(t, 1, "n", 1));
    co_return base::Error(ErrorCode::budget_exceeded, "no");
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code, ErrorCode::budget_exceeded);
  EXPECT_EQ(totals(*this->db_).count, 0);
}

TYPED_TEST_P(DatabaseConformance, ABodyThatThrowsLeavesNothing) {
  Body body = [](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await insert_item(t, 1, "n", 1));
    throw std::runtime_error("bug");
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code, ErrorCode::internal);
  EXPECT_EQ(totals(*this->db_).count, 0);
}

TYPED_TEST_P(DatabaseConformance, ForeignKeysAreEnforced) {
  static const Statement part{"INSERT INTO parts (id, item) VALUES (1, 77)"};
  Body body = [](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await t.exec(part, {}));
    co_return Status();
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code, ErrorCode::conflict);
}

TYPED_TEST_P(DatabaseConformance, AReadCannotWrite) {
  const auto status = this->db_->read_blocking(insert_body(1));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(totals(*this->db_).count, 0);
}

TYPED_TEST_P(DatabaseConformance, AReadSeesOneSnapshot) {
  ASSERT_TRUE(this->db_->write_blocking(insert_body(1)).ok());
  Totals before, after;
  Status written;
  Body body = [&](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await read_totals(t, before));
    written = this->db_->write_blocking(insert_body(2));
    co_return co_await read_totals(t, after);
  };
  ASSERT_TRUE(this->db_->read_blocking(std::move(body)).ok());
  EXPECT_TRUE(written.ok());
  EXPECT_EQ(before.count, 1);
  EXPECT_EQ(after, before);
  EXPECT_EQ(totals(*this->db_).count, 2);
}

// Starts `count` writes at once on one executor, every `bad_every`-th of which must fail alone.
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

TYPED_TEST_P(DatabaseConformance, MigrationsRunOnce) {
  ASSERT_TRUE(this->db_->write_blocking(insert_body(1)).ok());
  EXPECT_TRUE(this->db_->migrate(this->migrations()).ok());
  this->reopen();
  EXPECT_TRUE(this->db_->migrate(this->migrations()).ok());
  EXPECT_EQ(totals(*this->db_).count, 1);
}

TYPED_TEST_P(DatabaseConformance, G10_126_UpgradeKeepsDataAndDowngradeIsRefusedUntouched) {
  ASSERT_TRUE(this->db_->write_blocking(insert_body(1)).ok());
  auto newer = this->list_;
  newer.push_back(
      {3, "color", "ALTER TABLE items ADD COLUMN color TEXT; UPDATE items SET color = 'red'"});
  ASSERT_TRUE(this->db_->migrate(newer).ok());
  this->reopen();
  const auto status = this->db_->migrate(this->migrations());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::conflict);
  EXPECT_NE(status.error().detail.find("newer version (schema 3; this program knows up to 2)"),
            std::string::npos)
      << status.error().detail;
  EXPECT_TRUE(this->db_->migrate(newer).ok());
  EXPECT_EQ(totals(*this->db_).count, 1);
}

TYPED_TEST_P(DatabaseConformance, G10_126_AFailingMigrationIsUndoneAndLaterOnesWait) {
  auto bad = this->list_;
  bad.push_back({3, "good", "CREATE TABLE three (id BIGINT PRIMARY KEY)"});
  bad.push_back(
      {4, "bad", "CREATE TABLE four (id BIGINT PRIMARY KEY); INSERT INTO nowhere VALUES (1)"});
  const auto status = this->db_->migrate(bad);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().detail.find("Migration 4 'bad'"), std::string::npos)
      << status.error().detail;
  bad[3].sql = "CREATE TABLE four (id BIGINT PRIMARY KEY)";
  EXPECT_TRUE(this->db_->migrate(bad).ok());
}

TYPED_TEST_P(DatabaseConformance, G10_126_AnEditedMigrationIsRefused) {
  auto edited = this->list_;
  edited[0].sql = "CREATE TABLE items (id BIGINT PRIMARY KEY)";
  EXPECT_EQ(this->db_->migrate(edited).error().code, ErrorCode::conflict);
}

TYPED_TEST_P(DatabaseConformance, G10_125_ABackupUnderLoadIsOfOnePoint) {
  const std::string path = this->driver_.backup_path();
  if (path.empty()) GTEST_SKIP() << "the driver makes no backups";
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> acknowledged = 0;
  std::jthread load([&] {
    for (std::int64_t id = 0; !stop; id += 2) {
      Body body = [id](Transaction& t) { return insert_pair(t, id, Fate::keep); };
      EXPECT_TRUE(this->db_->write_blocking(std::move(body)).ok());
      ++acknowledged;
      acknowledged.notify_all();
    }
  });
  for (std::int64_t now = acknowledged; now < 50; now = acknowledged) acknowledged.wait(now);
  const std::int64_t before = acknowledged;
  const auto status = this->db_->backup_to(path);
  ASSERT_TRUE(status.ok()) << status.error().detail;
  stop = true;
  load.join();
  EXPECT_EQ(this->db_->backup_to(path).error().code, ErrorCode::conflict);
  auto copy = this->driver_.open_copy(path);
  ASSERT_TRUE(copy.ok()) << copy.error().detail;
  const Totals got = totals(**copy);
  EXPECT_GE(got.count, 2 * before);
  EXPECT_LE(got.count, 2 * acknowledged);
  EXPECT_EQ(got.count % 2, 0);
  EXPECT_TRUE((*copy)->migrate(this->migrations()).ok());
  EXPECT_TRUE((*copy)->write_blocking(insert_body(-5)).ok());
}

TYPED_TEST_P(DatabaseConformance, ManyRowsInOneStatementAreCountedOneByOne) {
  static const Statement remove{"DELETE FROM items WHERE amount = $1"};
  constexpr std::int64_t kRows = 1500;
  std::vector<Value> rows;
  for (std::int64_t id = 0; id < kRows; ++id) {
    rows.insert(rows.end(), {id, std::string_view("n"), id % 3});
  }
  const Value amounts[] = {std::int64_t{7}, std::int64_t{0}, std::int64_t{1}};
  std::vector<std::int64_t> inserted, removed, none;
  Body body = [&](Transaction& t) -> Task<Status> {
    CO_TRY(inserted, co_await t.exec_many(kInsert, rows, 3));
    CO_TRY(removed, co_await t.exec_many(remove, amounts, 1));
    CO_TRY(none, co_await t.exec_many(remove, {}, 1));
    co_return Status();
  };
  const auto status = this->db_->write_blocking(std::move(body));
  ASSERT_TRUE(status.ok()) << status.error().detail;
  EXPECT_EQ(inserted, std::vector<std::int64_t>(kRows, 1));
  EXPECT_EQ(removed, (std::vector<std::int64_t>{0, kRows / 3, kRows / 3}));
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(totals(*this->db_).count, kRows / 3);
}

TYPED_TEST_P(DatabaseConformance, ManyRowsOfWhichOneFailsLeaveNothing) {
  std::vector<Value> rows;
  for (const std::int64_t id : {1, 2, 3, 2, 4}) {
    rows.insert(rows.end(), {id, std::string_view("n"), std::int64_t{1}});
  }
  Body body = [&](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await t.exec_many(kInsert, rows, 3));
    co_return Status();
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code, ErrorCode::conflict);
  Body uneven = [&](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await t.exec_many(kInsert, rows, 4));
    co_return Status();
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(uneven)).error().code, ErrorCode::internal);
  EXPECT_EQ(totals(*this->db_).count, 0);
}

TYPED_TEST_P(DatabaseConformance, AStatementWithoutMeaningFailsItsBodyAlone) {
  static const Statement nonsense{"SELECT nothing FROM nowhere"};
  Body body = [](Transaction& t) -> Task<Status> {
    CO_TRY_OK(co_await insert_item(t, 1, "n", 1));
    CO_TRY_OK(co_await t.exec(nonsense, {}));
    co_return Status();
  };
  EXPECT_EQ(this->db_->write_blocking(std::move(body)).error().code, ErrorCode::internal);
  EXPECT_EQ(totals(*this->db_).count, 0);
  EXPECT_TRUE(this->db_->write_blocking(insert_body(1)).ok());
}

TYPED_TEST_P(DatabaseConformance, AnUpsertChangesOneRowOrNone) {
  static const Statement upsert{
      "INSERT INTO items (id, name, amount) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET"
      " name = excluded.name, amount = excluded.amount WHERE items.amount < excluded.amount"};
  std::vector<std::int64_t> counts;
  for (const std::int64_t amount : {5, 7, 6, 7, 8}) {
    std::int64_t changed = -1;
    Body body = [&changed, amount](Transaction& t) -> Task<Status> {
      const Value row[] = {std::int64_t{1}, std::string_view("n"), amount};
      CO_TRY(changed, co_await t.exec(upsert, row));
      co_return Status();
    };
    ASSERT_TRUE(this->db_->write_blocking(std::move(body)).ok());
    counts.push_back(changed);
  }
  EXPECT_EQ(counts, (std::vector<std::int64_t>{1, 1, 0, 0, 1}));
  EXPECT_EQ(totals(*this->db_), (Totals{1, 8}));
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

TYPED_TEST_P(DatabaseConformance, TwoProgramsMayMigrateAtOnce) {
  // Only a server's database can be open twice.
  auto other = this->driver_.open_again();
  if (other == nullptr) GTEST_SKIP() << "the driver opens a database once";
  auto list = this->list_;
  for (int number = 3; number < 9; ++number) {
    list.push_back({number, "more", this->more_[static_cast<std::size_t>(number) - 3]});
  }
  Status first, second;
  {
    const std::jthread a([&] { first = this->db_->migrate(list); });
    const std::jthread b([&] { second = other->migrate(list); });
  }
  EXPECT_TRUE(first.ok()) << first.error().detail;
  EXPECT_TRUE(second.ok()) << second.error().detail;
  EXPECT_TRUE(this->db_->migrate(list).ok());
}

TYPED_TEST_P(DatabaseConformance, TheSchemaReadsTheSameOnEveryDriver) {
  auto list = this->list_;
  list.push_back(
      {3, "more",
       "CREATE TABLE owners (realm TEXT NOT NULL, name TEXT NOT NULL, color TEXT NOT NULL"
       " DEFAULT 'red', age BIGINT NOT NULL DEFAULT 0, code TEXT UNIQUE,"
       " PRIMARY KEY (realm, name));"
       "CREATE TABLE things (id BYTEA PRIMARY KEY, realm TEXT, owner TEXT, weight DOUBLE"
       " PRECISION, FOREIGN KEY (realm, owner) REFERENCES owners (realm, name));"
       "CREATE INDEX things_by_owner ON things (realm, owner);"
       "CREATE UNIQUE INDEX owners_by_color ON owners (color, age)"});
  ASSERT_TRUE(this->db_->migrate(list).ok());
  const auto text = TypeParam::schema(*this->db_);
  ASSERT_TRUE(text.ok()) << text.error().detail;
  EXPECT_EQ(*text,
            "table items\n  id BIGINT not null\n  name TEXT not null\n  amount BIGINT not null\n"
            "  primary key (id)\n"
            "table kinds\n  id BIGINT not null\n  t TEXT\n  r DOUBLE PRECISION\n  b BYTEA\n"
            "  primary key (id)\n"
            "table owners\n  realm TEXT not null\n  name TEXT not null\n"
            "  color TEXT not null default 'red'\n  age BIGINT not null default 0\n  code TEXT\n"
            "  primary key (realm, name)\n  unique (code)\n"
            "table parts\n  id BIGINT not null\n  item BIGINT not null\n  primary key (id)\n"
            "  foreign key (item) references items (id)\n"
            "table things\n  id BYTEA not null\n  realm TEXT\n  owner TEXT\n"
            "  weight DOUBLE PRECISION\n  primary key (id)\n"
            "  foreign key (realm, owner) references owners (realm, name)\n"
            "unique index owners_by_color on owners (color, age)\n"
            "index things_by_owner on things (realm, owner)\n");
}

REGISTER_TYPED_TEST_SUITE_P(
    DatabaseConformance, KeepsEveryKindOfValue, ParametersAreBoundByNumber,
    AWrongNumberOfValuesIsRefused, ExecCountsTheRowsItChanged, AQueryStopsWhenTold,
    AFailingBodyLeavesNothing, ABodyThatGivesUpAfterWritingLeavesNothing,
    ABodyThatThrowsLeavesNothing, ForeignKeysAreEnforced, AReadCannotWrite, AReadSeesOneSnapshot,
    GroupsCommitTogetherAndFailAlone, ReadModifyWriteLosesNothing,
    CloseFinishesWhatWasAcceptedAndRefusesTheRest, MigrationsRunOnce,
    G10_126_UpgradeKeepsDataAndDowngradeIsRefusedUntouched,
    G10_126_AFailingMigrationIsUndoneAndLaterOnesWait, G10_126_AnEditedMigrationIsRefused,
    G10_125_ABackupUnderLoadIsOfOnePoint, ManyRowsInOneStatementAreCountedOneByOne,
    ManyRowsOfWhichOneFailsLeaveNothing, AStatementWithoutMeaningFailsItsBodyAlone,
    AnUpsertChangesOneRowOrNone, BodiesOfManyShapesRunOneAfterAnother,
    ManyRowsOfOneBodyAreNotMixedWithTheNextBody, TwoProgramsMayMigrateAtOnce,
    TheSchemaReadsTheSameOnEveryDriver);

}  // namespace b3iq::storage::conformance

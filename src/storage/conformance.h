// The suite that every driver passes. A driver's test file gives a type with
//   static constexpr const char* kBlob;               the type name of byte strings
//   std::unique_ptr<Database> open();                 the same database at each call, empty at the
//   first base::Result<std::unique_ptr<Database>> open_copy(const std::string& path);   a backup,
//   opened std::string backup_path();                        where a backup may be made; empty when
//   the driver makes none
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

  const std::string kinds_sql_ =
      std::string("CREATE TABLE kinds (id BIGINT PRIMARY KEY, t TEXT, r DOUBLE PRECISION, b ") +
      Driver::kBlob + ")";
  const std::vector<Migration> list_ = {
      {1, "items",
       "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL, amount BIGINT NOT NULL);"
       "CREATE TABLE parts (id BIGINT PRIMARY KEY, item BIGINT NOT NULL REFERENCES items (id))"},
      {2, "kinds", kinds_sql_},
  };
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
  base::SingleThreadExecutor first, second;
  std::atomic<int> ok = 0, left = 2 * kWrites;
  std::promise<void> all;
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

REGISTER_TYPED_TEST_SUITE_P(DatabaseConformance, KeepsEveryKindOfValue, ParametersAreBoundByNumber,
                            AWrongNumberOfValuesIsRefused, ExecCountsTheRowsItChanged,
                            AQueryStopsWhenTold, AFailingBodyLeavesNothing,
                            ABodyThatGivesUpAfterWritingLeavesNothing, ABodyThatThrowsLeavesNothing,
                            ForeignKeysAreEnforced, AReadCannotWrite, AReadSeesOneSnapshot,
                            GroupsCommitTogetherAndFailAlone, ReadModifyWriteLosesNothing,
                            CloseFinishesWhatWasAcceptedAndRefusesTheRest, MigrationsRunOnce,
                            G10_126_UpgradeKeepsDataAndDowngradeIsRefusedUntouched,
                            G10_126_AFailingMigrationIsUndoneAndLaterOnesWait,
                            G10_126_AnEditedMigrationIsRefused,
                            G10_125_ABackupUnderLoadIsOfOnePoint);

}  // namespace b3iq::storage::conformance

// What the PostgreSQL tests share: a table of numbers, writers that remember what was acknowledged,
// and a look at what is there.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "storage/postgres/postgres_database.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::storage {

inline const Migration kNumbers[] = {
    {1, "numbers",
     "CREATE TABLE numbers (number BIGINT PRIMARY KEY, body TEXT NOT NULL);"
     "CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL);"
     "INSERT INTO counters (name, value) VALUES ('a', 0), ('b', 0)"}};
inline const Statement kInsertNumber{"INSERT INTO numbers (number, body) VALUES ($1, $2)"};
inline const Statement kSelectNumbers{"SELECT number FROM numbers"};
inline const Statement kGetCounter{"SELECT value FROM counters WHERE name = $1"};
inline const Statement kSetCounter{"UPDATE counters SET value = $2 WHERE name = $1"};

inline base::Task<base::Status> insert_number(Transaction& t, std::int64_t number) {
  const Value row[] = {number, std::string_view("x")};
  CO_TRY_OK(co_await t.exec(kInsertNumber, row));
  co_return base::Status();
}

inline base::Task<base::Status> read_counter(Transaction& t, std::string_view name,
                                             std::int64_t& out) {
  auto keep = [&out](const Row& row) {
    out = row.integer(0);
    return true;
  };
  const Value key[] = {name};
  co_return co_await t.query(kGetCounter, key, keep);
}

// Reads, then writes what it read plus one.
inline base::Task<base::Status> increment(Transaction& t, std::string_view name) {
  std::int64_t now = 0;
  CO_TRY_OK(co_await read_counter(t, name, now));
  const Value next[] = {name, now + 1};
  CO_TRY_OK(co_await t.exec(kSetCounter, next));
  co_return base::Status();
}

inline std::int64_t counter(Database& db, std::string_view name) {
  std::int64_t value = -1;
  const auto status =
      db.read_blocking([&](Transaction& t) { return read_counter(t, name, value); });
  EXPECT_TRUE(status.ok()) << status.error().detail;
  return value;
}

inline std::set<std::int64_t> numbers(Database& db) {
  std::set<std::int64_t> found;
  const auto status = db.read_blocking([&](Transaction& t) -> base::Task<base::Status> {
    found.clear();
    auto keep = [&found](const Row& row) {
      found.insert(row.integer(0));
      return true;
    };
    co_return co_await t.query(kSelectNumbers, {}, keep);
  });
  EXPECT_TRUE(status.ok()) << status.error().detail;
  return found;
}

// A server of its own for a test that stops it.
inline std::unique_ptr<TestPostgres> own_server(const TestPostgres::Options& options = {}) {
  auto server = TestPostgres::start_new(options);
  EXPECT_TRUE(server.ok()) << server.error().detail;
  return server.ok() ? std::move(server).value() : nullptr;
}

inline std::unique_ptr<Database> open_or_fail(const std::string& uri,
                                              const PostgresOptions& options = {}) {
  auto opened = open_postgres(uri, options);
  EXPECT_TRUE(opened.ok()) << opened.error().detail;
  return opened.ok() ? std::move(opened).value() : nullptr;
}

// Threads that write numbers, each once, until told to stop.
class NumberWriters {
 public:
  NumberWriters(Database& db, int threads) {
    threads_.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, &db, i, threads] { run(db, i, threads); });
    }
  }
  ~NumberWriters() { stop(); }
  void stop() {
    stop_ = true;
    threads_.clear();  // joins
  }
  std::int64_t acknowledged_count() const { return acknowledged_count_; }
  void wait_for(std::int64_t count) const {
    for (auto now = acknowledged_count_.load(); now < count; now = acknowledged_count_) {
      acknowledged_count_.wait(now);
    }
  }
  // After stop().
  const std::set<std::int64_t>& acknowledged() const { return acknowledged_; }
  // Failed with the words that nobody knows.
  const std::set<std::int64_t>& unknown() const { return unknown_; }
  const std::set<std::int64_t>& failed() const { return failed_; }

 private:
  void run(Database& db, int first, int step) {
    for (std::int64_t number = first; !stop_; number += step) {
      const auto status =
          db.write_blocking([number](Transaction& t) { return insert_number(t, number); });
      const std::lock_guard lock(mutex_);
      if (status.ok()) {
        acknowledged_.insert(number);
        ++acknowledged_count_;
        acknowledged_count_.notify_all();
        continue;
      }
      EXPECT_EQ(status.error().code, base::ErrorCode::storage_failed) << status.error().detail;
      const bool open = status.error().detail.find("may or may not") != std::string::npos;
      (open ? unknown_ : failed_).insert(number);
    }
  }

  std::atomic<bool> stop_ = false;
  std::atomic<std::int64_t> acknowledged_count_ = 0;
  std::mutex mutex_;  // guards the sets
  std::set<std::int64_t> acknowledged_, unknown_, failed_;
  std::vector<std::jthread> threads_;
};

// What was acknowledged is there, what failed is not, and nothing else is there.
inline void expect_kept(Database& db, const NumberWriters& writers) {
  const auto found = numbers(db);
  for (const std::int64_t number : writers.acknowledged()) {
    EXPECT_TRUE(found.contains(number)) << "an acknowledged write is lost: " << number;
  }
  for (const std::int64_t number : writers.failed()) {
    EXPECT_FALSE(found.contains(number)) << "a failed write is there: " << number;
  }
  for (const std::int64_t number : found) {
    EXPECT_TRUE(writers.acknowledged().contains(number) || writers.unknown().contains(number))
        << number;
  }
}

#define B3_NEEDS_POSTGRES() \
  if (const auto why = TestPostgres::missing(); !why.empty()) GTEST_SKIP() << why

}  // namespace b3iq::storage

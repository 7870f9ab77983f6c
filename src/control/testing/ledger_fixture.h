// A ledger on each database, without the control plane around it: orders go through batchers, as
// those of a replica do.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/join.h"
#include "base/random.h"
#include "control/ledger/ledger_check.h"
#include "control/ledger/ledger_reading_store.h"
#include "control/ledger/ledger_service.h"
#include "control/ledger/ledger_store.h"
#include "control/migrations/control_schema.h"
#include "control/testing/control_fixture.h"
#include "http/blocking_task.h"
#include "storage/postgres/postgres_database.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::control {

inline const std::string kTestAccount = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV";
inline const std::string kTestNode = "b3n_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

inline const std::string kTestJob = "job_01ARZ3NDEKTSV4RRFFQ69G5FB0";

inline ReserveOrder reserve_of(std::uint64_t wei, const std::string& job = kTestJob) {
  return {kTestAccount, job, Amount(wei), std::nullopt};
}
inline SettleOrder settle_of(std::uint64_t charged, std::uint64_t payout, std::uint64_t fee,
                             const std::string& job = kTestJob) {
  return {kTestAccount, job, {Amount(charged), Amount(payout), Amount(fee)}, kTestNode, "0xabc"};
}

class LedgerFixture : public ::testing::TestWithParam<TestDatabase> {
 protected:
  // One process on the database.
  struct Replica {
    Replica(std::unique_ptr<storage::Database> opened, const base::Clock& clock)
        : database(std::move(opened)),
          writer(clock, base::system_random()),
          batcher(*database, writer) {}
    std::unique_ptr<storage::Database> database;
    LedgerWriter writer;
    LedgerBatcher batcher;
  };

  void SetUp() override {
    if (GetParam() == TestDatabase::postgres)
      uri_ = storage::TestPostgres::shared()->create_database();
    add_replica();
    const auto migrated = database().migrate(control_migrations(
        GetParam() == TestDatabase::sqlite ? SqlDialect::sqlite : SqlDialect::postgres));
    ASSERT_TRUE(migrated.ok()) << migrated.error().detail;
  }
  void TearDown() override {
    for (auto& replica : replicas_) replica->database->close();
    loop_.settle();
  }

  // Another process on the same database; for PostgreSQL alone after the first.
  Replica& add_replica() {
    auto opened = GetParam() == TestDatabase::sqlite ? storage::open_sqlite(folder_.file("l.db"))
                                                     : storage::open_postgres(uri_);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().detail);
    return *replicas_.emplace_back(std::make_unique<Replica>(std::move(*opened), clock_));
  }
  storage::Database& database() { return *replicas_.front()->database; }
  Replica& replica(std::size_t number = 0) { return *replicas_[number]; }

  void make_account(const std::string& id) {
    auto body = [&](storage::Transaction& tx) { return insert_account(tx, id, clock_.wall_ms()); };
    const auto made = database().write_blocking(std::move(body));
    ASSERT_TRUE(made.ok()) << made.error().detail;
  }
  LedgerResult post(LedgerOrder order) {
    return http::run_task(loop_, replica().batcher.post(std::move(order)));
  }
  // At once, one after another; through the replicas in turn.
  std::vector<LedgerResult> post_all(std::vector<LedgerOrder> orders) {
    std::vector<LedgerResult> out(orders.size(), LedgerResult(LedgerOutcome()));
    std::vector<base::Task<void>> tasks;
    for (std::size_t i = 0; i < orders.size(); ++i)
      tasks.push_back(keep(replica(i % replicas_.size()), std::move(orders[i]), out[i]));
    http::run_task(loop_, all(std::move(tasks)));
    return out;
  }
  // The fault of the whole ledger; "" when it holds.
  std::string verify(LedgerSums* sums = nullptr) {
    LedgerCheck check;
    const auto done = http::run_task(loop_, run_check(check, database()));
    if (!done.ok()) return done.error().detail;
    if (sums != nullptr) *sums = check.sums();
    if (!check.fault()) return "";
    const auto& fault = *check.fault();
    return fault.account_id + " " + std::to_string(fault.seq) + " " + fault.job_id + ": " +
           fault.text;
  }
  void credit(std::uint64_t wei, const std::string& reference = "first",
              const std::string& account = kTestAccount) {
    const auto made =
        post(FundsOrder{account, EntryKind::credit, Amount(wei), reference, "test", "operator"});
    ASSERT_TRUE(made.ok()) << made.error().detail;
  }

  std::optional<LedgerHold> hold(const std::string& job = kTestJob) {
    std::optional<LedgerHold> out;
    const auto read = database().read_blocking(
        [&](storage::Transaction& tx) { return select_hold(tx, job, out); });
    EXPECT_TRUE(read.ok());
    return out;
  }
  LedgerAccount account(const std::string& id = kTestAccount) {
    std::optional<LedgerAccount> out;
    const auto read = database().read_blocking(
        [&](storage::Transaction& tx) { return select_account(tx, id, out); });
    EXPECT_TRUE(read.ok() && out);
    return out.value_or(LedgerAccount());
  }
  std::vector<LedgerPayout> payouts() {
    std::vector<LedgerPayout> out;
    const auto read = database().read_blocking(
        [&](storage::Transaction& tx) { return select_payouts_after(tx, "", 100, out); });
    EXPECT_TRUE(read.ok());
    return out;
  }

  base::FakeClock clock_;
  http::EventLoop loop_;

 private:
  static base::Task<void> keep(Replica& replica, LedgerOrder order, LedgerResult& out) {
    out = co_await replica.batcher.post(std::move(order));
  }
  static base::Task<bool> all(std::vector<base::Task<void>> tasks) {
    co_await base::join_all(std::move(tasks));
    co_return true;
  }
  static base::Task<base::Status> run_check(LedgerCheck& check, storage::Database& database) {
    while (!check.ended()) CO_TRY_OK(co_await check.step(database));
    co_return base::Status();
  }

  storage::TemporaryFolder folder_{storage::TemporaryFolder::Where::memory};
  std::string uri_;
  std::vector<std::unique_ptr<Replica>> replicas_;
};

}  // namespace b3iq::control
